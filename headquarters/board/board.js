"use strict";
const address = document.body.dataset.events;
if (address) {
  const source = new EventSource(address);
  const cut = (yes) => document.body.classList.toggle("is-cut", yes);
  source.addEventListener("open", () => cut(false));
  source.addEventListener("error", () => cut(true));
  source.addEventListener("anew", () => { source.close(); location.reload(); });
  source.addEventListener("rows", (event) => {
    const told = JSON.parse(event.data);
    for (const [id, html] of Object.entries(told.rows)) {
      const row = document.getElementById(id);
      if (!row) { source.close(); location.reload(); return; }
      row.outerHTML = html;
    }
    const summary = document.getElementById("summary");
    const held = summary.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    if (summary.dataset.told !== told.summary) { summary.innerHTML = told.summary; summary.dataset.told = told.summary; }
    if (held) { [...summary.querySelectorAll("a")].find((each) => each.getAttribute("href") === held)?.focus(); }
  });
}
