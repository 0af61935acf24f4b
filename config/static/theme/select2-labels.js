"use strict";
{
    // select2 gives its boxes no name of their own: they take that of the field they stand in for.
    const labelOf = (select) => select.labels[0]?.textContent.trim().replace(/:$/, "") ?? "";

    function nameBoxes(select) {
        const box = select.nextElementSibling;
        const search = box.querySelector(".select2-search__field");
        if (search) {
            search.setAttribute("aria-label", labelOf(select));
            return;
        }
        const shown = box.querySelector(".select2-selection__rendered");
        shown.removeAttribute("role");
        shown.removeAttribute("aria-readonly");
        const label = select.labels[0];
        label.id ||= `${select.id}_label`;
        box.querySelector(".select2-selection").setAttribute("aria-labelledby", `${label.id} ${shown.id}`);
    }

    window.addEventListener("load", () => {
        for (const select of document.querySelectorAll("select.admin-autocomplete.select2-hidden-accessible")) {
            nameBoxes(select);
        }
        django.jQuery(document).on("select2:open", ({ target }) => {
            document
                .querySelector(".select2-container--open .select2-search--dropdown .select2-search__field")
                ?.setAttribute("aria-label", labelOf(target));
        });
    });
}
