"use strict";
{
    // Where the server can't answer, or the login ran out, the panel says so and keeps what it shows. After htmx.
    const place = document.getElementById("builder-trouble");
    const silent = document.getElementById("builder-silent");
    const parts = ["builder-rows", "builder-preview"];
    let failed = null;

    const asksForRows = (config) => parts.includes(config.target.id);

    document.addEventListener("htmx:beforeSwap", ({ detail }) => {
        if (detail.target === place) failed = detail.requestConfig.elt;
    });

    for (const type of ["htmx:responseError", "htmx:sendError"]) {
        document.addEventListener(type, ({ detail }) => {
            if (!asksForRows(detail.requestConfig)) return;
            failed = detail.requestConfig.elt;
            place.replaceChildren(silent.content.cloneNode(true));
        });
    }

    document.addEventListener("htmx:afterRequest", ({ detail }) => {
        const { requestConfig, xhr } = detail;
        const isAnswered = xhr.status >= 200 && xhr.status < 400;
        if (isAnswered && (asksForRows(requestConfig) || requestConfig.elt === failed)) place.replaceChildren();
    });

    // What failed is asked once more: the press of a button, what follows a preview, a choice that draws rows anew,
    // or a preview.
    place.addEventListener("click", ({ target }) => {
        if (!target.closest("[data-retry]")) return;
        const again = failed?.isConnected ? failed : document.getElementById("builder-form");
        const event = again.matches("[hx-trigger$=ask]") ? "ask" : "change";
        htmx.trigger(again, again.matches("button") ? "click" : event);
    });
}
