"use strict";

// The page of a long ending: lets it go on, stretch after stretch, until it has finished.
{
  const button = document.getElementById("go-on");
  const status = document.getElementById("going");

  const replace = (id, page) => {
    const successor = page.getElementById(id);
    if (!successor) {
      throw new Error("The server answered with another page.");
    }
    document.getElementById(id).replaceWith(successor);
  };

  // One stretch; the page as it is afterwards.
  const workOff = async () => {
    const body = new FormData(button.form);
    const answer = await fetch(button.formAction, { method: "POST", body });
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  };

  const goOn = async () => {
    button.disabled = true;
    status.textContent = "Going on. It stops when you leave this page, and can go on later.";
    try {
      let page = await workOff();
      while (page.querySelector("#go-on[data-going]")) {
        replace("ending", page);
        page = await workOff();
      }
      // Finished, cancelled, or interrupted: its messages and buttons say which.
      replace("content-start", page);
      document.getElementById("content-start").focus();
    } catch {
      // No answer came, or one of another page: the server stopped, or the login has ended.
      status.textContent = "Interrupted. What has ended stays ended; load this page again to go on.";
    }
  };

  if (button) {
    button.form.addEventListener("submit", (event) => {
      if (event.submitter === button) {
        event.preventDefault();
        goOn();
      }
    });
    if ("going" in button.dataset) {
      goOn();
    }
  }
}
