"""Makes the PDF and the EPUB from the pages' parts."""
import json
import os
import time

import colors
import fonts
from pages import FILTER, HERE, PAGES, PANDOC, ROOT, THEME, is_newer
from programs import call

META = ["-M", "title=Bare-Metal C", "-M", "subtitle=A 64-bit kernel in four chapters",
        "-M", "lang=en-US",
        "-M", "rights=The prose and the pictures: CC BY 4.0. The code: MIT."]


def merged(parts):
    """Returns the document that is made of all parts, as Pandoc's JSON."""
    documents = [json.loads(part.read_text()) for part in parts]
    whole = documents[0]
    whole["meta"] = {}
    whole["blocks"] = [block for document in documents for block in document["blocks"]]
    return json.dumps(whole)


def convert(parts, arguments):
    """Makes one document of all parts; returns what went wrong."""
    # Listings already have their colors; other code has none.
    return call([*PANDOC, "--from", "json", *META, "--toc", "--toc-depth=2",
                 "--no-highlight", *arguments], merged(parts), ROOT)


def make_pdf(parts, target):
    """Makes the PDF; returns what went wrong."""
    page = parts[0].with_name("book.html")
    return convert(parts, ["--to", "html5", "--template", THEME / "print.html",
                           "-L", FILTER / "footnotes.lua", "-o", page]) \
        or call(["weasyprint", page, target], cwd=page.parent)


def make_epub(parts, target):
    """Makes the EPUB; returns what went wrong."""
    folder = parts[0].parent
    return convert(parts, ["--to", "epub3", "--epub-chapter-level=1",
                           "--css", folder / "epub.css", "--resource-path", folder,
                           "-o", target])


MAKERS = {"pdf": make_pdf, "epub": make_epub}


def make_format(book, name):
    """Makes the PDF or the EPUB, if it is older than what it is made from; returns what
    went wrong."""
    parts = [book.part(path) for path in PAGES]
    pictures = [path for path in book.print.glob("pictures/**/*") if path.is_file()]
    target = book.folder / f"bare-metal-c.{name}"
    if is_newer(target, [*parts, *HERE.glob("*"), *HERE.glob("*/*"), *pictures]):
        return ""
    # It is as old as the start: what is changed from then on is newer.
    start = time.time()
    unfinished = book.print / target.name
    problem = MAKERS[name](parts, unfinished)
    if not problem:
        os.utime(unfinished, (start, start))
        unfinished.replace(target)
    return problem


def make(book, pool, formats):
    """Makes the PDF and the EPUB of a book; returns what is wrong with the pages."""
    problems = [*pool.map(book.make_part, PAGES)]
    if not any(problems):
        problems = book.broken_links(book.known("print"))
    problems += [book.packages.result(), book.photographs.result()]
    if any(problems):
        return problems
    book.print.mkdir(parents=True, exist_ok=True)
    for name in ("print.css", "epub.css"):
        (book.print / name).write_text(colors.for_paper((THEME / name).read_text()))
    fonts.copy(book.npm, book.print)
    book.copy_pictures(book.print / "pictures")
    problems = [*pool.map(lambda name: make_format(book, name), formats)]
    if not any(problems):
        for name in formats:
            print(f"The book is in {book.folder}/bare-metal-c.{name}")
    return problems
