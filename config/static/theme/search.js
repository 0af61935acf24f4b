"use strict";
{
    /* The dialog that searches everything: a combobox whose list the server draws, some time after each letter. */
    const PAUSE = 150;
    const dialog = document.querySelector(".search-dialog");
    const link = document.querySelector(".search-open");
    const field = dialog.querySelector("input");
    const list = dialog.querySelector("[role=listbox]");
    const status = dialog.querySelector("[role=status]");
    let timer;
    let asking;
    let answered = null;

    const text = () => field.value.trim();
    const options = () => [...list.querySelectorAll("[role=option]")];
    const chosen = () => list.querySelector("[aria-selected=true]");

    function choose(option) {
        chosen()?.setAttribute("aria-selected", "false");
        option?.setAttribute("aria-selected", "true");
        option?.scrollIntoView({ block: "nearest" });
        if (option) {
            field.setAttribute("aria-activedescendant", option.id);
        } else {
            field.removeAttribute("aria-activedescendant");
        }
    }

    function show(hits, said) {
        list.replaceChildren(...hits);
        status.textContent = said;
        const found = options();
        list.hidden = !found.length;
        field.setAttribute("aria-expanded", String(found.length > 0));
        choose(found[0]);
    }

    async function ask() {
        const asked = text();
        asking?.abort();
        asking = new AbortController();
        answered = null;
        const address = `${field.form.action}?${new URLSearchParams({ q: asked })}`;
        try {
            const answer = await fetch(address, { headers: { "HX-Request": "true" }, signal: asking.signal });
            if (answer.headers.has("HX-Refresh")) {
                window.location.reload();
                return;
            }
            if (!answer.ok) {
                throw new Error(answer.statusText);
            }
            const drawn = document.createElement("template");
            drawn.innerHTML = await answer.text();
            const said = drawn.content.querySelector(".search-said");
            said.remove();
            answered = asked;
            show([...drawn.content.children], said.content.textContent.trim().replace(/\s+/g, " "));
        } catch (error) {
            if (error.name !== "AbortError") {
                show([], dialog.dataset.failed);
            }
        }
    }

    function open() {
        if (!dialog.open) {
            dialog.showModal();
            field.select();
            ask();
        }
    }

    function move(event) {
        const found = options();
        const at = found.indexOf(chosen());
        const last = found.length - 1;
        const next = { ArrowDown: at < last ? at + 1 : 0, ArrowUp: at > 0 ? at - 1 : last }[event.key];
        if (next !== undefined && found.length) {
            event.preventDefault();
            choose(found[next]);
        }
    }

    document.addEventListener("keydown", (event) => {
        if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
            event.preventDefault();
            open();
        }
    });

    link.addEventListener("click", (event) => {
        if (!(event.ctrlKey || event.metaKey || event.shiftKey)) {
            event.preventDefault();
            open();
        }
    });

    field.addEventListener("input", () => {
        clearTimeout(timer);
        answered = null;
        timer = setTimeout(ask, PAUSE);
    });
    field.addEventListener("keydown", move);

    // Enter before the answer is there leads to the page, which shows the same.
    field.form.addEventListener("submit", (event) => {
        if (answered === text() && chosen()) {
            event.preventDefault();
            chosen().click();
        }
    });

    dialog.querySelector("button").addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", (event) => {
        if (event.target === dialog) {
            dialog.close();
        }
    });
    // What Escape closes besides belongs to the page below.
    dialog.addEventListener("keydown", (event) => {
        if (event.key === "Escape") {
            event.stopPropagation();
        }
    });
    dialog.addEventListener("close", () => asking?.abort());

    const shortcut = link.querySelector("kbd");
    shortcut.textContent = /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘K" : "Ctrl K";
    shortcut.hidden = false;
    link.setAttribute("aria-haspopup", "dialog");
    link.setAttribute("aria-keyshortcuts", "Control+K Meta+K");
}
