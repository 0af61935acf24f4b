"use strict";
{
    const form = document.getElementById("builder-form");
    const $ = django.jQuery;
    let edits = 0;
    let newest = 0;
    let sent = 0;
    let swapping = false;
    let redrawing = false;
    let leaving = false;
    const pressed = [];

    // The numbers beside the rows are of the rows as they were counted: they fade as soon as one changes.
    let rowEdits = 0;
    const page = document.querySelector(".builder-page");
    const isRow = (element) => Boolean(element.closest(".builder-group"));
    const counted = () => `${sent} ${rowEdits}`;
    function forgetNumbers() {
        rowEdits += 1;
        page.classList.add("counts-old");
        showChoiceNumbers(null);
    }

    function edited(element) {
        edits += 1;
        page.querySelector(".builder-unsaved").hidden = false;
        if (isRow(element)) forgetNumbers();
    }

    const nativeChange = (element) => element.dispatchEvent(new Event("change", { bubbles: true }));

    // What is typed into a search box is no part of the form.
    const isSearch = (element) => element.classList.contains("select2-search__field");
    for (const type of ["input", "change"]) {
        document.addEventListener(
            type,
            (event) => {
                if (swapping) {
                    // A box that is taken out of the page while it has the focus reports a change.
                    event.stopImmediatePropagation();
                } else if (isSearch(event.target)) {
                    if (type === "change") event.stopPropagation();
                } else if (event.target.form === form && !event.target.closest(".result")) {
                    edited(event.target);
                }
            },
            true,
        );
    }

    // Letters typed into a drop-down list choose by what was typed so far: redrawing it would forget that. It
    // waits until the keyboard rests or leaves.
    const RESTS = 700;
    let typing = null;
    function typed() {
        window.clearTimeout(typing.timer);
        const { select, changed } = typing;
        typing = null;
        if (changed) nativeChange(select);
    }
    document.addEventListener(
        "keydown",
        ({ target, key }) => {
            if (!target.matches("select[hx-post]") || key === "Tab") return;
            if (typing) window.clearTimeout(typing.timer);
            typing = { select: target, changed: typing?.changed ?? false, timer: window.setTimeout(typed, RESTS) };
        },
        true,
    );
    document.addEventListener(
        "change",
        (event) => {
            if (typing?.select !== event.target) return;
            typing.changed = true;
            event.stopImmediatePropagation();
        },
        true,
    );
    document.addEventListener("focusout", ({ target }) => {
        if (typing?.select === target) typed();
    });

    // How many partners the segment would have with each choice of the list that is open. They are asked for when
    // it opens, and after each preview while it is open: no preview waits for them.
    const countsChoices = "countsChoices" in form.dataset;
    const inEnglish = new Intl.NumberFormat("en");
    let numbers = null;
    let counting = null;

    // A screen reader says “Joined, 1,652 partners, in the program”.
    function fill(beside, item = beside.closest("[role=option]")) {
        const number = numbers?.sizes[beside.dataset.choice] ?? numbers?.rest;
        const shown = number === undefined ? "" : inEnglish.format(number);
        beside.textContent = shown;
        const said = shown && `${shown} ${number === 1 ? gettext.partner : gettext.partners}`;
        const [name, meaning] = [beside.previousElementSibling, beside.nextElementSibling];
        const parts = [name.textContent, said, meaning?.textContent];
        item.setAttribute("aria-label", parts.filter(Boolean).join(", "));
    }

    function showChoiceNumbers(found) {
        numbers = found;
        for (const beside of document.querySelectorAll(".choice-number")) fill(beside);
    }

    function forgetChoiceNumbers() {
        counting?.abort();
        counting = null;
        numbers = null;
    }

    async function countChoices(input) {
        counting?.abort();
        counting = new AbortController();
        const { signal } = counting;
        refreshToken();
        const body = new URLSearchParams(new FormData(form));
        body.append("picker", input.name.replace(/-value$/, ""));
        const asking = rowEdits;
        try {
            const headers = { "HX-Request": "true", "HX-Target": "builder-choices" };
            const response = await fetch("", { method: "POST", body, headers, signal });
            if (response.status !== 200) return;
            const found = await response.json();
            if (!signal.aborted && asking === rowEdits) showChoiceNumbers(found);
        } catch {
            // Given up, or no answer: the list goes without.
        }
    }

    document.addEventListener("htmx:afterRequest", ({ detail }) => {
        const open = openBox()?.previousElementSibling;
        if (countsChoices && open?.multiple && detail.target.id === "builder-preview") countChoices(inputOf(open));
    });

    function describe(option, item) {
        const meaning = option.element?.title;
        const isCounted = countsChoices && option.id !== undefined;
        if (!meaning && !isCounted) return option.text;
        const $choice = $('<span class="choice">').append($('<span class="choice-name">').text(option.text));
        const $number = $('<span class="choice-number">').attr("data-choice", option.id);
        if (isCounted) $choice.append($number);
        if (meaning) $choice.append($('<small class="meaning">').text(meaning));
        if (isCounted) fill($number[0], item);
        return $choice;
    }

    // Picked rows are posted by the text that stands before their box.
    const inputOf = (select) => (select.name ? select : select.previousElementSibling);

    function box(select, options) {
        const $select = $(select);
        $select.select2({
            theme: "admin-autocomplete",
            width: "100%",
            allowClear: false,
            closeOnSelect: false,
            templateResult: describe,
            ...options,
        });
        const container = select.nextElementSibling;
        container.querySelector(".select2-search__field").setAttribute("aria-label", gettext.search);
        container.querySelector(".select2-selection").removeAttribute("aria-haspopup");
        if (inputOf(select).autofocus) container.querySelector(".select2-search__field").focus();
        $select.on("select2:select", () => {
            const search = container.querySelector(".select2-search__field");
            if (!search.value) return;
            $(search).val("").trigger("input");
            // After a choice by Enter, select2 takes the event for that of the key.
            $select.data("select2").trigger("query", { term: "" });
        });
        if (countsChoices) {
            $select.on("select2:open", () => countChoices(inputOf(select)));
            $select.on("select2:close", forgetChoiceNumbers);
        }
        return $select;
    }

    const gettext = { search: "Search", partner: "partner", partners: "partners" };

    function enhanceChoices(select) {
        for (const option of select.querySelectorAll("[data-name]")) option.text = option.dataset.name;
        box(select, {}).on("select2:select select2:unselect", () => nativeChange(select));
    }

    function enhancePicks(text) {
        const ids = () => text.value.split(/[\s,]+/).filter(Boolean);
        if (ids().length > Number(text.dataset.most) || ids().some((id) => !/^\d+$/.test(id))) {
            text.classList.add("stays-text");
            return;
        }
        const value = text.closest(".condition-value");
        const names = new Map(
            [...value.querySelectorAll(".picked li")].map((item) => [item.dataset.id, item.textContent]),
        );
        const select = document.createElement("select");
        select.multiple = true;
        select.append(...ids().map((id) => new Option(names.get(id) ?? id, id, true, true)));
        text.after(select);
        text.classList.add("visually-hidden");
        text.tabIndex = -1;
        text.setAttribute("aria-hidden", "true");
        value.classList.add("has-box");
        const $select = box(select, {
            minimumInputLength: 0,
            ajax: {
                url: text.dataset.picks,
                delay: 150,
                cache: true,
                data: ({ term, page }) => ({
                    term,
                    page,
                    app_label: text.dataset.app,
                    model_name: text.dataset.model,
                    field_name: text.dataset.field,
                    editing: form.dataset.segment,
                }),
            },
        });
        $select.on("select2:select select2:unselect", () => {
            text.value = ($select.val() ?? []).join(", ");
            nativeChange(text);
        });
    }

    function enhance(part) {
        for (const select of part.querySelectorAll("select[data-choices]:not(.select2-hidden-accessible)")) {
            enhanceChoices(select);
        }
        for (const text of part.querySelectorAll("textarea[data-picks]:not(.visually-hidden)")) {
            enhancePicks(text);
        }
    }

    document.addEventListener("htmx:load", ({ detail }) => enhance(detail.elt));

    // The login may have changed in another tab since this page was opened: send the token of today.
    const token = () => document.cookie.match(/(?:^|;\s*)csrftoken=([^;]+)/)?.[1];
    function refreshToken() {
        if (token()) form.elements.csrfmiddlewaretoken.value = token();
    }
    document.addEventListener("htmx:configRequest", ({ detail }) => {
        refreshToken();
        if (detail.parameters.has("csrfmiddlewaretoken")) {
            detail.parameters.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
        }
    });

    form.addEventListener("submit", ({ submitter }) => {
        refreshToken();
        leaving = true;
        if (submitter?.name === "see_all") {
            history.replaceState(null, "", `?draft=${form.elements.draft.value}`);
        }
    });

    // One redrawing of the rows at a time. A button pressed meanwhile waits for its turn; a change made
    // meanwhile makes the answer under way stale.
    const isRedraw = ({ target }) => target.id === "builder-rows";

    // What is asked for after each preview, or by a button of its own, stands apart: it replaces nothing that was
    // typed or counted.
    const asked = ["builder-why", "builder-near"];
    const withCounts = ["builder-afterwards", "builder-funnel"];
    const apart = ["builder-sense", "builder-starters", ...withCounts, ...asked];
    const standsApart = ({ target }) => apart.includes(target?.id);

    // Enter would press the form's first button.
    document.getElementById("look-for").addEventListener("keydown", (event) => {
        if (event.key !== "Enter") return;
        event.preventDefault();
        document.getElementById("look-up").click();
    });

    const openBox = () => form.querySelector(".select2-container--open");
    // A list of one choice is searched beneath it: once it is open, it stays.
    const isSearching = () => Boolean(openBox() && (openBox().querySelector("input")?.value ?? true));

    function redrawn(xhr, elt) {
        redrawing = false;
        swapping = false;
        const again = () => htmx.trigger(elt, elt.matches("button") ? "click" : "change");
        if (xhr.stale && isSearching()) {
            $(form).one("select2:close select2:select", () => window.setTimeout(again));
        } else if (xhr.stale) {
            again();
        } else if (xhr.status < 400 && pressed.length) {
            const name = pressed.shift();
            [...form.elements].find((element) => element.type === "submit" && element.name === name)?.click();
        } else {
            pressed.length = 0;
        }
    }

    document.addEventListener(
        "click",
        (event) => {
            const button = event.target.closest('button[hx-target="#builder-rows"]');
            if (button && redrawing) {
                event.preventDefault();
                event.stopImmediatePropagation();
                pressed.push(button.name);
            } else if (button && button.name !== "preview") {
                page.querySelector(".builder-unsaved").hidden = false;
            }
        },
        true,
    );

    document.addEventListener("htmx:beforeRequest", (event) => {
        const { xhr, elt } = event.detail;
        if (standsApart(event.detail)) {
            xhr.edits = edits;
            xhr.counts = counted();
            return;
        }
        if (isRedraw(event.detail)) {
            if (redrawing) {
                event.preventDefault();
                return;
            }
            redrawing = true;
            xhr.addEventListener("loadend", () => redrawn(xhr, elt));
        }
        sent += 1;
        xhr.number = sent;
        xhr.edits = edits;
    });

    // An answer to an older question is dropped; rows that would be drawn over newer typing, or over an open
    // search, are asked for again.
    document.addEventListener("htmx:beforeSwap", (event) => {
        const { xhr, target, requestConfig } = event.detail;
        // By what was asked for: a notice of trouble stands elsewhere.
        if (standsApart(requestConfig)) {
            const { elt, target: place } = requestConfig;
            const counts = withCounts.includes(place.id);
            const isOld = counts ? xhr.counts !== counted() : asked.includes(place.id) && xhr.edits !== edits;
            if (isOld) {
                // The question is put once more, unless a preview has taken it away.
                event.detail.shouldSwap = false;
                if (elt.isConnected) htmx.trigger(elt, elt.matches("button") ? "click" : "ask");
            } else if (counts && event.detail.shouldSwap && target === place) {
                page.classList.remove("counts-old");
            }
            return;
        }
        const old = xhr.number < newest;
        if (isRedraw(event.detail) && (old || xhr.edits !== edits || isSearching())) {
            xhr.stale = true;
        }
        if (old || xhr.stale) {
            event.detail.shouldSwap = false;
        } else if (event.detail.shouldSwap) {
            if (isRedraw(event.detail) && openBox()) $(openBox().previousElementSibling).select2("close");
            newest = xhr.number;
            swapping = true;
        }
    });
    document.addEventListener("htmx:afterSwap", () => {
        swapping = false;
    });

    window.addEventListener("beforeunload", (event) => {
        if (!leaving && (edits || "unsaved" in form.dataset)) event.preventDefault();
    });

    for (const type of ["htmx:responseError", "htmx:sendError"]) {
        document.addEventListener(type, ({ detail }) => {
            const silent = document.getElementById("builder-no-answer").content.cloneNode(true);
            const { target } = detail.requestConfig;
            if (asked.includes(target.id)) target.replaceChildren(silent);
        });
    }
}
