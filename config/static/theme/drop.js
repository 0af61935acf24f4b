"use strict";
{
    const opened = () => document.querySelectorAll("details.drop[open]");

    document.addEventListener("keydown", (event) => {
        if (event.key !== "Escape") {
            return;
        }
        for (const menu of opened()) {
            menu.open = false;
            menu.querySelector("summary").focus();
        }
    });

    document.addEventListener("click", (event) => {
        for (const menu of opened()) {
            menu.open = menu.contains(event.target);
        }
    });
}
