"use strict";

// A button copies the text of the element that data-copy names, and says so beside it.
const copy = async (source) => {
    try {
        await navigator.clipboard.writeText(source.textContent);
        return true;
    } catch {
        // No permission, or no HTTPS: what is selected can be copied in the old way, or at least with the keyboard.
        getSelection().selectAllChildren(source);
        return document.execCommand("copy");
    }
};

for (const button of document.querySelectorAll("button[data-copy]")) {
    const said = button.nextElementSibling;
    button.hidden = false;
    button.addEventListener("click", async () => {
        // Emptied first: what is said twice is told twice.
        said.textContent = "";
        const copied = await copy(document.getElementById(button.dataset.copy));
        said.textContent = copied ? button.dataset.copied : button.dataset.selected;
    });
}
