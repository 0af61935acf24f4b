"use strict";
{
    // A request that was given up is no error to report: a newer one took its place, or the page was left meanwhile.
    // Nor is an answer about parts of a page that are gone by now. After htmx, which tells its logger of each event
    // before it reports what is in `error`.
    const noFaults = ["htmx:sendAbort", "htmx:oobErrorNoTarget"];
    let leaving = false;
    window.addEventListener("beforeunload", () => {
        leaving = true;
    });

    htmx.logger = (_element, name, detail) => {
        if (name === "htmx:beforeRequest") leaving = false;
        // What ended a request is said once more, by an event of its own.
        const isRepeated = name === "htmx:afterRequest";
        const isLeft = leaving && name === "htmx:sendError";
        if (isRepeated || isLeft || noFaults.includes(name)) delete detail.error;
    };
}
