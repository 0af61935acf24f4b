"use strict";
{
    const SHORT_MENU = 12;

    function addSearch(panel) {
        const labels = [...panel.querySelectorAll("label")];
        if (labels.length <= SHORT_MENU) {
            return;
        }
        const box = document.createElement("input");
        box.type = "search";
        box.autocomplete = "off";
        box.placeholder = "Find";
        box.setAttribute("aria-label", `Find in ${panel.querySelector("legend").textContent}`);
        box.addEventListener("input", () => {
            const words = box.value.trim().toLowerCase();
            for (const label of labels) {
                label.hidden = !label.textContent.toLowerCase().includes(words);
            }
        });
        box.addEventListener("keydown", (event) => {
            if (event.key === "Enter") {
                event.preventDefault();
            }
        });
        panel.querySelector("legend").after(box);
    }

    for (const panel of document.querySelectorAll("#changelist-filter .filter-panel")) {
        addSearch(panel);
    }

    const tickAll = document.getElementById("action-toggle");
    document.getElementById("changelist-form")?.addEventListener("reset", () => {
        // The rows are unticked after this; then Django's script has to count them again.
        setTimeout(() => {
            tickAll.checked = true;
            tickAll.click();
        });
    });

    // Django's link is a button by name, and leaves the page once it is pressed.
    const takeAll = document.querySelector("#changelist-form .question a");
    takeAll?.addEventListener("keydown", (event) => {
        if (event.key === " ") {
            event.preventDefault();
            takeAll.click();
        }
    });
    takeAll?.addEventListener("click", () => document.querySelector(".ticked-what [type=reset]").focus());

    const headings = [...document.querySelectorAll("#result_list thead th")].map((heading) =>
        heading.querySelector(".text")?.textContent.trim(),
    );

    for (const row of document.querySelectorAll("#result_list tbody tr")) {
        [...row.cells].forEach((cell, position) => {
            if (cell.matches("td:not(.action-checkbox, .field-row_menu)") && headings[position]) {
                cell.dataset.label = headings[position];
            }
        });
    }
}
