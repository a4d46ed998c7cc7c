"use strict";

// What is shown once: buttons that copy it or print the page. Without this they are not there.
for (const button of document.querySelectorAll("button[data-copies]")) {
  const field = document.getElementById(button.dataset.copies);
  const status = button.parentElement.querySelector("[role=status]");

  const copy = async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      status.textContent = button.dataset.copied;
    } catch {
      // Not over plain HTTP, or the user has refused it.
      status.textContent = button.dataset.selected;
    }
  };

  button.addEventListener("click", copy);
  button.hidden = false;
}

for (const button of document.querySelectorAll("button[data-prints]")) {
  button.addEventListener("click", () => print());
  button.hidden = false;
}
