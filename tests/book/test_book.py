"""The book is made of the pages and the sources, and what is wrong with a page is
said with its file and line."""
import html.parser
import json
import os
import re
import shutil
import urllib.parse

import pytest

import course
import edition
from course import BOOK_PAGES, CHAPTERS, PAGES, ROOT

pytestmark = pytest.mark.needs_all
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


def test_the_book_has_every_page_but_those_of_the_repository():
    assert sorted(course.pages.PAGES) == sorted(
        {*PAGES} - {ROOT / "README.md", ROOT / "docs" / "README.md"})


def test_no_number_in_a_sentence_begins_a_list():
    """A line that begins with "1. ", in the middle of a paragraph."""
    for page in PAGES:
        text = re.sub(r"^((?:> )?)```.*?^\1```$", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
        found = re.search(r"^(?:> )?(?!\d+\. |[-*|#<!>]|\s{2}).*\w.*\n(?:> )?\d+\. .*$", text, re.MULTILINE)
        assert not found, f"{page}: {found and found[0]}"


def test_the_page_of_what_is_proven_names_each_test_of_the_kernels():
    tests = {name for path in (ROOT / "tests/kernel").glob("test_*.py")
             for name in re.findall(r"^def (test_\w+)", path.read_text(), re.MULTILINE)}
    assert set(re.findall(r"`(test_\w+)`", (ROOT / "docs/proven.md").read_text())) == tests


def test_every_link_leads_somewhere(book):
    pages = {path: Page(path) for path in book.rglob("*.html")}
    assert len(pages) > 50
    for path, page in pages.items():
        for link in page.links:
            if re.match(r"https?:", link):
                continue
            target, _, anchor = urllib.parse.unquote(link).partition("#")
            there = (path.parent / target).resolve() if target else path
            if there.suffix in (".pdf", ".epub"):  # the book's other editions
                assert there.exists(), (path, link)
                continue
            assert there in pages, (path, link)
            assert not anchor or anchor in pages[there].ids, (path, link)


def test_nothing_is_loaded_from_elsewhere(book):
    for path in book.rglob("*.html"):
        for name in Page(path).loads:
            assert not re.match(r"(\w+:)?//", name), (path, name)
            assert (path.parent / name).exists(), (path, name)
    for name in ("book.css", "book.js"):
        assert not re.search(r"https?://|@import", (book / name).read_text())


@pytest.mark.parametrize("address, is_public", [
    ("https://code.example.org/us/course.git", "https://code.example.org/us/course.git"),
    ("https://me:secret@code.example.org/us/course.git", "https://code.example.org/us/course.git"),
    ("https://me@code.example.org:8443/course/\n", "https://code.example.org:8443/course"),
    ("git@code.example.org:us/course.git", ""),
    ("ssh://git@code.example.org/us/course", ""),
    ("http://code.example.org/us/course", ""),
    ("https://localhost/course", ""),
    ("https://127.0.0.1/course", ""),
    ("https://[::1]/course", ""),
    ("https://build.internal/course", ""),
    ("https://code.example.org:port/course", ""),
    ("/home/me/course", ""),
    ("", ""),
])
def test_only_an_address_that_others_can_clone_is_in_the_book(address, is_public):
    assert edition.public(address) == is_public


@pytest.mark.parametrize("address", ["", "https://code.example.org/us/course.git"])
def test_the_first_page_says_how_to_get_the_code(copy, empty_folder, monkeypatch, address):
    monkeypatch.setenv("REPOSITORY", address)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    copy("Text.\n", check=True)
    page = (empty_folder / "course/book/html/index.html").read_text()
    assert ("git clone https://code.example.org/us/course.git\ncd course\n" in page) \
        == bool(address)
    assert ("does not say where its repository is" in page) != bool(address)
    assert '<time datetime="1970-01-02">January 2, 1970</time>' in page


def test_each_page_has_a_description_of_its_own(book):
    found = [re.search(r'<meta name="description" content="([^"]*)">',
                       (book / f"{name}.html").read_text())[1] for name in BOOK_PAGES]
    assert len(set(found)) == len(found)
    assert all(40 < len(description) <= 210 for description in found), found


def test_every_picture_has_a_text_that_stands_for_it(book):
    for path in book.rglob("*.html"):
        assert all(Page(path).pictures), path


def test_each_page_knows_the_next_and_the_last(book):
    names = BOOK_PAGES
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
    (root / "docs" / "index.md").write_text("# A book\n\nText.\n")
    for name in ("03-vga/vga.c", "02-boot/boot.asm", "01-freestanding/linker.ld",
                 "01-freestanding/multiboot2.h", "02-boot/multiboot2_info.c",
                 "02-boot/loader/loader.asm"):
        shutil.copy(ROOT / "chapters" / name, folder)
    course.run("git", "init", "-q", root)

    def build_page(text, check=False):
        (folder / "README.md").write_text(FORMER + text)
        output = course.build_book(root, root / "book", "html", check=check)
        made = root / "book" / "html" / "09-test.html"
        return output, made.read_text() if made.exists() else None

    return build_page


@pytest.mark.parametrize("text, line, complaint", [
    ("<!-- type: a.c -->\n```c\nint a;\n```", 5, "this is not within a step: “## Step 1: ...”"),
    ("## Step 1: One\n\n<!-- type: a.c -->\n\nText.", 7, "no code follows for a.c"),
    ("## Step 1: One\n\n<!-- type: a.c; afetr: x -->\n```c\nint a;\n```", 7,
     "a step has no “afetr: x”"),
    ("## Step 1: One\n\n<!-- type: vga.c -->\n\n[vga.c](vgb.c)", 9,
     "there is no file chapters/09-test/vgb.c"),
])
def test_a_mistake_in_a_step_is_said(copy, text, line, complaint):
    assert copy(text)[0] == f"chapters/09-test/README.md:{line}: {complaint}\n"


def test_a_step_says_where_its_code_goes(copy):
    output, page = copy("""## Step 1: One

<!-- type: a.c -->
```c
int a;
```

<!-- type: b.c -->
```c
int b;
```

<!-- type: a.c; after: int a -->
```c
int b;
```

<!-- type: a.c; from: int a; to: int b -->
```c
int c;
```

<!-- type: a.c; at: the end; gap: above -->
```c
int d;
```

<!-- take: multiboot2.h -->
[multiboot2.h](multiboot2.h)

<!-- remove: a.c -->

```console
$ make run
...
```
""", check=True)
    for file, place in [("a.c", "the beginning of the file"),  # its end follows
                        ("b.c", "the whole file"),
                        ("a.c", "after the line with <code>int a</code>"),
                        ("a.c", "in place of the lines from <code>int a</code> to "
                                "<code>int b</code>"),
                        ("a.c", "the end"),
                        ("multiboot2.h", "taken as it is")]:
        assert f'<span class="short">kernel/</span><wbr/><span class="short">{file}</span></span> ' \
            f'<span class="range"><span>{place}' in page, place
    assert page.count('class="listing typed') == 5 and page.count('class="listing taken') == 1
    assert "<details" in page.partition("taken as it is")[0]
    assert "remove:" not in page


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
    ('[vga.c](vga.c#cell "from: vga_put_char")', "“cell” ends before “vga_put_char”"),
    ("See [vga.c](vga.c#cell).", "a part of a file is shown where the link to it is a "
     "paragraph of its own"),
    ("A [link](nothing.md).", "the link leads nowhere: there is no file "
     "chapters/09-test/nothing.md"),
    ("A [folder](../../docs/book).", "there is no file docs/book"),
    ("![A picture](vga.c)", "chapters/09-test/vga.c is no figure"),
    ("A [link](#nothing).", "the page has no section #nothing"),
    ("![A picture](nothing.png)", "there is no picture chapters/09-test/nothing.png"),
    ("# Another title", "a page has one title"),
    ("[!NOTE]\n> Text.", "each line of a callout begins with `> `"),
    ("It says `no `main' here`.", "a backtick is left over: “here`.”"),
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
    output, _ = copy("A [link](../../docs/index.md#nothing).\n")
    assert "chapters/09-test/README.md:5: the link leads nowhere: index.html has no " \
        "section #nothing" in output


def test_a_line_that_is_too_wide_is_refused(copy, empty_folder):
    wide = empty_folder / "course" / "chapters" / "09-test" / "wide.c"
    wide.write_text("int a;\n" + "/" * 73 + "\n")
    output, _ = copy("[wide.c](wide.c)\n")
    assert "chapters/09-test/wide.c:2 has 73 columns, and 72 fit" in output


def test_rows_of_a_table_keep_their_lines_and_other_lines_wrap(copy):
    _, made = copy("```console\n$ make\n  a    b  c\n  d  e    f\na long line, and dots ...\n```\n",
                   check=True)
    assert '<pre class="console"><code><span class="wraps">$ make\n</span>' \
        '<span>  a    b  c\n</span><span>  d  e    f\n</span>' \
        '<span class="wraps">a long line, and dots\u00a0...\n</span>' in made


def test_what_wraps_goes_on_below_its_text(copy):
    _, made = copy("```console\n$ make\n  ok      a test\n    further in\n```\n", check=True)
    assert '<span class="wraps" style="--in:10ch">  ok      a test\n</span>' \
        '<span class="wraps" style="--in:6ch">    further in\n</span>' in made


def test_tabs_become_the_blanks_that_are_needed(copy):
    _, made = copy("```console\n$ objdump\n  10:\tb9 20    \tmov    ecx\n  12:\t48       \tdec    eax\n```\n",
                   check=True)
    assert "<span>  10:  b9 20  mov    ecx\n</span><span>  12:  48     dec    eax\n</span>" in made


def test_a_place_that_ends_within_a_string_is_seen_to_go_on(copy):
    _, made = copy("""## Step 1: one

<!-- type: a.c -->
```c
puts("one");
```

<!-- type: a.c; after: puts("one -->
```c
two();
```
""", check=True)
    assert 'after the line with <code>puts(&quot;one&nbsp;...</code>' in made


@pytest.mark.parametrize("link, holds, last", [
    ("vga.c#cell", "static uint16_t cell(uint8_t character)", "}"),
    ("boot.asm#enter_long_mode", "enter_long_mode:", None),
    ("loader.asm#is_a20_open", "is_a20_open:", "    ret"),
    ("multiboot2.h#multiboot2_header", "struct multiboot2_header {", "};"),
    ("multiboot2.h#MULTIBOOT2_LOADER_MAGIC",
     "/* Section 3.3: what a Multiboot2 loader leaves in EAX. */",
     "#define MULTIBOOT2_LOADER_MAGIC      0x36D76289"),
    ("multiboot2_info.c#multiboot2_info_find",
     "const struct multiboot2_tag *", "}"),
])
def test_a_name_stands_for_its_definition(copy, empty_folder, link, holds, last):
    """With the comment above it, and nothing of what follows."""
    _, made = copy(f"[listing]({link})\n", check=True)
    top, bottom = re.search(r'range"><span>lines (\d+) to (\d+)<', made).groups()
    name = link.partition("#")[0]
    lines = (empty_folder / "course" / "chapters" / "09-test" / name).read_text() \
        .splitlines()[int(top) - 1:int(bottom)]
    assert holds in lines
    assert lines[0].startswith(("/*", ";", holds))
    if last:
        assert lines[-1] == last
    else:
        assert [line for line in lines if re.match(r"[a-z_]\w*:", line)] == [holds]


def test_only_what_has_changed_is_made_anew(book, empty_folder):
    shutil.copytree(book.parent, empty_folder / "book")
    # A PDF may have come since, to which the first page leads.
    course.build_book(ROOT, empty_folder / "book", "html")
    pages = empty_folder / "book" / "html"

    def times():
        return {path: path.stat().st_mtime_ns for path in pages.rglob("*.html")}

    before = times()
    course.build_book(ROOT, empty_folder / "book", "html")
    assert times() == before
    os.utime(pages / "02-boot.html", (0, 0))
    course.build_book(ROOT, empty_folder / "book", "html")
    assert [path.name for path, time in times().items()
            if time != before[path]] == ["02-boot.html"]


@pytest.mark.parametrize("text, complaint", [
    ("> [!IMPORTANT]\n> x\n", "there is no callout [!IMPORTANT]: there are NOTE, TIP"),
    ("<details><summary>A</summary>\n\ntext\n", "a fold is never closed"),
    ("<details>\n\ntext\n\n</details>\n", "a fold has a summary"),
    ("<details><summary>A</summary> text\n\n</details>\n", "begins below its summary"),
    ("</details>\n", "there is no fold to end"),
    ("> [!hint]\n> x\n", "there is no callout [!hint]"),
    ("Look: ![A text](figures/drawn.svg).\n", "a figure is a paragraph of its own"),
    ('[vga.c](vga.c "diff: ../03-vga/nothing.c")\n',
     "there is no file chapters/03-vga/nothing.c"),
    ("![](figures/drawn.svg)\n", "the picture has no text that stands for it"),
    ("See [it](#figure-nothing).\n", "the page has no section #figure-nothing"),
    ('![All.](figures/drawn.svg "See [it](#nothing).")\n', "no section #nothing"),
    ('![All.](figures/drawn.svg "64. Many.")\n', "a caption is a line of text"),
])
def test_a_mistake_in_a_block_is_said_with_its_file_and_line(copy, empty_folder, text,
                                                            complaint):
    figures = empty_folder / "course" / "chapters" / "09-test" / "figures"
    figures.mkdir()
    (figures / "drawn.svg").write_text('<svg viewBox="0 0 9 9"></svg>')
    output, made = copy(text)
    assert re.search(rf"^chapters/09-test/README\.md:5: .*{re.escape(complaint)}",
                     output, re.MULTILINE), output
    assert made is None


def test_a_page_is_made_anew_when_what_it_lists_changes(copy, empty_folder):
    root = empty_folder / "course"
    other = root / "chapters" / "08-other" / "deep" / "list.c"
    other.parent.mkdir(parents=True)
    other.write_text("int one;\n")
    text = "[list.c](../08-other/deep/list.c)\n"
    assert "</span> one<" in copy(text, check=True)[1]
    other.write_text("int another;\n")
    output, made = copy(text, check=True)
    assert "</span> another<" in made, output
    other.unlink()
    output, _ = copy(text)
    assert "09-test/README.md:5: there is no file chapters/08-other/deep/list.c" in output


def test_a_title_is_not_taken_from_code(copy, empty_folder):
    (empty_folder / "course" / "docs" / "index.md").write_text(
        "```sh\n# a comment\n```\n\n# A book\n")
    _, made = copy("Text.\n", check=True)
    assert ">A book</a>" in made and "a comment" not in made


def test_a_page_that_is_no_page_any_more_is_removed(copy, empty_folder):
    root = empty_folder / "course"
    (root / "chapters" / "08-other").mkdir()
    (root / "chapters" / "08-other" / "README.md").write_text("# Other\n")
    copy("Text.\n", check=True)
    page = root / "book" / "html" / "08-other.html"
    assert page.exists()
    shutil.rmtree(root / "chapters" / "08-other")
    copy("Text.\n", check=True)
    assert not page.exists()


def test_what_is_not_in_utf_8_is_said_with_the_page(copy, empty_folder):
    folder = empty_folder / "course" / "chapters" / "09-test"
    (folder / "latin.c").write_bytes(b"int a;\n/* caf\xe9 */\n")
    output, _ = copy("[latin.c](latin.c)\n")
    assert output == "chapters/09-test/README.md:5: chapters/09-test/latin.c:2 is not in " \
        "UTF-8\n"


def test_text_beside_a_comment_and_tabs_in_code_stay(copy):
    _, made = copy("<!-- a comment --> shown\n\n```make\nall:\n\tcc\n```\n\n"
                   "A [link](README.md#a-page).\n\n## A page\n", check=True)
    assert "shown" in made
    assert "\tcc" in made
    assert 'href="#a-page"' in made


def test_callouts_folds_figures_and_notes(copy, empty_folder):
    figures = empty_folder / "course" / "chapters" / "09-test" / "figures"
    figures.mkdir()
    (figures / "drawn.svg").write_text('<svg viewBox="0 0 9 9"><style>x</style></svg>')
    _, made = copy("""\
> [!TIP]
> Do `this`.[^1]

> [!note]
> In small letters.

1. Why?

   <details><summary>Answer</summary>

   So.

   </details>

<!-- do: nothing -->

![All that it shows.](figures/drawn.svg "A *caption*.")

See [the figure](#figure-drawn).

[^1]: A note.
""", check=True)
    assert '<p class="callout-title">Try it</p>' in made
    assert '<p class="callout-title">Note</p>' in made
    assert re.search(r"<li>\s*<p>Why\?</p>.*<summary>Answer</summary>.*So\..*</details>"
                     r".*</li>", made, re.DOTALL)
    assert 'id="figure-drawn"' in made and "<b>Figure 9.1.</b> A <em>caption" in made
    assert 'aria-label="All that it shows."' in made and "<style>" not in made
    assert "A note." in made and "do: nothing" not in made


def test_what_is_new_in_a_chapter_is_found(copy, empty_folder):
    """A file that differs a little from the older chapter's is compared with it, and
    one that differs much is not."""
    chapters = empty_folder / "course" / "chapters"
    (chapters / "09-test" / "Makefile").write_text("EXTENDS := 08-older\n"
                                                 "include ../../common/kernel.mk\n")
    (chapters / "08-older").mkdir()
    text = (chapters / "09-test" / "vga.c").read_text()
    (chapters / "08-older" / "vga.c").write_text(
        text.replace("/* vga.c - ", "/* vga.c - once ", 1))
    (chapters / "08-older" / "linker.ld").write_text("/* Another. */\n")
    _, made = copy('[What is new](. "changes")\n', check=True)
    assert '<a class="path" href="source/chapters/09-test/boot.asm.html">' in made
    assert "Replaces 08-older/vga.c. Text, colors" in made
    assert "Replaces 08-older/linker.ld." in made
    assert made.count('class="difference"') == 1
    assert '<span class="gone" style="--in:3ch">-/* vga.c - once text' in made
    assert '<span class="new" style="--in:3ch">+/* vga.c - text' in made


def test_the_report_names_the_lines_that_no_listing_shows(copy, empty_folder):
    folder = empty_folder / "course" / "chapters" / "09-test"
    (folder / "a.c").write_text("int a;\nint b;\n\nint c;\nint d;\n")
    (folder / "b.c").write_text("int e;\n")
    copy('[a.c](a.c "from: b; to: c")\n', check=True)
    report = (empty_folder / "course" / "book" / "unlisted.txt").read_text()
    assert "chapters/09-test/a.c: 1, 5\n" in report
    assert "chapters/09-test/b.c: not listed at all\n" in report
    assert re.search(r"^\d+ % of \d+ lines are listed\.$", report, re.MULTILINE)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_each_source_of_a_chapter_is_listed(book, chapter):
    """At least in part, or it is typed. The whole of what is not listed: unlisted.txt."""
    report = (book.parent / "unlisted.txt").read_text()
    typed = {f"chapters/{chapter}/{action['file']}" for steps in json.loads(
        (book.parent / "steps.json").read_text()) for step in steps["steps"]
        for action in step["actions"] if action["kind"] != "run" and steps["name"] == chapter}
    assert not [line for line in report.splitlines()
                if line.startswith(f"chapters/{chapter}/") and "at all" in line
                and line.partition(":")[0] not in typed]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_has_all_its_parts(book, chapter):
    page = (book / f"{chapter}.html").read_text()
    assert page.count('class="drawing"') >= 3
    assert page.count('class="callout tip"') >= 4
    assert 'class="screen"' in page and 'class="changes stacked"' in page
    ending = "what-you-can-do-now" if 'class="listing typed' in page else "summary"
    for section in ("what-can-go-wrong", ending, "questions", "exercises"):
        assert f'id="{section}"' in page, section
    questions = page.partition('id="questions"')[2].partition("<h2")[0]
    assert questions.count("<summary>") >= 4
    exercises = page.partition('id="exercises"')[2].partition("<h2")[0]
    assert exercises.count("<li>") + exercises.count("<h3") >= 3
