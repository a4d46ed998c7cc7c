"use strict";

// What lists and pages of sessions can do with JavaScript: copy, name the cells of the cards that
// rows are on phones, and fold the filters there.
{
  const ICON =
    '<svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">' +
    '<path d="M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3"/></svg>';

  // Only pages of secure origins may write to the clipboard.
  const addCopyButtons = (part) => {
    for (const element of navigator.clipboard ? part.querySelectorAll("[data-copy]") : []) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "copy";
      button.innerHTML = ICON;
      button.title = element.dataset.copy;
      button.setAttribute("aria-label", element.dataset.copy);
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(element.textContent);
        button.classList.add("copied");
      });
      element.after(button);
    }
  };

  const nameCells = (row) => {
    const headers = row.closest("table").tHead.rows[0].cells;
    for (const cell of row.cells) {
      const name = headers[cell.cellIndex]?.querySelector(".text")?.textContent.trim();
      if (name) {
        cell.dataset.label = name;
      }
    }
  };

  addCopyButtons(document);
  document.querySelectorAll("#result_list > tbody > tr").forEach(nameCells);
  document.addEventListener("rows-added", (event) => {
    addCopyButtons(event.target);
    nameCells(event.target);
  });

  const filters = document.getElementById("changelist-filter");
  if (filters && matchMedia("(max-width: 767px)").matches) {
    const details = document.createElement("details");
    details.className = "folded";
    const summary = document.createElement("summary");
    summary.append(filters.querySelector("h2"));
    details.append(summary, ...filters.childNodes);
    filters.append(details);
    // Unfolded, they come after all rows.
    filters.parentElement.prepend(filters);
  }
}
