"""The book's figures: they follow their style, every text has its room, and the two that
the reader can try answer what is true for the kernel."""
import re

import pytest

import course
import figures
from browsing import show, wait_for

try:
    from selenium import webdriver
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
except ImportError:  # the fixture `browser` says so
    webdriver = None

FIGURES = figures.paths()
# The pages with figures, and how often each figure stands in the book.
SHOWN = [(page, re.findall(r"!\[[^]]*?\]\([^)\s]*figures/([\w-]+)\.svg", path.read_text()))
         for page, path in zip(course.BOOK_PAGES, course.pages.PAGES)]
PAGES = [page for page, names in SHOWN if names]


@pytest.mark.parametrize("path", FIGURES, ids=lambda path: path.stem)
def test_figures_follow_their_style(path):
    """`make figures` writes it into them."""
    svg = path.read_text()
    assert figures.problems(svg) == []
    assert svg == figures.with_style(svg)


def test_every_figure_is_shown():
    assert {path.stem for path in FIGURES} == {name for _, names in SHOWN for name in names}


@pytest.mark.parametrize("drawing, problem", [
    ('<rect class="box" fill="#123456"/>', 'fill="#123456" is a matter of style'),
    ('<text style="fill:red">A</text>', 'style="fill:red" is a matter of style'),
    ('<rect class="bux"/>', "does not have the class bux"),
    ('<g id="one"/>', 'id="one" may stand twice'),
    ("<text>→</text>", "font does not have →"),
    ('<text class="end">a <tspan class="code">b</tspan></text>', "can have one font only"),
    ("<text>", "mismatched tag"),
])
def test_a_figure_that_is_wrong_is_refused(drawing, problem):
    svg = f'<svg class="figure" xmlns="x" viewBox="0 0 9 9">{drawing}</svg>'
    assert any(problem in line for line in figures.problems(svg)), figures.problems(svg)
    assert not figures.problems('<svg class="figure" viewBox="0 0 9 9"><g/></svg>')
    assert figures.problems('<svg viewBox="0 0 9 9"/>')


# What is wrong with the figures of a document: texts that stick out of the figure, cross a box,
# are too close to its border, cover one another, are crossed by a line, or are too small. A
# text reaches from its capitals' height down to the lowest letters.
MEASURE = """
const [padding, smallest] = arguments;
const wrong = [];
for (const svg of document.querySelectorAll('svg.figure')) {
    const name = svg.closest('figure')?.id ?? location.pathname.split('/').pop();
    const [, , width, height] = svg.getAttribute('viewBox').split(' ').map(Number);
    const scale = svg.getBoundingClientRect().width / width;
    const seen = (part) => getComputedStyle(part).visibility === 'visible';
    const size = (part) => parseFloat(getComputedStyle(part).fontSize);
    const texts = [...svg.querySelectorAll('text')].filter((text) => seen(text) && text.textContent.trim())
        .map((text) => {
            const { x, width } = text.getBBox();
            const y = Number(text.getAttribute('y'));
            return { text, what: text.textContent, left: x, right: x + width,
                top: y - .68 * size(text), bottom: y + .22 * size(text) };
        });
    const boxes = [...svg.querySelectorAll('rect')].filter(seen).map((rect) => {
        const { x, y, width, height } = rect.getBBox();
        return { left: x, right: x + width, top: y, bottom: y + height };
    });
    const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
    const within = (a, b, padding) => a.left >= b.left + padding && a.right <= b.right - padding &&
        a.top >= b.top + padding / 2 && a.bottom <= b.bottom - padding / 2;
    const bad = (text, what) => wrong.push(`${name}: "${text.what}" ${what}`);
    const points = [...svg.querySelectorAll('path')].filter(seen).flatMap((path) => {
        const steps = Math.ceil(path.getTotalLength());
        return Array.from({ length: steps }, (_, at) => path.getPointAtLength(at));
    });
    for (const [at, text] of texts.entries()) {
        if (!within(text, { left: 0, top: 0, right: width, bottom: height }, 0))
            bad(text, 'sticks out of the figure');
        for (const box of boxes)
            if (meet(text, box) && !within(text, box, padding))
                bad(text, `is at a box's border, ${JSON.stringify([text, box])}`);
        for (const other of texts.slice(at + 1))
            if (meet(text, other)) bad(text, `covers "${other.what}"`);
        if (points.some(({ x, y }) => meet(text, { left: x, right: x, top: y, bottom: y })))
            bad(text, 'is crossed by a line');
        for (const part of [text.text, ...text.text.querySelectorAll('tspan')])
            if (size(part) * scale < smallest) bad(text, `has ${size(part) * scale} pixels`);
    }
}
return wrong;
"""
# The least distance to a box's border at the left and right, in units; half of it, at the top
# and bottom.
PADDING = 4
# The least size of letters on a phone, in pixels.
SMALLEST = 11


