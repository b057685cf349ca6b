"""The book in a real browser, from files: it fits, it searches, it copies, and it
turns pages."""
import collections
import functools
import itertools

import pytest

import course
import steps
from browsing import SETTLES, THEMES, WIDTHS, show, wait_for
from course import BOOK_PAGES

try:
    from selenium import webdriver
    from selenium.common.exceptions import TimeoutException
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
except ImportError:  # the fixture `browser` says so: a chapter's tests do without
    webdriver = None

pytestmark = pytest.mark.needs_all
# Those two also stand for all to axe, which takes a minute of one processor for each: what it
# finds depends on the theme, or on being a phone.
FAST_LOOKS = [(390, "light"), (1440, "dark")]
# What is seen of a page: `sticks_out` says what is too wide, and by how much.
Look = collections.namedtuple("Look", "sticks_out complaints requests violations")


# What makes a page wider than the window.
STICKS_OUT = """
if (document.documentElement.scrollWidth <= innerWidth) return [];
return [...document.querySelectorAll('body *')]
    .filter((part) => part.getBoundingClientRect().right > innerWidth)
    .map((part) => `${part.tagName}.${part.className}: ends at ` +
        `${part.getBoundingClientRect().right} of ${innerWidth}`)
    .concat(`document: ${document.documentElement.scrollWidth}`);
"""


def sticks_out(browser):
    """Returns what is too wide once the page has settled: on a busy machine a new
    page may still have the width or the fonts of the one before."""
    try:
        wait_for(browser, lambda: not browser.execute_script(STICKS_OUT),
                 SETTLES)
    except TimeoutException:
        pass
    return browser.execute_script(STICKS_OUT)


# axe checks contrast, names, roles, order and more (WCAG 2 A and AA).
AXE = """
document.querySelectorAll('details').forEach((fold) => {
    fold.removeAttribute('name'); fold.open = true; });
axe.run({ resultTypes: ['violations'] }).then((result) => arguments[0](
    result.violations.flatMap((rule) => rule.nodes.map((node) =>
        rule.id + ': ' + node.html.slice(0, 160) + ' ' +
        node.failureSummary.slice(0, 300)))));
"""


@pytest.fixture(scope="session")
def looks(browser, book):
    """Returns a function that looks at all pages in a width and a theme, once: for each,
    what is too wide, what it complains of, what it loads, and what axe finds."""
    axe = (course.npm() / "node_modules" / "axe-core" / "axe.min.js").read_text()

    @functools.cache
    def look(width, theme):
        seen = {}
        for page in BOOK_PAGES:
            browser.get_log("browser")
            browser.get_log("performance")
            show(browser, book, page, width, theme)
            seen[page] = Look(
                sticks_out(browser),
                browser.get_log("browser"),
                [entry["message"] for entry in browser.get_log("performance")
                 if "Network.requestWillBeSent\"" in entry["message"]],
                (browser.execute_script(axe) or browser.execute_async_script(AXE)
                 if (width, theme) in FAST_LOOKS else None))
        return seen

    return look


def each_look(looks):
    """Runs a test for each look, a width and a theme; those of one look in one process."""
    return pytest.mark.parametrize("width, theme", [
        pytest.param(*look, marks=[pytest.mark.xdist_group("{}-{}".format(*look)),
                                   *([] if look in FAST_LOOKS else [pytest.mark.slow])])
        for look in looks])


@each_look(itertools.product(WIDTHS, THEMES))
def test_every_page_fits_and_complains_of_nothing(looks, width, theme):
    for page, look in looks(width, theme).items():
        assert look.sticks_out == [], page
        assert look.complaints == []
        assert look.requests
        assert all('"url":"file://' in message for message in look.requests)


@each_look(FAST_LOOKS)
def test_axe_finds_nothing(looks, width, theme):
    for page, look in looks(width, theme).items():
        assert look.violations == [], page


def background(browser):
    return browser.execute_script(
        "return getComputedStyle(document.body).backgroundColor")


def test_the_theme_follows_the_system_and_can_be_changed(browser, book):
    colors = {}
    for theme in THEMES:
        show(browser, book, "index", theme=theme)
        colors[theme] = background(browser)
    assert colors["light"] != colors["dark"]
    browser.find_element(By.CSS_SELECTOR, ".theme").click()
    assert background(browser) == colors["light"]
    # The next page remembers it.
    show(browser, book, "02-boot", theme="dark")
    assert background(browser) == colors["light"]
    browser.execute_script("localStorage.clear()")


