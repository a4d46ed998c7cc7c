"use strict";

// The room of an incident: shows the progress of what runs in the background.
{
  const PAUSE = 1500;
  // What changes once something has finished. The note that is being written stays.
  const SECTIONS = ["preview", "work", "owners", "timeline"];
  const status = document.getElementById("following");

  const get = async (url) => {
    const answer = await fetch(url);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!page.getElementById("work")) {
      throw new Error("The server answered with another page.");
    }
    return page;
  };

  const replace = (page, element) => {
    const successor = page.getElementById(element.id);
    if (successor) {
      element.replaceWith(successor);
    }
  };

  const states = (page) => page.getElementById("work").dataset.states;

  const refreshAll = async () => {
    const page = await get(location.href);
    const work = document.getElementById("work");
    const hadFocus = work.contains(document.activeElement);
    SECTIONS.map((id) => document.getElementById(id)).forEach((one) => replace(page, one));
    if (hadFocus) {
      document.getElementById("work").focus();
    }
  };

  const follow = async () => {
    try {
      while (document.querySelector("#work[data-running]")) {
        await new Promise((resolve) => setTimeout(resolve, PAUSE));
        const page = await get("../progress/");
        document.querySelectorAll("#work [data-live]").forEach((one) => replace(page, one));
        if (states(page) !== states(document)) {
          await refreshAll();
        }
      }
      status.textContent = status.dataset.textDone;
    } catch {
      // No answer came, or one of another page: the server stopped, or the login has ended.
      status.textContent = status.dataset.textLost;
    }
  };

  if (document.querySelector("#work[data-running]")) {
    follow();
  }
}
