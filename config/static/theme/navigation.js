"use strict";
{
    const menu = document.querySelector("details.menu");

    document.addEventListener("keydown", (event) => {
        if (event.key === "Escape" && menu.open) {
            menu.open = false;
            menu.querySelector("summary").focus();
        }
    });

    document.addEventListener("click", (event) => {
        if (!event.target.closest("#header")) {
            menu.open = false;
        }
    });
}
