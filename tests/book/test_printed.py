"""The book on paper, and in a reader for EPUB."""
import concurrent.futures
import re
import shutil
import zipfile

import pytest

import build
import course
import edition
import printed
from course import BOOK_PAGES, CHAPTERS
from pages import title as title_of

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
    for title in map(title_of, printed.PRINTED):
        assert any(title.split(":")[0] in found for found in titles), title
    numbers = [int(number) for number, _ in outline]
    assert numbers == sorted(numbers) and numbers[-1] <= pages_of(pdf)


def test_the_contents_tell_the_page_on_which_a_chapter_begins(pdf):
    contents = text_of(pdf, 2, 8)
    for title, number in re.findall(r"^[\f ]*(Chapter \d): .*?[ .]+(\d+)$", contents,
                                    re.MULTILINE):
        assert title in text_of(pdf, int(number), int(number)), (title, number)
    assert len(re.findall(r"^[\f ]*Chapter \d", contents, re.MULTILINE)) == len(CHAPTERS)


# A page with less than this part of it used is nearly empty.
NEARLY_EMPTY = 0.2


def ends(pdf):
    """Returns for each page, but for the cover, which part of it its text takes up, from
    above, and its lines."""
    words = course.run(course.tool("pdftotext"), "-bbox-layout", pdf, "-").stdout
    found = []
    for page in words.split("<page ")[2:]:
        height = float(re.search(r'height="([\d.]+)"', page)[1])
        lines = [float(bottom) / height for bottom in re.findall(
            r'<line .* yMax="([\d.]+)"', page) if .07 < float(bottom) / height < .92]
        found.append((max(lines, default=0), len(lines)))
    return found


def test_no_page_of_the_pdf_is_nearly_empty(pdf):
    """But the last one of a chapter, and the last of all."""
    outline = course.run(course.tool("pdftohtml"), "-xml", "-i", "-stdout", pdf).stdout
    begins = {int(page) for page, title in re.findall(
        r'<item page="(\d+)">(.+?)</item>', outline)}
    pages = ends(pdf)
    empty = [number for number, (used, _) in enumerate(pages, 2) if used < NEARLY_EMPTY]
    assert all(number + 1 in begins or number > len(pages) for number in empty), empty
    assert len(empty) <= len(CHAPTERS) // 2, empty


def test_no_row_of_a_table_is_left_alone_on_a_page(pdf):
    """The rows are those of the page that the PDF is made of; where they stand is in the
    PDF: a table that goes on has its heading again."""
    text = (course.book("pdf") / "print" / "book.html").read_text()
    tables = [[re.sub(r"<[^>]*>|\s", "", row) for row in re.findall(r"<tr.*?</tr>", table, re.DOTALL)]
              for table in re.findall(r"<table.*?</table>", text, re.DOTALL)]
    pages = [re.sub(r"\s|-\n", "", page) for page in text_of(pdf, 1, pages_of(pdf)).split("\f")]
    assert len(tables) > 40
    alone = []
    for heading, *rows in (table for table in tables if len(table) > 4):
        starts = [row[:12] for row in rows if len(row) > 12]
        for number, page in enumerate(pages, 1):
            here = [start for start in starts if start in page]
            if len(here) == 1 and len(starts) > 3 and len(set(starts)) == len(starts) \
                    and heading[:12] in page[:120] and here[0] == starts[-1]:
                alone.append((number, here))
    assert not alone


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


def test_the_index_leads_to_what_it_names(pdf):
    """Entry by entry, on the page that it gives."""
    def letters(text):
        return re.sub(r"[\s-]", "", text).lower()

    last = pages_of(pdf)
    text = [letters(page) for page in text_of(pdf, 1, last).split("\f")]
    # It is at the end; its second page may begin with its title as well.
    first = min(number for number, page in enumerate(text, 1)
                if page.startswith("index") and number > last - 10)
    # Column by column.
    index = course.run(course.tool("pdftotext"), "-f", first, "-l", last, pdf, "-").stdout
    entries = re.findall(r"^(\S*[a-zA-Z].*?), (\d+)\b", index, re.MULTILINE)
    assert len(entries) > 150
    assert [(name, page) for name, page in entries
            if letters(name.split()[-1]) not in text[int(page) - 1]] == []


def test_the_imprint_says_which_edition_this_is(pdf):
    text = text_of(pdf, 2, 2)
    assert edition.EDITION in text and edition.facts()["day"] in text


def test_the_epub_has_a_cover_and_says_what_it_is(epub):
    with zipfile.ZipFile(epub) as book:
        about = book.read("EPUB/content.opf").decode()
    cover = re.search(r'<item [^>]*properties="cover-image"[^>]*>', about)[0]
    assert 'media-type="image/png"' in cover
    for name, text in [("title", edition.TITLE), ("creator", edition.AUTHORS),
                       ("language", edition.LANGUAGE), ("date", edition.facts()["date"]),
                       ("rights", "CC BY 4.0"), ("description", "64-bit kernel")]:
        assert re.search(rf"<dc:{name}[^>]*>[^<]*{re.escape(text)}", about), name


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
        assert f'id="page-{page}"' in text or page == "index", page
    assert sum(name.endswith(".png") for name in names) >= 8
    assert "<svg" in text and 'class="number"' in text


@pytest.fixture
def print_with(empty_folder, monkeypatch):
    """Returns a function that makes a book without pages, when the photographs have
    ended with a problem or none, and returns what is wrong and which file was made."""
    monkeypatch.setattr(build, "PAGES", [])
    monkeypatch.setattr(printed, "PRINTED", [])
    monkeypatch.setattr(printed, "MAKERS", {
        "pdf": lambda _parts, _facts, target: target.write_text("made") and ""})

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
