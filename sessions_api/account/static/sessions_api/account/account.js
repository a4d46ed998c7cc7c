"use strict";

// Sends each form once, however often its button is pressed. Pages work without this, too.
{
  const sent = new WeakSet();

  document.addEventListener("submit", (event) => {
    if (sent.has(event.target)) {
      event.preventDefault();
      return;
    }
    sent.add(event.target);
    event.submitter?.setAttribute("aria-busy", "true");
  });

  // Back from the next page, without loading this one again.
  addEventListener("pageshow", (event) => {
    if (event.persisted) {
      location.reload();
    }
  });
}
