"use strict";

// A form that takes its time says so, and is sent once.
const setBusy = (form, busy) => {
    form.setAttribute("aria-busy", busy);
    form.querySelectorAll("button[type=submit]").forEach((button) => {
        button.disabled = busy;
    });
    form.querySelectorAll("[data-busy-message]").forEach((place) => {
        place.textContent = busy ? form.dataset.busy : "";
    });
};
const forms = document.querySelectorAll("form[data-busy]");

// A form that is answered with a file stays: a cookie with its ticket says that the file is there.
const untilTheFileIsThere = (form) => {
    const cookie = `export-${form.elements.ticket.value}`;
    document.cookie = `${cookie}=; max-age=0; path=/`;
    const watch = setInterval(() => {
        if (document.cookie.split("; ").some((one) => one.startsWith(`${cookie}=`))) {
            clearInterval(watch);
            setBusy(form, false);
        }
    }, 250);
};

forms.forEach((form) => {
    form.addEventListener("submit", () => {
        // Not before the browser has noted which button was pressed.
        setTimeout(() => setBusy(form, true));
        if (form.elements.ticket) untilTheFileIsThere(form);
    });
});
window.addEventListener("pageshow", () => {
    for (const form of forms) setBusy(form, false);
});
