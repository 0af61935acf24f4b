"use strict";
{
    const headings = [...document.querySelectorAll("#result_list thead th")].map((heading) =>
        heading.querySelector(".text")?.textContent.trim(),
    );

    for (const row of document.querySelectorAll("#result_list tbody tr")) {
        [...row.cells].forEach((cell, position) => {
            if (cell.matches("td:not(.action-checkbox)") && headings[position]) {
                cell.dataset.label = headings[position];
            }
        });
    }
}
