"use strict";
{
    /* Counts the ticked rows of a list, and ticks all rows of the page. */
    function follow(list) {
        const rows = [...list.querySelectorAll(".tick")];
        const page = list.querySelector(".tick-page");
        const all = list.querySelector(".tick-all");
        const count = list.querySelector(".tick-count");

        function show() {
            const ticked = rows.filter((row) => row.checked).length;
            page.checked = ticked === rows.length;
            page.indeterminate = ticked > 0 && ticked < rows.length;
            count.textContent = all?.checked ? count.dataset.all : `${ticked} ${count.dataset.ticked}`;
        }

        list.addEventListener("change", (event) => {
            if (event.target === page) {
                for (const row of rows) {
                    row.checked = page.checked;
                }
            }
            show();
        });
        // Once the form has been set back.
        document.addEventListener("reset", () => setTimeout(show));
        // A browser that comes back to a page keeps what was ticked.
        window.addEventListener("pageshow", show);
        page.hidden = false;
        show();
    }

    for (const list of document.querySelectorAll(".ticks")) {
        if (list.querySelector(".tick")) {
            follow(list);
        }
    }
}