@pytest.mark.needs_all
@pytest.mark.parametrize("page", PAGES)
def test_every_text_of_a_figure_has_its_room(browser, book, page):
    show(browser, book, page, 390)
    wait_for(browser, lambda: browser.execute_script(
        "return document.fonts.status === 'loaded'"))
    assert len(browser.find_elements(By.CSS_SELECTOR, "svg.figure")) == len(dict(SHOWN)[page])
    assert browser.execute_script(MEASURE, PADDING, SMALLEST) == []


@pytest.mark.needs_all
def test_a_figure_alone_has_room_for_another_font(browser):
    """As on a code host, without the book's fonts: those of most systems are wider."""
    for path in FIGURES:
        browser.get(path.as_uri())
        assert browser.execute_script(MEASURE, 0, 0) == []


# ---- the page walk ----

@pytest.fixture
def walk(browser, book):
    """Returns a function that types an address into the page walk, for some tables, and
    returns what it answers."""
    show(browser, book, "02-boot", 390)
    figure = browser.find_element(By.ID, "figure-page-walk")

    def answer(address, tables="boot.asm"):
        figure.find_element(By.CSS_SELECTOR, f"input[value='{tables}']").click()
        field = figure.find_element(By.CSS_SELECTOR, "input[type=text]")
        field.send_keys(Keys.CONTROL, "a")
        field.send_keys(Keys.DELETE, address)
        return figure.find_element(By.CSS_SELECTOR, "[role=status]").text

    return answer


def text_of(browser, name):
    """Returns what the part live-NAME of a figure says, or None if it is not seen."""
    return browser.execute_script(
        "const part = document.querySelector(`.live-${arguments[0]}`);"
        "return getComputedStyle(part).visibility === 'visible' ? part.textContent : null", name)


def parts(browser, name, count):
    return [text_of(browser, f"{name}-{at}") for at in range(count)]


@pytest.mark.needs_all
@pytest.mark.parametrize("address, tables, bits, texts, result", [
    ("0x12345678", "boot.asm", ["0", "0", "145", "325", "0x678"],
     ["entry 0: boot_pdpt", "entry 0: boot_pd", "entry 145: page 0x12200000", None],
     "0x12200000 + 0x145678 = 0x12345678"),
    ("b8f9e", "paging.c", ["0", "0", "0", "184", "0xF9E"],
     ["entry 0: page_directory_pointers", "entry 0: page_directory", "entry 0: page_table",
      "entry 184: page 0xB8000"], "0xB8000 + 0xF9E = 0xB8F9E"),
    ("0x5FF123", "paging.c", ["0", "0", "2", "511", "0x123"],
     ["entry 0: page_directory_pointers", "entry 0: page_directory",
      "entry 2: &page_table[1024]", "entry 511: page 0x5FF000"],
     "0x5FF000 + 0x123 = 0x5FF123"),
    ("0x4000_0000", "paging.c", ["0", "1", "0", "0", "0x0"],
     ["entry 0: page_directory_pointers", "entry 1: not present", None, None],
     "entry 1 of page_directory_pointers"),
    ("0x7fffffffffff", "boot.asm", ["255", "511", "511", "511", "0xFFF"],
     ["entry 255: not present", None, None, None], "entry 255 of boot_pml4"),
    ("FFFFFFFF80000000", "boot.asm", ["511", "510", "0", "0", "0x0"],
     ["entry 511: not present", None, None, None], "entry 511 of boot_pml4"),
    ("0x800000000000", "boot.asm", ["256", "0", "0", "0", "0x0"], [None] * 4,
     "bits 63 to 48 must be copies of bit 47"),
])
def test_the_page_walk_shows_the_way_of_an_address(
        browser, walk, address, tables, bits, texts, result):
    walk(address, tables)
    assert parts(browser, "bits", 5) == bits
    assert [said and said.replace("\u00a0", " ") for said in parts(browser, "text", 4)] == texts
    assert text_of(browser, "sum-1") == result
    assert browser.execute_script(MEASURE, PADDING, SMALLEST) == []


