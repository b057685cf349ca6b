"""The book on paper, and in a reader for EPUB."""
import concurrent.futures
import re
import shutil
import zipfile

import pytest

import build
import course
import printed
from course import BOOK_PAGES, CHAPTERS
from pages import PAGES, title as title_of

# One process makes the printed book, and no other waits for it.
pytestmark = [pytest.mark.needs_all, pytest.mark.xdist_group("print")]


@pytest.fixture(scope="module")
def pdf():
    return course.book("pdf") / "bare-metal-c.pdf"


@pytest.fixture(scope="module")
def epub():
    return course.book("epub") / "bare-metal-c.epub"


def text_of(pdf, first, last):
    return course.run(course.tool("pdftotext"), "-f", first, "-l", last, "-layout", pdf,
                      "-").stdout


def pages_of(pdf):
    found = course.run(course.tool("pdfinfo"), pdf).stdout
    return int(re.search(r"^Pages: +(\d+)$", found, re.MULTILINE)[1])


def test_the_pdf_has_an_outline_with_every_page_of_the_book(pdf):
    outline = course.run(course.tool("pdftohtml"), "-xml", "-i", "-stdout", pdf).stdout
    outline = re.findall(r'<item page="(\d+)">(.+?)</item>', outline)
    titles = [title for _, title in outline]
    for title in map(title_of, PAGES):
        assert any(title.split(":")[0] in found for found in titles), title
    numbers = [int(number) for number, _ in outline]
    assert numbers == sorted(numbers) and numbers[-1] <= pages_of(pdf)


def test_the_contents_tell_the_page_on_which_a_chapter_begins(pdf):
    contents = text_of(pdf, 2, 8)
    for title, number in re.findall(r"^[\f ]*(Chapter \d): .*?[ .]+(\d+)$", contents,
                                    re.MULTILINE):
        assert title in text_of(pdf, int(number), int(number)), (title, number)
    assert len(re.findall(r"^[\f ]*Chapter \d", contents, re.MULTILINE)) == len(CHAPTERS)


def test_no_page_of_the_pdf_is_nearly_empty(pdf):
    """But the last of each part."""
    pages = text_of(pdf, 1, pages_of(pdf)).split("\f")[1:-1]
    empty = [number for number, text in enumerate(pages, 2)
             if len(text.split()) < 25]
    assert len(empty) <= len(BOOK_PAGES) // 2, empty


def test_no_text_of_the_pdf_runs_into_the_margin(pdf):
    words = course.run(course.tool("pdftotext"), "-bbox", pdf, "-").stdout
    outer, inner = (millimetres / 25.4 * 72 for millimetres in (18, 22))
    pages = words.split("<page ")[2:]  # the cover has no margins
    for number, page in enumerate(pages, start=2):
        left, right = (inner, outer) if number % 2 else (outer, inner)
        width = float(re.match(r'width="([\d.]+)"', page)[1])
        for first, last, word in re.findall(
                r'xMin="([\d.]+)".* xMax="([\d.]+)".*>(.*)</word>', page):
            assert left - 1 <= float(first) and float(last) <= width - right + 1, \
                f"page {number}: {word}"


def test_no_word_of_the_pdf_lies_on_another(pdf):
    """As it would, in a table with a column that is too narrow for it."""
    words = course.run(course.tool("pdftotext"), "-bbox", pdf, "-").stdout
    for number, page in enumerate(words.split("<page ")[1:], start=1):
        found = [(round(float(top)), float(first), float(last), word)
                 for first, top, last, word in re.findall(
                     r'xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)".*>(.*)</word>',
                     page)]
        for (top, _, last, word), (below, first, _, other) in zip(
                sorted(found), sorted(found)[1:]):
            assert top != below or first > last - 1, f"page {number}: {word} {other}"


def test_all_fonts_of_the_pdf_are_embedded(pdf):
    lines = course.run(course.tool("pdffonts"), pdf).stdout.splitlines()
    assert lines[0].split()[3] == "emb"
    embedded = [line[lines[0].index("emb"):].split()[0] for line in lines[2:]]
    assert embedded and set(embedded) == {"yes"}
    assert any("Source-Serif" in line for line in lines)


def test_each_number_of_a_page_is_that_of_the_page(pdf):
    """In the contents, and in the text: (p. 12) is a part of the link to page 12."""
    links = re.findall(r'<a href="[^"]*#(\d+)">(.*?)</a>', course.run(
        course.tool("pdftohtml"), "-xml", "-i", "-stdout", pdf).stdout)
    printed = {"contents": [], "text": []}
    for page, text in links:
        number = re.fullmatch(r"[. ]*(\d+) *| *\(p\. (\d+)\) *", re.sub("<.*?>", "", text))
        if number:
            printed["contents" if number[1] else "text"].append(
                (int(page), int(number[1] or number[2])))
    assert len(printed["contents"]) > 50 and len(printed["text"]) > 100
    for place, numbers in printed.items():
        assert [pair for pair in numbers if pair[0] != pair[1]] == [], place


def test_the_epub_is_valid(epub):
    jar = shutil.which(course.tool("epubcheck"))
    checked = course.run("java", "-jar", jar, epub).stdout
    assert "No errors or warnings detected" in checked


def test_the_epub_has_every_page_and_picture(epub):
    with zipfile.ZipFile(epub) as book:
        names = book.namelist()
        text = "".join(book.read(name).decode() for name in names
                       if name.endswith(".xhtml"))
    for page in BOOK_PAGES:
        assert f'id="page-{page}"' in text, page
    assert sum(name.endswith(".png") for name in names) >= 8
    assert "<svg" in text and 'class="number"' in text


@pytest.fixture
def print_with(empty_folder, monkeypatch):
    """Returns a function that makes a book without pages, when the photographs have
    ended with a problem or none, and returns what is wrong and which file was made."""
    monkeypatch.setattr(build, "PAGES", [])
    monkeypatch.setattr(printed, "PAGES", [])
    monkeypatch.setattr(printed, "MAKERS", {
        "pdf": lambda _, target: target.write_text("made") and ""})

    def make(problem):
        with concurrent.futures.ThreadPoolExecutor() as pool:
            book = build.Book(empty_folder, course.npm(), pool.submit(str),
                              pool.submit(lambda: problem))
            return printed.make(book, pool, ["pdf"]), empty_folder / "bare-metal-c.pdf"

    return make


def test_the_printed_book_has_the_newest_photographs(print_with, empty_folder):
    screen = "chapters/03-vga/screens/panic.png"
    newest = empty_folder / "screens" / screen
    newest.parent.mkdir(parents=True)
    newest.write_bytes(b"new")
    problems, pdf = print_with("")
    assert not any(problems) and pdf.exists()
    assert (empty_folder / "print" / "pictures" / screen).read_bytes() == b"new"


def test_no_pdf_is_made_when_a_photograph_fails(print_with):
    problems, pdf = print_with("the kernel is broken\n")
    assert "the kernel is broken\n" in problems and not pdf.exists()
