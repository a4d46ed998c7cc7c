"use strict";

// The page of a bulk sign-out: runs batch after batch until it has finished.
{
  const button = document.getElementById("resume");
  const status = document.getElementById("running");
  // Not in the status, which is read out whenever it changes.
  const left = document.getElementById("time-left");

  const replace = (id, page) => {
    const successor = page.getElementById(id);
    if (!successor) {
      throw new Error("The server answered with another page.");
    }
    document.getElementById(id).replaceWith(successor);
    document.title = page.title;
  };

  const passed = () => document.querySelector("#sign-out progress").value;

  // How long the rest takes at the pace since the start, in minutes and seconds; "" if unknown.
  const timeLeft = (start) => {
    const done = passed() - start.passed;
    if (done <= 0) {
      return "";
    }
    const seconds = Math.round(((performance.now() - start.time) / done) * (100 - passed()) / 1000);
    const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    return status.dataset.textLeft.replace("%(time)s", time);
  };

  // One batch; the page as it is afterwards.
  const runNextBatch = async () => {
    const body = new FormData(button.form);
    const answer = await fetch(button.formAction, { method: "POST", body });
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  };

  const resume = async () => {
    button.disabled = true;
    status.textContent = status.dataset.textRunning;
    const start = { passed: passed(), time: performance.now() };
    left.textContent = "";
    try {
      let page = await runNextBatch();
      while (page.querySelector("#resume[data-running]")) {
        replace("sign-out", page);
        left.textContent = timeLeft(start);
        page = await runNextBatch();
      }
      // Finished, cancelled, or interrupted: its messages and buttons say which.
      replace("content-start", page);
      document.getElementById("content-start").focus();
    } catch {
      // No answer came, or one of another page: the server stopped, or the login has ended.
      status.textContent = status.dataset.textInterrupted;
    }
  };

  if (button) {
    button.form.addEventListener("submit", (event) => {
      if (event.submitter === button) {
        event.preventDefault();
        resume();
      }
    });
    if ("running" in button.dataset) {
      resume();
    }
  }
}