def test_on_paper_the_colors_are_the_light_ones(browser, book):
    colors = []
    for theme in THEMES:
        show(browser, book, "03-vga", theme=theme)
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "media": "print",
            "features": [{"name": "prefers-color-scheme", "value": theme}]})
        colors.append(browser.execute_script(
            "return ['body', '.drawing text'].map((name) => { const style ="
            " getComputedStyle(document.querySelector(name));"
            " return style.backgroundColor + style.fill; })"))
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    assert colors[0] == colors[1]


def search(browser, words):
    browser.find_element(By.TAG_NAME, "body").send_keys("/")
    field = browser.find_element(By.CSS_SELECTOR, ".finder input")
    wait_for(browser, field.is_displayed)
    field.send_keys(words)
    return field


@pytest.mark.parametrize("words, target", [
    ("triple fault", "02-boot.html#step-5-every-address-is-looked-up"),
    ("umodt", "cross-compiler.html"),
    ("undefined reference to `memcpy'",
     "when-it-breaks.html#undefined-reference-to-memcpy"),
    ("fortify.h byte", "04-intrinsics.html#step-8-calls-that-know-the-end"),
    ("../../mine/kernel.c:52:(.text+0x1f): undefined reference to `memcpy'",
     "when-it-breaks.html#undefined-reference-to-memcpy"),
    ("kernel.c:77:5: warning: implicit declaration of function 'kprint'",
     "when-it-breaks.html#warning-implicit-declaration-of-function"),
])
def test_search_finds_a_section_and_goes_there(browser, book, words, target):
    show(browser, book, "index")
    field = search(browser, words)
    status = browser.find_element(By.CSS_SELECTOR, ".finder .count")
    wait_for(browser, lambda: "section" in status.text)
    links = browser.find_elements(By.CSS_SELECTOR, ".results a")
    found = [link.get_attribute("href").rpartition("/")[2] for link in links]
    assert target in found
    field.send_keys(Keys.ENTER)
    wait_for(browser, lambda: browser.current_url.endswith(found[0]))


@pytest.mark.parametrize("words, target", [
    ("page fault", "glossary.html#term-page-fault-pf"),
    ("boot sector", "glossary.html#term-boot-sector"),
])
def test_search_shows_what_a_term_means_first(browser, book, words, target):
    show(browser, book, "index")
    search(browser, words)
    links = wait_for(browser, lambda: browser.find_elements(By.CSS_SELECTOR, ".results a"))
    assert links[0].get_attribute("href").rpartition("/")[2] == target
    for link in links:
        title, _, excerpt = link.text.partition("\n")
        assert len(title) > 1  # not a letter of the glossary
        text = excerpt.partition("\n")[2]
        assert not text.startswith("…") or text[1] == " ", text


def test_search_says_that_it_finds_nothing(browser, book):
    show(browser, book, "index")
    search(browser, "xyzzy")
    status = browser.find_element(By.CSS_SELECTOR, ".finder .count")
    wait_for(browser, lambda: status.text == "Nothing has these words.")


def copy(browser, box):
    """Returns what the button of a box copies."""
    browser.execute_script(
        "navigator.clipboard.writeText = async (text) => { window.copied = text; }")
    # A transcript's button is seen below the mouse.
    ActionChains(browser).move_to_element(box).click(
        box.find_element(By.CSS_SELECTOR, ".copy")).perform()
    return wait_for(browser, lambda: browser.execute_script(
        "return window.copied"))


def test_copy_copies_the_code_without_its_line_numbers(browser, book):
    show(browser, book, "grub-and-iso")
    copied = copy(browser, browser.find_element(By.CSS_SELECTOR, ".listing"))
    source = (course.ROOT / "common/grub.cfg").read_text()
    assert copied.strip() in source and "multiboot2 /boot/kernel.elf" in copied


def test_copy_copies_code_that_is_typed(browser, book):
    show(browser, book, "01-freestanding")
    copied = copy(browser, browser.find_element(By.CSS_SELECTOR, ".typed"))
    first = steps.chapters()[1]["steps"][0]["actions"]
    assert copied.strip() == next(
        action for action in first if action["kind"] == "type")["text"].strip()


