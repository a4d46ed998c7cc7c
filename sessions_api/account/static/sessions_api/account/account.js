"use strict";

// Sends each form once, however often its button is pressed. Pages work without this, too.
{
  // Milliseconds after which a form may be sent again: browsers do not say that sending was stopped.
  const PATIENCE = 10000;
  const sent = new WeakSet();

  document.addEventListener("submit", (event) => {
    if (sent.has(event.target)) {
      event.preventDefault();
      return;
    }
    sent.add(event.target);
    event.submitter?.setAttribute("aria-busy", "true");
    setTimeout(() => {
      sent.delete(event.target);
      event.submitter?.removeAttribute("aria-busy");
    }, PATIENCE);
  });

  // Back from the next page, without loading this one again.
  addEventListener("pageshow", (event) => {
    if (event.persisted) {
      location.reload();
    }
  });
}
