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
    const dark = root.dataset.theme
      ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    remember(root.dataset.theme);
  });

  // Returns a button that copies what text() returns.
  const copying = (text) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(text());
      } catch {
        const area = document.createElement("textarea");
        area.value = text();
        document.body.append(area);
        area.select();
        document.execCommand("copy");
        area.remove();
      }
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
    return button;
  };
  for (const listing of document.querySelectorAll(".listing:not(:has(.difference))")) {
    const code = listing.querySelector("code");
    (listing.querySelector(".range") ?? listing.querySelector("figcaption"))
      .append(copying(() => code.textContent));
  }
  // What is typed in a transcript: its first command, or all if no line is output.
  const typed = (transcript) => {
    const commands = /^([$>] .*\n?)+$/.test(transcript)
      ? transcript : transcript.match(/^\$ .*(\n> .*)*/)?.[0] ?? transcript;
    return commands.replace(/^[$>] /gm, "").trimEnd();
  };
  for (const pre of document.querySelectorAll("main pre:not(.listing pre)")) {
    const block = pre.closest("div.sourceCode") ?? pre;
    const box = document.createElement("div");
    box.className = "copied";
    block.replaceWith(box);
    box.append(block, copying(() => typed(pre.textContent)));
  }

  // Of the folds for several systems, the reader's own is open. On paper, all are.
  const system = /Mac/.test(navigator.platform) ? "macOS"
    : /Win/.test(navigator.platform) ? "Windows" : "Debian";
  for (const fold of document.querySelectorAll("details.system"))
    fold.open = fold.querySelector("summary").textContent.includes(system);
  addEventListener("beforeprint", () => {
    for (const fold of document.querySelectorAll("details")) {
      fold.removeAttribute("name");
      fold.open = true;
    }
  });

  // The section that is being read is marked in the contents.
  const seen = new IntersectionObserver((entries) => {
    const entry = entries.findLast(({ isIntersecting }) => isIntersecting);
    if (!entry) return;
    for (const link of document.querySelectorAll(".contents li li a"))
      link.toggleAttribute("data-here", link.hash === `#${entry.target.id}`);
  }, { rootMargin: "-5% 0% -75% 0%" });
  for (const heading of document.querySelectorAll("main h2[id]")) seen.observe(heading);

  // What scrolls must be reached by the keyboard.
  for (const box of document.querySelectorAll("div.sourceCode, pre:not(.sourceCode), .table"))
    if (box.scrollWidth > box.clientWidth + 1 && getComputedStyle(box).overflowX === "auto")
      box.tabIndex = 0;

  // Search. The texts are a script, because a page from a file may not fetch.
  const finder = document.querySelector(".finder");
  const input = finder.querySelector("input");
  const results = finder.querySelector(".results");
  const top = finder.dataset.top;
  const script = (name) => new Promise((done, failed) => {
    const element = document.createElement("script");
    element.src = top + name;
    element.onload = done;
    element.onerror = failed;
    document.head.append(element);
  });
  let loading = null;
  const load = () => {
    loading ??= Promise.all([script("lunr.js"), script("search.js")]).then(() => ({
      index: lunr(function () {
        this.ref("id");
        this.field("title", { boost: 10 });
        this.field("text");
        window.SECTIONS.forEach((section) => { this.add(section); });
      }),
      sections: new Map(window.SECTIONS.map((section) => [section.id, section])),
    }));
    return loading;
  };

  // Appends a text, with the words that were looked for marked.
  const append = (element, text, words) => {
    const pattern = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|");
    for (const [at, part] of text.split(new RegExp(`(${pattern})`, "gi")).entries()) {
      const node = at % 2 ? document.createElement("mark") : document.createTextNode("");
      node.textContent = part;
      element.append(node);
    }
  };

  const find = async () => {
    const { index, sections } = await load();
    const words = input.value.toLowerCase().split(/\s+/)
      .map((word) => word.replace(/^[`'"“”‘’(]+|[`'"“”‘’):;,.]+$/g, "")).filter(Boolean);
    const found = words.length === 0 ? [] : index.query((query) => {
      for (const word of words) {
        query.term(lunr.tokenizer(word), { boost: 10 });
        // A part of a word is enough: umodti3 for __umodti3.
        const { LEADING, TRAILING } = lunr.Query.wildcard;
        query.term(word, { wildcard: word.length < 3 ? TRAILING : LEADING | TRAILING,
          usePipeline: false });
      }
    }).map((hit) => sections.get(hit.ref));
    // If no section has all the words, such as those of a whole message with its names
    // and numbers, show the ones that have many, those with rare words first.
    const count = ({ title, text }) => words.filter((word) =>
      `${title} ${text}`.toLowerCase().includes(word)).length;
    const most = Math.max(0, ...found.map(count));
    const enough = most === words.length ? most : Math.max(1, most / 2);
    const hits = found.filter((section) => count(section) >= enough).slice(0, 15);
    const number = `${hits.length} section${hits.length === 1 ? "" : "s"}`;
    finder.querySelector(".count").textContent = words.length === 0 ? "" :
      most === 0 ? "Nothing has these words." :
        most === words.length ? number : `${number} with some of these words`;
    results.replaceChildren(...hits.map((section) => {
      const item = document.createElement("li");
      const link = document.createElement("a");
      const page = document.createElement("small");
      const excerpt = document.createElement("small");
      const at = section.text.toLowerCase().indexOf(words[0]);
      // It begins and ends with a whole word.
      const from = at > 60 ? section.text.indexOf(" ", at - 60) + 1 : 0;
      const to = section.text.length > from + 160
        ? section.text.lastIndexOf(" ", from + 160) : section.text.length;
      link.href = top + section.id;
      append(link, section.title, words);
      page.textContent = section.page;
      append(excerpt, (from > 0 ? "… " : "") + section.text.slice(from, to) +
        (to < section.text.length ? " …" : ""), words);
      link.append(page, excerpt);
      item.append(link);
      return item;
    }));
  };
  const open = () => { finder.showModal(); input.select(); load(); };
  const search = document.querySelector(".search");
  search.hidden = false;
  search.addEventListener("click", open);
  input.addEventListener("input", find);
  results.addEventListener("click", () => finder.close());
  finder.addEventListener("keydown", (event) => {
    const links = [...results.querySelectorAll("a")];
    const at = links.indexOf(document.activeElement);
    if (event.key === "Enter" && document.activeElement === input) {
      event.preventDefault();
      links[0]?.click();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const to = at + (event.key === "ArrowDown" ? 1 : -1);
      (links[to] ?? (to < 0 ? input : links[at]))?.focus();
    }
  });

  // The arrow keys turn pages, and the slash searches.
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (finder.open || event.target.closest("input, textarea, [tabindex]")) return;
    if (event.key === "/") {
      event.preventDefault();
      open();
    }
    const to = { ArrowRight: "next", ArrowLeft: "prev" }[event.key];
    const link = to && document.querySelector(`link[rel=${to}]`);
    if (link) location.href = link.href;
  });

  // On a small screen the contents would fill it. (The front page has none.)
  if (matchMedia("(max-width: 1119px)").matches)
    document.querySelector(".contents details")?.removeAttribute("open");
})();