@pytest.mark.parametrize("page, words, wanted", [
    ("loader", "make -C ~/kernel3",
     "make start CHAPTER=3 DIR=~/kernel3\nmake -C ~/kernel3"),
    ("compiler-habits", "start-twice.c",
     "make -C chapters/01-freestanding error-start-twice"),
    ("compiler-habits", "-mno-red-zone -S",
     "gcc -O2 -fno-stack-protector -mno-red-zone -S -masm=intel -o - \\\n"
     "    ~/flags/pick.c | grep rsp"),
    ("grub-and-iso", "-drive format=raw",
     "qemu-system-x86_64 \\\n    -drive format=raw,file=build/02-boot/kernel.iso"),
], ids=["several", "answered", "continued", "code"])
def test_copy_copies_of_a_transcript_what_is_typed(
        browser, book, page, words, wanted):
    show(browser, book, page)
    box = wait_for(browser, lambda: next(
        (box for box in browser.find_elements(By.CSS_SELECTOR, ".copied")
         if words in box.text), None))
    assert copy(browser, box) == wanted


def test_the_arrow_keys_turn_pages(browser, book):
    show(browser, book, "01-freestanding")
    for key, page in ((Keys.ARROW_RIGHT, "02-boot"), (Keys.ARROW_RIGHT, "03-vga"),
                      (Keys.ARROW_LEFT, "02-boot")):
        browser.find_element(By.TAG_NAME, "body").send_keys(key)
        wait_for(browser, lambda page=page: f"{page}.html" in browser.current_url)


def test_without_javascript_there_is_everything_but_the_tools(browser, book):
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        show(browser, book, "02-boot", width=390)
        assert browser.find_element(By.TAG_NAME, "h1").is_displayed()
        assert browser.find_element(By.CSS_SELECTOR, ".contents a").is_displayed()
        assert not browser.find_element(By.CSS_SELECTOR, ".search").is_displayed()
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled",
                                {"value": False})


def test_the_keyboard_reaches_everything(browser, book):
    show(browser, book, "02-boot")
    everything = browser.execute_script(
        # The arrow keys choose among radio buttons.
        "return [...document.querySelectorAll('a[href], button, summary, [tabindex],"
        " input:not([type=radio]:not(:checked))')].filter((element) => element.tabIndex >= 0"
        " && element.checkVisibility()).length")
    assert everything > 20
    browser.execute_script(
        "window.reached = new Set();"
        " addEventListener('focusin', ({ target }) => window.reached.add(target));")
    webdriver.ActionChains(browser, duration=0).send_keys(
        Keys.TAB * everything).perform()
    assert browser.execute_script("return window.reached.size") == everything


def test_a_fold_opens_and_an_anchor_leads_to_its_section(browser, book):
    show(browser, book, "04-intrinsics", width=390)
    fold = browser.find_element(By.CSS_SELECTOR, "details.fold")
    assert not fold.get_attribute("open")
    fold.find_element(By.TAG_NAME, "summary").click()
    assert fold.get_attribute("open")
    anchor = browser.find_element(By.CSS_SELECTOR, "h2 .anchor")
    browser.execute_script("arguments[0].click()", anchor)
    assert browser.current_url == anchor.get_attribute("href")


# How a page is set: for each long paragraph the characters in a line, the right edges of
# all parts, the largest gap between two of them, and the smallest code, in pixels.
SET = """
const parts = [...document.querySelectorAll('main > *')]
    .map((part) => [part, part.getBoundingClientRect()]).filter(([, box]) => box.height > 0);
const lines = parts.filter(([part]) => part.tagName === 'P' && part.textContent.length > 200)
    .map(([part, box]) => part.textContent.length /  // a last line is half full
        (Math.round(box.height / parseFloat(getComputedStyle(part).lineHeight)) - .5));
return { lines, edges: [...new Set(parts.map(([, box]) => Math.round(box.right)))],
    gap: Math.max(...parts.slice(1).map(([, box], i) => box.top - parts[i][1].bottom)),
    code: Math.min(...[...document.querySelectorAll('pre')].map(
        (part) => parseFloat(getComputedStyle(part).fontSize))) };
"""
SET_WIDTHS = course.cases([1440], [390, 768, 1280, 1600, 1920])


@pytest.mark.parametrize("width", SET_WIDTHS)
def test_pages_are_set_to_be_read(browser, book, width):
    """60 to 75 characters in a line where there is room, two right edges, no holes, and
    code that can be read."""
    for page in BOOK_PAGES:
        show(browser, book, page, width)
        found = browser.execute_script(SET)
        lines = sorted(found["lines"])
        if width >= 1280 and len(lines) >= 10:
            assert 60 <= lines[len(lines) // 2] <= 75, (page, lines)
        assert len(found["edges"]) <= 2, (page, found["edges"])
        assert found["gap"] < 150, page
        assert found["code"] is None or found["code"] >= 13.5, page
