"""Makes the PDF and the EPUB from the pages' parts."""
import json
import os
import shutil
import time
import uuid

import colors
import fonts
from pages import (AFTER, FILTER, FRONT, HERE, PAGES, PANDOC, ROOT, THEME, addresses,
                   is_newer, without_addresses)
from programs import call

# The front page is for a browser. On paper, the cover and what is on its back say the same.
PRINTED = [path for path in PAGES if path != FRONT]


def merged(parts):
    """Returns the document that is made of all parts, as Pandoc's JSON."""
    documents = [json.loads(part.read_text()) for part in parts]
    for document, path in zip(documents, PRINTED):
        if path.stem in AFTER:  # it begins on the page where the one before ends
            _, (_, classes, _), _ = document["blocks"][0]["c"]
            classes.append("appendix")
    whole = documents[0]
    whole["meta"] = {}
    whole["blocks"] = [block for document in documents for block in document["blocks"]]
    return json.dumps(whole)


def metadata(facts):
    """Returns what Pandoc needs to know of the whole book. facts: what edition.py says."""
    return {**without_addresses(facts), "title": facts["book"], "creator": facts["authors"],
            "description": facts["summary"],
            "identifier": uuid.uuid5(uuid.NAMESPACE_DNS, facts["book"] + facts["edition"]).urn}


def convert(parts, facts, arguments):
    """Makes one document of all parts; returns what went wrong."""
    about = parts[0].with_name("book.json")
    about.write_text(json.dumps(metadata(facts)))
    # Listings already have their colors; other code has none.
    return call([*PANDOC, "--from", "json", "--metadata-file", about, *addresses(facts),
                 "--toc", "--toc-depth=2", "--no-highlight", *arguments], merged(parts), ROOT)


def make_pdf(parts, facts, target):
    """Makes the PDF; returns what went wrong."""
    page = parts[0].with_name("book.html")
    return convert(parts, facts, ["--to", "html5", "--template", THEME / "print.html",
                           "-L", FILTER / "index.lua",
                           "-L", FILTER / "footnotes.lua", "-o", page]) \
        or call(["weasyprint", page, target], cwd=page.parent)


def make_epub(parts, facts, target):
    """Makes the EPUB; returns what went wrong."""
    folder = parts[0].parent
    return convert(parts, facts, ["--to", "epub3", "--epub-chapter-level=1",
                           "--css", folder / "epub.css", "--resource-path", folder,
                           "--epub-cover-image", THEME / "cover.png",
                           "-o", target])


MAKERS = {"pdf": make_pdf, "epub": make_epub}


def make_format(book, name):
    """Makes the PDF or the EPUB, if it is older than what it is made from; returns what
    went wrong."""
    parts = [book.part(path) for path in PRINTED]
    pictures = [path for path in book.print.glob("pictures/**/*") if path.is_file()]
    target = book.edition(name)
    if is_newer(target, [*parts, book.facts, *HERE.glob("*"), *HERE.glob("*/*"), *pictures]):
        return ""
    # It is as old as the start: what is changed from then on is newer.
    start = time.time()
    unfinished = book.print / target.name
    problem = MAKERS[name](parts, json.loads(book.facts.read_text()), unfinished)
    if not problem:
        os.utime(unfinished, (start, start))
        unfinished.replace(target)
    return problem


def make(book, pool, formats):
    """Makes the PDF and the EPUB of a book; returns what is wrong with the pages."""
    problems = [*pool.map(book.make_part, PRINTED)]
    if not any(problems):
        problems = book.broken_links(book.known(PRINTED, "print"))
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
            if book.html.exists():  # its first page leads there
                shutil.copy2(book.edition(name), book.html)
            print(f"The book is in {book.edition(name)}")
    return problems
