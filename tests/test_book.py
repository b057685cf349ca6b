"""The book is made of the pages and the sources, and what is wrong with a page is
said with its file and line."""
import html.parser
import os
import re
import shutil
import urllib.parse

import pytest

import course
from course import CHAPTERS, ROOT

FORMER = "# Chapter 9: a test\n\nSome text.\n\n"


class Page(html.parser.HTMLParser):
    """What a page has: the elements' names, where it leads, what it loads."""

    def __init__(self, path):
        super().__init__()
        self.ids, self.links, self.loads, self.pictures = set(), [], [], []
        self.text = path.read_text()
        self.feed(self.text)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if "id" in attributes:
            assert attributes["id"] not in self.ids, attributes["id"]
            self.ids.add(attributes["id"])
        if tag == "a" or (tag == "link" and attributes["rel"] in ("prev", "next")):
            self.links.append(attributes["href"])
        elif tag == "link":
            self.loads.append(attributes["href"])
        elif "src" in attributes:
            self.loads.append(attributes["src"])
        if tag == "img":
            self.pictures.append(attributes.get("alt", ""))


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """Returns the folder of the HTML book."""
    folder = tmp_path_factory.mktemp("book") / "html"
    build(ROOT, folder)
    return folder


def build(root, folder, check=True):
    return course.run(course.tool("lunr"), "-B", root / "docs/book/build.py", folder,
                      course.tool("lunr.js"), check=check).stdout


def test_every_link_leads_somewhere(book):
    pages = {path: Page(path) for path in book.rglob("*.html")}
    assert len(pages) > 50
    for path, page in pages.items():
        for link in page.links:
            if re.match(r"https?:", link):
                continue
            target, _, anchor = urllib.parse.unquote(link).partition("#")
            there = (path.parent / target).resolve() if target else path
            assert there in pages, (path, link)
            assert not anchor or anchor in pages[there].ids, (path, link)


def test_nothing_is_loaded_from_elsewhere(book):
    for path in book.rglob("*.html"):
        for name in Page(path).loads:
            assert not re.match(r"(\w+:)?//", name), (path, name)
            assert (path.parent / name).exists(), (path, name)
    for name in ("book.css", "book.js"):
        assert not re.search(r"https?://|@import", (book / name).read_text())


def test_every_picture_has_a_text_that_stands_for_it(book):
    for path in book.rglob("*.html"):
        assert all(Page(path).pictures), path


def test_each_page_knows_the_next_and_the_last(book):
    names = ["index", *CHAPTERS]
    for number, name in enumerate(names):
        text = (book / f"{name}.html").read_text()
        for way, other in (("prev", number - 1), ("next", number + 1)):
            link = re.search(rf'<link rel="{way}" href="([^"]+)">', text)
            if 0 <= other < len(names):
                assert link[1] == f"{names[other]}.html"
            else:
                assert link is None


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_each_source_of_a_chapter_has_a_page_with_its_lines(book, chapter):
    for path in (ROOT / "chapters" / chapter).iterdir():
        if path.suffix in (".c", ".h", ".asm", ".ld"):
            page = Page(book / "source" / "chapters" / chapter / f"{path.name}.html")
            lines = len(path.read_text().splitlines())
            assert f"L-{lines}" in page.ids and f"L-{lines + 1}" not in page.ids


@pytest.fixture
def copy(empty_folder):
    """Returns a function that builds a book of one page of ours, in a copy of the
    course with a chapter of ours, and returns what is said and what is made."""
    root = empty_folder / "course"
    for name in ("docs/book", "common"):
        shutil.copytree(ROOT / name, root / name)
    folder = root / "chapters" / "09-test"
    folder.mkdir(parents=True)
    (root / "README.md").write_text("# A book\n\nText.\n")
    for name in ("03-vga/vga.c", "02-boot/boot.asm", "01-freestanding/linker.ld",
                 "01-freestanding/multiboot2.h"):
        shutil.copy(ROOT / "chapters" / name, folder)
    course.run("git", "init", "-q", root)

    def build_page(text, check=False):
        (folder / "README.md").write_text(FORMER + text)
        output = build(root, root / "html", check)
        made = root / "html" / "09-test.html"
        return output, made.read_text() if made.exists() else None

    return build_page


