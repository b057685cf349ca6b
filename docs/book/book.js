// book.js - conveniences. Every page reads well without it.
"use strict";
(() => {
  const root = document.documentElement;

  // A theme of one's own; localStorage may be forbidden.
  const remember = (theme) => { try { localStorage.setItem("theme", theme); } catch { /* not kept */ } };
  try { root.dataset.theme = localStorage.getItem("theme") ?? ""; } catch { /* none */ }
  const theme = document.querySelector(".theme");
  theme.hidden = false;
  theme.addEventListener("click", () => {
    const dark = getComputedStyle(root).colorScheme === "dark";
    root.dataset.theme = dark ? "light" : "dark";
    remember(root.dataset.theme);
  });

  for (const listing of document.querySelectorAll(".listing")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      const text = listing.querySelector("code").textContent;
      try {
        await navigator.clipboard.writeText(text);
      } catch {
        const area = document.createElement("textarea");
        area.value = text;
        document.body.append(area);
        area.select();
        document.execCommand("copy");
        area.remove();
      }
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
    listing.querySelector("figcaption").append(button);
  }

  // What scrolls must be reached by the keyboard.
  for (const box of document.querySelectorAll("div.sourceCode, pre"))
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;

  // The arrow keys turn pages.
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (event.target.closest("input, textarea, [tabindex]")) return;
    const to = { ArrowRight: "next", ArrowLeft: "prev" }[event.key];
    const link = to && document.querySelector(`link[rel=${to}]`);
    if (link) location.href = link.href;
  });

  // On a small screen the contents would fill it.
  if (matchMedia("(max-width: 1119px)").matches)
    document.querySelector(".contents details").open = false;
})();
