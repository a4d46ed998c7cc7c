"use strict";

// The charts of the front page. Without this, times are in the server's zone, which is named, each
// bar is a stop of the Tab key, and a tap on a bar follows its link.

// Times in the viewer's zone, in the form that all pages have.
{
  const form = new Intl.DateTimeFormat("en-GB", {
    year: "numeric", month: "2-digit", day: "2-digit",
    hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZoneName: "short",
  });
  const read = (text) =>
    Object.fromEntries(form.formatToParts(new Date(text)).map(({ type, value }) => [type, value]));
  const full = (text) => {
    const { year, month, day, hour, minute, second, timeZoneName } = read(text);
    return `${year}-${month}-${day} ${hour}:${minute}:${second} ${timeZoneName}`;
  };
  const rewrite = (selector, name, write) => {
    for (const element of document.querySelectorAll(`.sessions-overview ${selector}`)) {
      element.textContent = write(element.getAttribute(name));
    }
  };
  rewrite("time[datetime]:not([title])", "datetime", full);
  for (const time of document.querySelectorAll(".sessions-overview time[title]")) {
    time.title = full(time.dateTime);
  }
  rewrite("[data-time]", "data-time", full);
  rewrite("[data-hour]", "data-hour", (text) => `${read(text).hour}:${read(text).minute}`);
  rewrite("[data-zone]", "data-zone", () => read(Date.now()).timeZoneName);
  for (const bar of document.querySelectorAll(".sessions-chart [aria-label]")) {
    bar.setAttribute("aria-label", bar.textContent.trim());
  }
}

// One stop of the Tab key for each chart, and the arrow keys from bar to bar.
for (const chart of document.querySelectorAll(".sessions-chart")) {
  const bars = [...chart.querySelectorAll("a, [tabindex]")];
  const steps = { ArrowLeft: -1, ArrowRight: 1, Home: -bars.length, End: bars.length };
  const stopAt = (stop) => {
    bars.forEach((bar) => bar.setAttribute("tabindex", bar === stop ? 0 : -1));
  };
  stopAt(bars.at(-1));
  // Not on the SVG: Chromium lets the Tab key stop at one that listens for the focus.
  chart.addEventListener("focusin", (event) => stopAt(event.target));
  chart.addEventListener("keydown", (event) => {
    if (event.key in steps && !event.altKey && !event.ctrlKey && !event.metaKey) {
      const next = bars.indexOf(event.target) + steps[event.key];
      bars[Math.min(Math.max(next, 0), bars.length - 1)].focus();
      event.preventDefault();
    }
  });

  // The first tap on a bar shows its value, and the second follows its link.
  let isFirstTap = false;
  chart.addEventListener("pointerdown", (event) => {
    const bar = event.target.closest("a");
    isFirstTap = event.pointerType === "touch" && bar !== document.activeElement;
  });
  chart.addEventListener("click", (event) => {
    const bar = event.target.closest("a, [tabindex]");
    if (bar && isFirstTap) {
      event.preventDefault();
      bar.focus();
    }
    isFirstTap = false;
  });
}
