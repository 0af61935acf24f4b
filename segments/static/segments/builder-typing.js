"use strict";
{
    // Before the page is drawn: boxes keep the place that they will have, and nothing jumps.
    document.documentElement.classList.add("js");

    // What is typed counts after a pause, not only once it is left. Before builder.js.
    const PAUSE = 500;
    const asked = new WeakMap();
    let timer = null;

    const isTyped = (element) =>
        element.matches("#builder-form :is(textarea, input:not([type=hidden], .select2-search__field))");

    document.addEventListener(
        "input",
        ({ target, isComposing }) => {
            if (!isTyped(target) || isComposing) return;
            asked.delete(target);
            window.clearTimeout(timer);
            timer = window.setTimeout(() => {
                if (target.isConnected) target.dispatchEvent(new Event("change", { bubbles: true }));
            }, PAUSE);
        },
        true,
    );

    document.addEventListener(
        "change",
        (event) => {
            if (!isTyped(event.target)) return;
            window.clearTimeout(timer);
            if (event.isTrusted && asked.get(event.target) === event.target.value) event.stopImmediatePropagation();
            asked.set(event.target, event.target.value);
        },
        true,
    );
}
