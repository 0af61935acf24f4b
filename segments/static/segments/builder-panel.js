"use strict";
{
    // The tabs under the number, and links that lead to what is missing.
    const tabs = document.querySelectorAll(".result-tabs .tab");

    function show(tab) {
        for (const one of tabs) {
            const isShown = one === tab;
            if (isShown) one.setAttribute("aria-current", "true");
            else one.removeAttribute("aria-current");
            document.getElementById(one.dataset.pane).hidden = !isShown;
        }
        document.getElementById("builder-tab").value = tab.value;
    }

    document.addEventListener("click", (event) => {
        const tab = event.target.closest(".result-tabs .tab");
        const link = event.target.closest('.builder-page a[href^="#id_"]');
        if (tab) {
            event.preventDefault();
            show(tab);
        } else if (link) {
            event.preventDefault();
            const field = document.getElementById(link.hash.slice(1));
            const box = field.parentElement.querySelector(".select2-search__field");
            (box ?? field).focus();
        }
    });
}
