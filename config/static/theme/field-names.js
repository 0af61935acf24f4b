"use strict";
{
    // Some of the boxes that Django and select2 draw have no name of their own: they take that of their field.
    const textOf = (node) => node?.textContent.trim().replace(/:$/, "") ?? "";

    function nameSelect2(select) {
        const label = select.labels[0];
        const box = select.nextElementSibling;
        const search = box.querySelector(".select2-search__field");
        if (search) {
            search.setAttribute("aria-label", textOf(label));
            return;
        }
        const shown = box.querySelector(".select2-selection__rendered");
        shown.removeAttribute("role");
        shown.removeAttribute("aria-readonly");
        label.id ||= `${select.id}_label`;
        box.querySelector(".select2-selection").setAttribute("aria-labelledby", `${label.id} ${shown.id}`);
    }

    function nameDateAndTime(input) {
        const label = input.closest(".form-row").querySelector("label, legend");
        input.setAttribute("aria-label", `${textOf(label)} ${textOf(input.previousSibling)}`.trim());
    }

    function nameFields() {
        document.querySelectorAll("select.select2-hidden-accessible").forEach(nameSelect2);
        document.querySelectorAll(".form-row p.datetime input").forEach(nameDateAndTime);
        for (const icon of document.querySelectorAll("span.help-tooltip[aria-label]")) icon.setAttribute("role", "img");
        django.jQuery(document).on("select2:open", ({ target }) => {
            const selection = target.nextElementSibling.querySelector(".select2-selection");
            selection.setAttribute("aria-controls", selection.getAttribute("aria-owns"));
            document
                .querySelector(".select2-container--open .select2-search--dropdown .select2-search__field")
                ?.setAttribute("aria-label", textOf(target.labels[0]));
        });
    }

    // After Django's own scripts, some of which wait for the load event and some for jQuery.
    window.addEventListener("load", () => django.jQuery(nameFields));
}
