"use strict";

// A search without an index reads a part of the list with each page. This continues by itself until
// as many rows are found as fit a page, the list ends, or it is stopped.
{
  const control = document.getElementById("search-further");
  const rows = () => document.querySelectorAll("#result_list > tbody > tr");
  const pages = () => document.getElementById("keyset-pages");
  const furtherLink = () => pages().querySelector("a[data-further]");

  // The page's rows, added to those on this page, and its footer instead of this one.
  const add = (page, link) => {
    const table = document.querySelector("#result_list > tbody");
    const found = page.querySelectorAll("#result_list > tbody > tr");
    if (!table && found.length) {
      pages().before(page.getElementById("result_list").parentElement);
    } else if (found.length) {
      table[link.rel === "prev" ? "prepend" : "append"](...found);
    }
    found.forEach((row) => row.dispatchEvent(new Event("rows-added", { bubbles: true })));
    const footer = page.getElementById("keyset-pages");
    pages().replaceWith(footer);
    if (rows().length) {
      footer.querySelectorAll("[data-if-none]").forEach((element) => element.remove());
    } else if (!furtherLink()) {
      document.querySelectorAll("[data-if-found]").forEach((element) => element.remove());
    }
  };

  // The admin's own script ticks all boxes at once, and says how many of them are ticked.
  const countBoxes = () => {
    const boxes = document.querySelectorAll("#result_list input.action-select");
    const counter = document.querySelector("span.action-counter");
    if (boxes.length && counter && window.Actions) {
      counter.dataset.actionsIcnt = boxes.length;
      window.Actions(boxes);
      // It counts anew when the page is shown again.
      window.dispatchEvent(new Event("pageshow"));
    }
  };

  const search = async () => {
    const status = control.querySelector("[role=status]");
    const button = control.querySelector("button");
    const stopped = new AbortController();
    const say = (name) => {
      status.textContent = control.dataset[name].replace("%(count)s", rows().length);
    };
    button.addEventListener("click", () => stopped.abort());
    button.hidden = false;
    say("textSearching");
    const before = rows().length;
    let outcome = "textFinished";
    try {
      for (let link = furtherLink(); link && rows().length < pages().dataset.size; link = furtherLink()) {
        const answer = await fetch(link.href, { signal: stopped.signal });
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        if (!page.getElementById("keyset-pages")) {
          throw new Error("The server answered with another page.");
        }
        add(page, link);
      }
    } catch {
      // Without an answer, or with one of another page, the server stopped or the login has ended.
      outcome = stopped.signal.aborted ? "textStopped" : "textInterrupted";
    }
    if (rows().length > before) {
      countBoxes();
    }
    const hadFocus = document.activeElement === button;
    button.hidden = true;
    say(outcome);
    if (hadFocus) {
      status.focus();
    }
  };

  if (control) {
    search();
  }
}