@pytest.mark.parametrize("text, complaint", [
    ("[vga.c](vga.c#vga_put_chat)", "chapters/09-test/vga.c defines no “vga_put_chat”; it "
     "defines "),
    ("[vga.c](vgb.c)", "there is no file chapters/09-test/vgb.c"),
    ("[vga.c](vga.c#vga_put_char..cell)", "“cell” comes before “vga_put_char”"),
    ('[vga.c](vga.c#vga_put_char "mark: nonsense")',
     "there is nothing to mark: “nonsense” is not in lines"),
    ('[vga.c](vga.c "frm: x")', "a listing has no option “frm: x”"),
    ('[vga.c](vga.c "from: nonsense")', "no line of chapters/09-test/vga.c has "
     "“nonsense”"),
    ("A [link](nothing.md).", "the link leads nowhere: there is no "
     "chapters/09-test/nothing.md"),
    ("A [link](#nothing).", "the page has no section #nothing"),
    ("![A picture](nothing.png)", "there is no picture chapters/09-test/nothing.png"),
    ("# Another title", "a page has one title"),
])
def test_a_mistake_is_said_with_its_file_and_line(copy, text, complaint):
    output, made = copy(text + "\n")
    assert re.search(rf"^chapters/09-test/README\.md:5: .*{re.escape(complaint)}",
                     output, re.MULTILINE), output
    assert made is None


def test_all_mistakes_are_said_at_once(copy):
    output, _ = copy("[vga.c](vga.c#a)\n\n[vga.c](vga.c#b)\n\n[x](#c)\n")
    assert re.findall(r"README\.md:(\d+):", output) == ["5", "7", "9"]


def test_a_link_to_a_section_of_another_page_is_checked(copy):
    output, _ = copy("A [link](../../README.md#nothing).\n")
    assert "chapters/09-test/README.md: the link leads nowhere: index.html has no " \
        "section #nothing" in output


def test_a_line_that_is_too_wide_is_refused(copy, empty_folder):
    wide = empty_folder / "course" / "chapters" / "09-test" / "wide.c"
    wide.write_text("int a;\n" + "/" * 73 + "\n")
    output, _ = copy("[wide.c](wide.c)\n")
    assert "chapters/09-test/wide.c:2 has 73 columns, and 72 fit" in output


@pytest.mark.parametrize("link, holds, last", [
    ("vga.c#cell", "static uint16_t cell(uint8_t character)", "}"),
    ("boot.asm#enter_long_mode", "enter_long_mode:", None),
    ("multiboot2.h#multiboot2_header", "struct multiboot2_header {", "};"),
    ("multiboot2.h#MULTIBOOT2_LOADER_MAGIC",
     "/* Section 3.3: what a Multiboot2 loader leaves in EAX. */",
     "#define MULTIBOOT2_LOADER_MAGIC      0x36D76289"),
])
def test_a_name_stands_for_its_definition(copy, empty_folder, link, holds, last):
    """With the comment above it, and nothing of what follows."""
    _, made = copy(f"[listing]({link})\n", check=True)
    top, bottom = re.search(r'range">lines (\d+) to (\d+)<', made).groups()
    name = link.partition("#")[0]
    lines = (empty_folder / "course" / "chapters" / "09-test" / name).read_text() \
        .splitlines()[int(top) - 1:int(bottom)]
    assert holds in lines
    assert lines[0].startswith(("/*", ";", holds))
    if last:
        assert lines[-1] == last
    else:
        assert [line for line in lines if re.match(r"[a-z_]\w*:", line)] == [holds]


def test_only_what_has_changed_is_made_anew(empty_folder):
    folder = empty_folder / "html"
    build(ROOT, folder)
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*.html")}
    build(ROOT, folder)
    assert {path: path.stat().st_mtime_ns
            for path in folder.rglob("*.html")} == before
    page = folder / "02-boot.html"
    os.utime(page, (0, 0))
    build(ROOT, folder)
    assert page.stat().st_mtime_ns != 0
    assert sum(path.stat().st_mtime_ns != before[path] for path in before) == 1