@pytest.mark.needs_all
def test_the_page_walk_names_what_is_typed_wrongly(browser, walk):
    field = "return document.querySelector('#figure-page-walk input[type=text]').ariaInvalid"
    walk("0xB8000")
    for typed, problem in (("0xB80g0", "This is not a hexadecimal number"),
                           ("12345678123456781", "This has more than 64 bits"),
                           ("-1", "This is not a hexadecimal number"),
                           (" ", "Type a hexadecimal number")):
        assert walk(typed).startswith(problem)
        assert browser.execute_script(field) == "true"
    assert walk("0x1000").endswith("Physical address: 0x1000.")
    assert browser.execute_script(field) == "false"


@pytest.mark.needs_all
def test_nothing_moves_when_an_address_is_typed(browser, walk):
    heights = set()
    for address in ("0x0", "0xFFFF800000000000", "0xB8000", "0x800000000000", "x", "0x3FFFFFFF"):
        for tables in ("boot.asm", "paging.c"):
            walk(address, tables)
            heights.add(browser.execute_script(
                "return document.getElementById('figure-page-walk').offsetHeight"))
    assert len(heights) == 1


@pytest.fixture(scope="module")
def machine():
    """Returns a Machine in which chapter 2's kernel has halted, and the kernel's symbols."""
    kernel = course.build("chapters/02-boot")
    with course.boot_until_halted(kernel) as booted:
        yield booted, kernel.symbols()


PROBES = [0x0, 0xFFF, 0x1000, 0xB8000, 0x100000, 0x101000, 0x1FF000, 0x200000, 0x7FFFFF, 0x800000,
          0x9FFFFF, 0xA00000, 0x12345678, 0x3FFFFFFF, 0x40000000, 0x7FFFFFFFFF, 0x8000000000,
          0x7FFFFFFFFFFF, 0xFFFF800000000000, 0xFFFFFFFFFFFFFFFF]


@pytest.mark.needs_all
def test_the_page_walk_is_that_of_the_kernel(walk, machine):
    """QEMU shows the mapped pages of the tables in use, paging.c's: those of 2 MiB have a P."""
    booted, symbols = machine
    guard = symbols["stack_guard"]
    pages = {int(start, 16): (0x200000 if "P" in flags else 0x1000, int(physical, 16))
             for start, physical, flags in re.findall(
                 r"^([0-9a-f]{16}): ([0-9a-f]{16}) (\S+)\s*$", booted.monitor("info tlb"),
                 re.MULTILINE)}
    assert len(pages) > 2000
    for address in [*PROBES, guard - 1, guard, guard + 0xFFF, guard + 0x1000]:
        said = walk(f"{address:#x}", "paging.c")
        start, (size, physical) = next(
            ((start, pages[start]) for start in (address & ~0xFFF, address & ~0x1FFFFF)
             if start in pages and address - start < pages[start][0]), (None, (0, 0)))
        if start is None:
            assert said.endswith("which is not present: a page fault."), hex(address)
        else:
            size = "4 KiB" if size == 0x1000 else "2 MiB"
            assert f"a page of {size} at 0x{start:X}. " in said
            assert said.endswith(f"Physical address: 0x{physical + address - start:X}.")


