"use strict";

// The room of an incident: shows the progress of what runs in the background.
{
  const PAUSE = 1500;
  // Not the address, at which a note may have been sent.
  const ROOM = "../change/";
  // What changes once something has finished. The note that is being written stays, and so does the
  // order: nothing moves away from whoever reads it.
  const SECTIONS = ["preview", "work", "owners", "timeline"];
  const status = document.getElementById("following");

  // An answer that shows no incident, with the name of the text that says why.
  class Refusal extends Error {}

  const get = async (url) => {
    // A login page may be on another site, whose answers no script may read.
    const answer = await fetch(url, { redirect: "manual" });
    if (answer.type === "opaqueredirect") {
      throw new Refusal("textOut");
    }
    if (answer.status === 401 || answer.status === 403) {
      throw new Refusal("textRefused");
    }
    if (answer.status === 404) {
      throw new Refusal("textGone");
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!page.getElementById("work")) {
      throw new Error("The server answered with another page.");
    }
    return page;
  };

  // The same input stays, with what is being typed.
  const keepInputs = (element, successor) => {
    for (const input of element.querySelectorAll("input[type=text]")) {
      successor.querySelector(`#${input.id}`)?.replaceWith(input);
    }
  };

  const replace = (page, element) => {
    const successor = page.getElementById(element.id);
    if (successor) {
      keepInputs(element, successor);
      element.replaceWith(successor);
    }
  };

  const states = (page) => page.getElementById("work").dataset.states;

  const refreshAll = async () => {
    const page = await get(ROOM);
    const focused = document.activeElement;
    const hadFocus = document.getElementById("work").contains(focused);
    SECTIONS.map((id) => document.getElementById(id)).forEach((one) => replace(page, one));
    if (hadFocus) {
      (focused.isConnected ? focused : document.getElementById("work")).focus();
    }
  };

  // Says at the top that it has been refused, with a link by which the login page leads back here,
  // unless there is nothing to come back to.
  // Whatever else the room offers would be refused as well.
  const sayRefusal = (text) => {
    const room = document.querySelector(".incident");
    for (const button of room.querySelectorAll("input[type=submit]")) {
      button.disabled = true;
    }
    for (const button of room.querySelectorAll("a.button")) {
      button.removeAttribute("href");
      button.setAttribute("role", "link");
      button.setAttribute("aria-disabled", "true");
    }
    const box = document.createElement("p");
    box.className = "errornote";
    box.setAttribute("role", "alert");
    box.tabIndex = -1;
    box.append(status.dataset[text]);
    if (text !== "textGone") {
      const link = document.createElement("a");
      link.href = ROOM;
      link.textContent = status.dataset.textLogin;
      box.append(" ", link);
    }
    room.prepend(box);
    box.focus();
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
    } catch (error) {
      if (error instanceof Refusal) {
        sayRefusal(error.message);
      } else {
        // No answer came, or one of another page: the server has stopped.
        status.textContent = status.dataset.textLost;
      }
    }
  };

  if (document.querySelector("#work[data-running]")) {
    follow();
  }
}
