"use strict";

// A form that takes its time says so, and is sent once.
const setBusy = (form, busy) => {
  form.setAttribute("aria-busy", busy);
  form.querySelectorAll("button[type=submit]").forEach((button) => { button.disabled = busy; });
  form.querySelectorAll("[data-busy-message]").forEach((place) => { place.textContent = busy ? form.dataset.busy : ""; });
};
const forms = document.querySelectorAll("form[data-busy]");

forms.forEach((form) => {
  // Not before the browser has noted which button was pressed.
  form.addEventListener("submit", () => setTimeout(() => setBusy(form, true)));
});
window.addEventListener("pageshow", () => forms.forEach((form) => setBusy(form, false)));
