"use strict";

// A file that is too large is told so before it is sent.
document.querySelectorAll("input[type=file][data-most-bytes]").forEach((input) => {
    input.addEventListener("change", () => {
        const [file] = input.files;
        const refused = file && file.size > Number(input.dataset.mostBytes);
        input.setCustomValidity(refused ? input.dataset.tooLarge : "");
        input.reportValidity();
        if (refused) input.value = "";
    });
});
