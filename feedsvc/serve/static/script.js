// Comforts: a button that copies an address, and keys as feed readers have them.  Every
// page works without.
"use strict";

for (const field of document.querySelectorAll("input.address")) {
  field.addEventListener("focus", () => field.select());
  const words = field.dataset;
  if (!navigator.clipboard || !words.copy) continue;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = words.copy;
  button.setAttribute("aria-label", `${words.copy}: ${field.getAttribute("aria-label")}`);
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(field.value);
    button.textContent = words.copied;
    setTimeout(() => { button.textContent = words.copy; }, 2000);
  });
  field.after(button);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.closest("input, select, textarea")) return;
  const links = [...document.querySelectorAll(".rows .headline a")];
  const here = links.indexOf(document.activeElement);
  if (event.key === "/") {
    document.querySelector("input[type=search]")?.focus();
    event.preventDefault();
  } else if (event.key === "j" && here + 1 < links.length) {
    links[here + 1].focus();
  } else if (event.key === "k" && here > 0) {
    links[here - 1].focus();
  } else if (event.key === "o" && here >= 0) {
    links[here].click();
  }
});
