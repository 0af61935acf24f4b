"use strict";
{
    // Long drop-down lists can be searched: while one is open, select2 stands in its place. Until then, and where no
    // script runs, it is the browser's own list. New ones need no set-up: what is listened to is the page.
    const SHORT_LIST = 12;
    const FEW_GROUPS = 3;
    const TYPING = 1000;
    const MARGIN = 8;
    const words = { search: "Search", choose: "choose", take: "take", close: "close" };
    const { jquery, select2 } = document.currentScript.dataset;

    const isLong = (element) =>
        element.matches?.("select:not([multiple], [size], .select2-hidden-accessible, :disabled)") &&
        element.options.length > SHORT_LIST;

    const runs = (src) =>
        new Promise((resolve, reject) => {
            const script = document.createElement("script");
            Object.assign(script, { src, onload: resolve, onerror: reject });
            document.head.append(script);
        });

    // After Django's own scripts, which may have brought them along.
    async function prepare() {
        window.django ??= {};
        if (!django.jQuery) {
            await runs(jquery);
            django.jQuery = window.jQuery.noConflict(true);
        }
        if (!django.jQuery.fn.select2) {
            window.jQuery = django.jQuery;
            await runs(select2);
            delete window.jQuery;
        }
    }

    window.addEventListener("load", async () => {
        const preparing = [...document.querySelectorAll("select")].some(isLong) ? prepare() : null;
        await preparing?.catch(() => {}); // Then the browser's own lists stay.
        window.django?.jQuery?.(document).on("select2:open", keepInside);
    });

    const nameOf = (select) => select.getAttribute("aria-label") ?? select.labels[0]?.textContent.trim() ?? "";

    // The names and roles that assistive technology needs; rows found later get theirs as they come.
    function describe(select, container, dropdown) {
        const popup = dropdown.parentElement;
        popup.setAttribute("role", "dialog");
        popup.setAttribute("aria-label", nameOf(select));
        container.inert = true;
        const field = dropdown.querySelector(".select2-search__field");
        field.placeholder = words.search;
        field.setAttribute("role", "combobox");
        field.setAttribute("aria-expanded", "true");
        field.setAttribute("aria-label", `${nameOf(select)}: ${words.search}`);
        const results = dropdown.querySelector(".select2-results__options");
        results.setAttribute("aria-label", nameOf(select));
        const mend = () => {
            for (const group of results.querySelectorAll("li[role=group]")) {
                const [heading, nested] = group.children;
                group.setAttribute("role", "none");
                group.removeAttribute("aria-label");
                heading.setAttribute("aria-hidden", "true");
                nested.setAttribute("role", "group");
                nested.setAttribute("aria-label", heading.textContent);
            }
        };
        new MutationObserver(mend).observe(results, { childList: true });
        mend();
        // A menu around it stays open.
        field.addEventListener("keydown", (event) => {
            if (event.key === "Escape") event.stopPropagation();
        });
    }

    function addKeys(dropdown) {
        const keys = document.createElement("p");
        keys.className = "list-keys";
        keys.setAttribute("aria-hidden", "true");
        for (const [names, does] of [
            [["↑", "↓"], words.choose],
            [["Enter"], words.take],
            [["Esc"], words.close],
        ]) {
            const key = document.createElement("span");
            key.append(...names.map((name) => Object.assign(document.createElement("kbd"), { textContent: name })));
            key.append(does);
            keys.append(key);
        }
        dropdown.append(keys);
    }

    // Any list of select2's may be wider than what it belongs to.
    function keepInside() {
        const popup = document.querySelector("body > .select2-container--open");
        if (!popup) return;
        popup.style.marginLeft = "";
        const { right } = popup.querySelector(".select2-dropdown").getBoundingClientRect();
        const over = right + MARGIN - document.documentElement.clientWidth;
        if (over > 0) popup.style.marginLeft = `${-over}px`;
    }

    // Select2 hears of it, too, and only then lays the list anew.
    window.addEventListener("resize", () => requestAnimationFrame(keepInside));

    function open(select) {
        const $select = django.jQuery(select);
        const { width, height } = select.getBoundingClientRect();
        const inColumns = select.querySelectorAll("optgroup").length > FEW_GROUPS;
        $select.select2({
            theme: "admin-autocomplete",
            width: `${width}px`,
            dropdownAutoWidth: true,
            dropdownCssClass: inColumns ? "long-list in-columns" : "long-list",
        });
        const container = select.nextElementSibling;
        container.querySelector(".select2-selection").style.minHeight = `${height}px`;
        $select.on("select2:select.long", () => select.dispatchEvent(new Event("change", { bubbles: true })));
        // Select2 is at work still when it tells that it closes.
        $select.on("select2:close.long", () => setTimeout(() => close(select)));
        $select.select2("open");
        const dropdown = document.querySelector("body > .select2-container--open .select2-dropdown");
        describe(select, container, dropdown);
        if (inColumns) addKeys(dropdown);
        keepInside();
    }

    function close(select) {
        const hadFocus = document.activeElement === document.body;
        django.jQuery(select).off(".long").select2("destroy");
        select.removeAttribute("tabindex");
        select.removeAttribute("aria-hidden");
        if (hadFocus) select.focus();
    }

    function openInstead(event) {
        if (!window.django?.jQuery?.fn.select2) return;
        event.preventDefault();
        open(event.target);
    }

    document.addEventListener("mousedown", (event) => {
        if (event.button === 0 && isLong(event.target)) openInstead(event);
    });

    // Letters choose by the beginning, as in every list; a space among them is one of them.
    let typedAt = Number.NEGATIVE_INFINITY;
    document.addEventListener("keydown", (event) => {
        const { key, target, timeStamp } = event;
        if (!isLong(target) || event.ctrlKey || event.metaKey) return;
        const isTyping = timeStamp - typedAt < TYPING;
        if (["Enter", "ArrowDown", "ArrowUp"].includes(key) || (key === " " && !isTyping)) openInstead(event);
        else if (key.length === 1) typedAt = timeStamp;
    });
}