@pytest.mark.needs_all
def test_the_first_page_walk_is_that_of_boot_asm(walk, machine):
    """Its tables are still in memory."""
    booted, symbols = machine

    def entries(name):
        shown = booted.monitor(f"xp /512gx {symbols[name]:#x}")
        return [int(word, 16) for line in shown.splitlines() if ": 0x" in line
                for word in line.partition(": ")[2].split()]

    pml4, pdpt, directory = (entries(name) for name in ("boot_pml4", "boot_pdpt", "boot_pd"))
    assert [pml4[0] & ~0xFFF, pdpt[0] & ~0xFFF] == [symbols["boot_pdpt"], symbols["boot_pd"]]
    assert not any(pml4[1:] + pdpt[1:])
    assert [entry & ~0x7F for entry in directory] == [(at << 21) + 0x80 for at in range(512)]
    for address in PROBES:
        said = walk(f"{address:#x}")
        if address < 512 << 21:
            assert f"entry {address >> 21} of boot_pd: a page of 2 MiB at" in said
            assert said.endswith(f"Physical address: 0x{address:X}.")
        else:
            assert said.endswith("which is not present: a page fault.")


# ---- the VGA cell ----

def shown_cell(browser):
    """Returns what the figure of a cell says, and the colors of its two pictures."""
    return [text_of(browser, "cell"), text_of(browser, "background"), text_of(browser, "text"),
            text_of(browser, "number"), text_of(browser, "blink")], browser.execute_script("""
        return ['pc', 'qemu'].map((name) => ['rect', 'text'].map((part) => {
            const found = document.querySelector(`.live-${name} ${part}`);
            return getComputedStyle(found).fill + (found.classList.contains('blinking') ?
                ' blinking' : '');
        }))""")


BLUE, WHITE, LIGHT_BLUE = "rgb(0, 0, 170)", "rgb(255, 255, 255)", "rgb(85, 85, 255)"


@pytest.mark.needs_all
@pytest.mark.parametrize("width, theme", [(390, "light"), (1440, "dark")])
def test_the_bits_of_a_cell_can_be_flipped(browser, book, width, theme):
    show(browser, book, "03-vga", width, theme)
    figure = browser.find_element(By.ID, "figure-cell")
    status = figure.find_element(By.CSS_SELECTOR, "[role=status]")
    height = figure.size["height"]

    def bit(number):
        return figure.find_element(By.CSS_SELECTOR, f".live-bit-{number}")

    assert shown_cell(browser) == (
        ["0x1F41", "1, blue", "15, white", "0x41: A", "steady"], [[BLUE, WHITE]] * 2)
    assert status.text == "0x1F41: A, white on blue."
    bit(1).click()
    assert shown_cell(browser)[0][3] == "0x43: C"
    assert bit(1).get_attribute("aria-checked") == "true"
    # By keyboard.
    bit(15).send_keys(Keys.SPACE)
    said, pictures = shown_cell(browser)
    assert said == ["0x9F43", "1, blue", "15, white", "0x43: C", "blinks"]
    assert pictures == [[BLUE, f"{WHITE} blinking"], [LIGHT_BLUE, WHITE]]
    assert "blink on a PC" in status.text and "bright instead: light blue" in status.text
    bit(15).send_keys(Keys.ENTER)
    webdriver.ActionChains(browser).send_keys(Keys.TAB, Keys.SPACE).perform()
    assert shown_cell(browser)[0][:2] == ["0x5F43", "5, magenta"]
    assert figure.size["height"] == height
    assert browser.execute_script(MEASURE, PADDING, SMALLEST) == []


@pytest.mark.needs_all
def test_the_cell_knows_the_characters_of_code_page_437(browser, book):
    show(browser, book, "03-vga")
    shown = []
    bits = [browser.find_element(By.CSS_SELECTOR, f".live-bit-{number}") for number in range(8)]
    # A Gray code: each number is one bit away from the one before.
    for step in range(1, 257):
        number = 0x41 ^ step ^ step >> 1
        changed = (step & -step).bit_length() - 1
        if changed < 8:
            browser.execute_script("arguments[0].dispatchEvent(new MouseEvent('click'))",
                                   bits[changed])
            shown.append((number, text_of(browser, "number")))
    assert len(shown) == 255
    for number, text in shown:
        if 32 < number < 127 or number > 127 and number != 255:
            assert text == f"0x{number:02X}: {bytes([number]).decode('cp437')}"
