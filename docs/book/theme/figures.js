// figures.js - lets the reader try two figures: the page walk and the VGA cell. Without it, they
// stand still, as on paper. A part of a figure that changes has a class live-NAME.
"use strict";
(() => {
  // Returns the parts of a figure, by their names.
  const partsOf = (figure) => {
    const parts = {};
    for (const part of figure.querySelectorAll("[class*='live-']"))
      for (const name of part.classList)
        if (name.startsWith("live-")) parts[name.slice(5)] = part;
    return parts;
  };
  const element = (name, attributes = {}, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };
  // Sets a figure's text: words, and then perhaps code.
  const write = (part, words, code = "") => {
    part.textContent = words;
    if (!code) return;
    const span = document.createElementNS("http://www.w3.org/2000/svg", "tspan");
    span.setAttribute("class", "code");
    span.textContent = code;
    part.append(span);
  };
  const hex = (number) => `0x${number.toString(16).toUpperCase()}`;

  // ---- the page walk: the tables of chapter 2's kernel (boot.asm, paging.c, addresses.h) ----

  const MAPPED_SIZE = 0x40000000n;
  const SMALL_PAGES_END = 0x800000n;
  const STACK_GUARD = 0x105000n;
  const TABLES = {
    "boot.asm": ["boot_pml4", "boot_pdpt", "boot_pd"],
    "paging.c": ["pml4", "page_directory_pointers", "page_directory", "page_table"],
  };
  // Bit numbers at which the four indexes begin.
  const SHIFTS = [39n, 30n, 21n, 12n];
  const indexAt = (address, level) => Number(address >> SHIFTS[level] & 511n);

  // Returns what the CPU finds: the entry of each table that it reads, the last of which maps a
  // page or is not present.
  const walk = (address, source) => {
    const tables = [...TABLES[source]];
    // The page tables follow one another, in one array.
    if (indexAt(address, 2) > 0) tables[3] = `&page_table[${indexAt(address, 2) * 512}]`;
    const small = source === "paging.c" && address < SMALL_PAGES_END;
    const depth = small ? 4 : 3;
    const page = address >> (small ? 12n : 21n) << (small ? 12n : 21n);
    const steps = [];
    for (let level = 0; level < depth; level++) {
      const index = indexAt(address, level);
      const last = level === depth - 1;
      const present = level < 2 ? index === 0
        : !last || address < MAPPED_SIZE && !(small && (page === 0n || page === STACK_GUARD));
      steps.push({ index, table: tables[level], present, next: last ? null : tables[level + 1] });
      if (!present) break;
    }
    const mapped = steps.at(-1).present;
    return { steps, small, page, offset: address - page, mapped };
  };

  const isCanonical = (address) => address >> 47n === 0n || address >> 47n === 0x1FFFFn;

  // Returns the address that a text means, or what is wrong with it.
  const parse = (text) => {
    const digits = text.trim().replace(/^0x/i, "").replace(/[_\s]/g, "");
    if (!digits) return { problem: "Type a hexadecimal number, such as 0xB8000." };
    if (!/^[0-9a-f]+$/i.test(digits))
      return { problem: "This is not a hexadecimal number: its digits are 0 to 9 and A to F." };
    if (digits.length > 16) return { problem: "This has more than 64 bits, which is 16 digits." };
    return { address: BigInt(`0x${digits}`) };
  };

  const drawWalk = (parts, address, source) => {
    const canonical = isCanonical(address);
    const found = canonical ? walk(address, source)
      : { steps: [], small: false, page: 0n, offset: address & 0x1FFFFFn, mapped: false };
    const { steps, small, page, offset, mapped } = found;
    write(parts.address, hex(address));
    for (let level = 0; level < 4; level++) write(parts[`bits-${level}`], indexAt(address, level));
    write(parts["bits-4"], hex(address & 0xFFFn));
    parts.field.classList.toggle("blue", small);
    parts.large.classList.toggle("off", small);
    parts.small.classList.toggle("off", !small);
    write(parts.offset, `offset in the page: ${hex(offset)}`);
    for (let level = 0; level < 4; level++) {
      const step = steps[level];
      const part = (name) => parts[`${name}-${level}`];
      const show = (name, shown) => part(name).classList.toggle("off", !shown);
      part("chip").classList.toggle("blue", Boolean(step));
      part("chip").classList.toggle("gone", !step);
      part("table").classList.toggle("gone", !step);
      write(part("index"), indexAt(address, level));
      part("index").setAttribute("class", `middle ${step ? "bold" : "note"} live-index-${level}`);
      show("path", step);
      show("text", step);
      show("line", step?.present);
      show("head", step?.present);
      if (!step) {
        write(part("name"), canonical && mapped ? "no page table: PS = 1" : "not read");
        continue;
      }
      write(part("name"), `${step.table}: 512 entries`);
      const top = 140 + 84 * level;
      const middle = 104 + step.index / 511 * 244;
      part("entry").setAttribute("x", middle - 3.5);
      // A large page has no page table: the line passes it.
      const [to, end] = step.next ? [104, top + 84] : [small ? 104 : 82, 476];
      part("line").setAttribute("d", `M${middle} ${top + 30}V${top + 40}H${to}V${end - 6}`);
      part("head").setAttribute("d", `M${to} ${end}l-4-8h8z`);
      if (!step.present) write(part("text"), `entry ${step.index}: not present`);
      else if (step.next) write(part("text"), `entry ${step.index}:\u00a0`, step.next);
      else write(part("text"), `entry ${step.index}: page\u00a0`, hex(page));
      part("text").classList.toggle("bad", !step.present);
    }
    parts.result.classList.toggle("green", mapped);
    parts.result.classList.toggle("red", !mapped);
    const where = steps.map(({ index, table }) => `entry ${index} of ${table}`);
    const last = where.at(-1);
    const [head, sum, answer] = mapped
      ? ["physical address = start of the page + offset",
        `${hex(page)} + ${hex(offset)} = ${hex(address)}`,
        `${where.join(", ")}: a page of ${small ? "4 KiB" : "2 MiB"} at ${hex(page)}. ` +
        `Physical address: ${hex(address)}.`]
      : canonical
        ? ["page fault: this entry is not present", last,
          `${where.join(", ")}, which is not present: a page fault.`]
        : ["general protection fault", "bits 63 to 48 must be copies of bit 47",
          "This address is not canonical: bits 63 to 48 must be copies of bit 47. The CPU raises a " +
          "general protection fault, and reads no table."];
    write(parts["sum-0"], head);
    write(parts["sum-1"], sum);
    return answer[0].toUpperCase() + answer.slice(1);
  };

  const startWalk = (figure) => {
    const parts = partsOf(figure);
    const svg = figure.querySelector("svg");
    const input = element("input", { type: "text", value: "0x12345678", size: "20",
      spellcheck: "false", autocomplete: "off", autocapitalize: "off",
      "aria-describedby": "page-walk-answer" });
    const choices = Object.keys(TABLES).map((name, at) => element("label", {},
      element("input", { type: "radio", name: "tables", value: name, ...(at ? {} : { checked: "" }) }),
      " ", element("code", {}, name)));
    const examples = Object.entries({ "0xB8000": "screen", "0x0": "null pointer",
      "0x105FF8": "guard page", "0xFFFF800000000000": "" }).map(([address, name]) => {
      const button = element("button", { type: "button" }, element("code", {}, address), ` ${name}`);
      button.addEventListener("click", () => { input.value = address; update(); });
      return button;
    });
    const answer = element("p", { class: "answer", role: "status", id: "page-walk-answer" });
    const form = element("form", { class: "try" },
      element("label", {}, "An address, in hexadecimal: ", input),
      element("fieldset", {}, element("legend", {}, "The tables of"), ...choices),
      element("div", { role: "group", "aria-label": "Addresses to try" }, ...examples), answer);
    const update = () => {
      const { problem, address } = parse(input.value);
      input.setAttribute("aria-invalid", Boolean(problem));
      answer.classList.toggle("problem", Boolean(problem));
      answer.textContent = problem ?? drawWalk(parts, address,
        form.querySelector("input:checked").value);
      if (!problem) svg.setAttribute("aria-label", `The page walk of ${hex(address)}. ` +
        answer.textContent);
    };
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", update);
    figure.prepend(form);
    const label = svg.getAttribute("aria-label");
    update();
    svg.setAttribute("aria-label", label);
  };

  // ---- the VGA cell ----

  // By their numbers, as in color.h.
  const COLORS = ["black", "blue", "green", "cyan", "red", "magenta", "brown", "light gray",
    "dark gray", "light blue", "light green", "light cyan", "light red", "pink", "yellow", "white"];
  const BITS = ["blue", "green", "red", "bright"];
  // Code page 437. Number 0, 32 and 255 are blanks.
  const CHARACTERS = " ☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼" +
    " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~⌂" +
    "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐" +
    "└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■ ";

  const nameOfBit = (bit) => bit === 15 ? "blink" : bit >= 12 ? `${BITS[bit - 12]}, background`
    : bit >= 8 ? `${BITS[bit - 8]}, text` : `value ${1 << bit}, character`;

  const paint = (part, background, text, character) => {
    const as = (color) => `vga-${COLORS[color].replace(" ", "-")}`;
    part.querySelector("rect").setAttribute("class", `box ${as(background)}`);
    const glyph = part.querySelector("text");
    glyph.setAttribute("class", `middle glyph ${as(text)}`);
    write(glyph, `${character}\ufe0e`);  // as text, not as a picture in colors of its own
    return glyph;
  };

  const startCell = (figure) => {
    const parts = partsOf(figure);
    const svg = figure.querySelector("svg");
    let cell = 0x1F41;
    const answer = element("p", { class: "answer", role: "status" });
    const bits = Array.from({ length: 16 }, (_, bit) => parts[`bit-${bit}`]);
    const update = () => {
      const [number, text, three, four] = [cell & 255, cell >> 8 & 15, cell >> 12 & 7, cell >> 12];
      const character = CHARACTERS[number];
      const name = character === " " ? "a blank" : character;
      const blinks = cell >> 15 === 1;
      const code = `0x${cell.toString(16).toUpperCase().padStart(4, "0")}`;
      for (const [bit, part] of bits.entries()) {
        const one = cell >> bit & 1;
        part.setAttribute("aria-checked", one === 1);
        write(part.lastElementChild, one);
      }
      write(parts.blink, blinks ? "blinks" : "steady");
      write(parts.background, `${three}, ${COLORS[three]}`);
      write(parts.text, `${text}, ${COLORS[text]}`);
      write(parts.number, `0x${number.toString(16).toUpperCase().padStart(2, "0")}: ${name}`);
      write(parts.cell, code);
      paint(parts.pc, three, text, character).classList.toggle("blinking", blinks);
      paint(parts.qemu, four, text, character);
      answer.textContent = `${code}: ${name}, ${COLORS[text]} on ${COLORS[three]}.` + (blinks
        ? ` Bit 15 makes it blink on a PC. QEMU makes the background bright instead: ${COLORS[four]}.` : "");
    };
    const flip = (bit) => { cell ^= 1 << bit; update(); };
    for (const [bit, part] of bits.entries()) {
      part.setAttribute("role", "switch");
      part.setAttribute("tabindex", "0");
      part.setAttribute("aria-label", `Bit ${bit}: ${nameOfBit(bit)}`);
      part.addEventListener("click", () => flip(bit));
      part.addEventListener("keydown", (event) => {
        if (event.key !== " " && event.key !== "Enter") return;
        event.preventDefault();
        flip(bit);
      });
    }
    svg.setAttribute("role", "group");
    figure.prepend(element("p", { class: "try" },
      "Click a bit to flip it. On a keyboard: Tab, then Space."));
    figure.querySelector(".table").after(answer);
    update();
  };

  for (const [name, start] of [["page-walk", startWalk], ["cell", startCell]]) {
    const figure = document.getElementById(`figure-${name}`);
    if (figure) start(figure);
  }
})();
