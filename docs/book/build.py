#!/usr/bin/env python3
"""build.py FOLDER NPM LUNR MAKE FORMAT... - makes the book in FOLDER: html, pdf, epub.

NPM is the folder with the packages of package.json, LUNR the file of lunr.js, which
searches the pages. Meanwhile, the screens are photographed in FOLDER/screens, with
MAKE; if that is `-`, the book has the photographs of the repository.

Each page of the repository becomes a page of the book, and so does each file that one
of them links to, with its lines. Pages are made in parallel, and only if something is
newer than they are. This reports what is wrong with every page before it fails.
"""
import concurrent.futures
import json
import os
import shutil
import sys
from pathlib import Path

import codepages
import colors
import coverage
import fonts
import photograph
import printed
import search
import stepdata
import edition
from pages import (FILTER, FRONT, HERE, MARKDOWN, PAGES, ROOT, TEMPLATES, THEME, addresses,
                   is_newer, metadata, page_name, pandoc, title)


def write_if_new(path, text):
    """Writes a file, unless it holds this text already."""
    if not path.exists() or path.read_text() != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


class Book:
    """The book that is made in a folder. npm: the folder with npm's packages. packages,
    photographs: Futures of what went wrong with them. formats: those that are made."""

    def __init__(self, folder, npm, packages, photographs, formats=()):
        self.folder = folder
        self.npm = npm
        self.packages = packages
        self.photographs = photographs
        self.html = folder / "html"
        self.print = folder / "print"
        # What is kept of each page for the next time.
        self.reports = folder / "reports"
        self.reports.mkdir(parents=True, exist_ok=True)
        facts = edition.facts()
        facts["editions"] = [
            {"name": name.upper(), "file": self.edition(name).name} for name in printed.MAKERS
            if name in formats or (self.html / self.edition(name).name).exists()]
        # Each page has the titles of all others; the first one has all that is known of
        # the book.
        self.every = {name: facts[name] for name in ("book", "lang", "site")}
        self.titles = folder / "titles"
        write_if_new(self.titles, "\n".join([*map(title, PAGES), *self.every.values()]))
        self.facts = folder / "facts"
        write_if_new(self.facts, json.dumps(facts, indent=1))
        self.common = [self.titles, *FILTER.glob("*"), *TEMPLATES,
                       *HERE.glob("syntax/*")]

    def convert(self, path, target, report, *arguments):
        """Makes a file of a page, by the filter, and its report; returns what is wrong
        with it."""
        is_front = path == FRONT
        if report.exists():
            known = json.loads(report.read_text())
            if is_newer(target, [path, *self.common, *[self.facts] * is_front,
                                 *(ROOT / name for name in known["inputs"])]) \
                    and all((ROOT / name).exists() for name in known["exists"]):
                return ""
        name = path.relative_to(ROOT)
        facts = json.loads(self.facts.read_text()) if is_front else self.every
        said = pandoc([*MARKDOWN, name, "-L", FILTER / "book.lua", *addresses(facts),
                       "-M", f"report={report}", *arguments], target, metadata(path, facts))
        if said and not said.startswith(f"{name}:"):
            said = f"{name}: {said}"
        return said

    def make_page(self, path):
        """Makes a page for a browser; returns what is wrong with it."""
        return self.convert(path, self.html / f"{page_name(path)}.html",
                            self.report(path), "--to", "html5",
                            "--template", THEME / "page.html")

    def part(self, path):
        """Returns the file of a page's part of the printed book."""
        return self.print / f"{page_name(path)}.json"

    def make_part(self, path):
        """Makes a page's part of the printed book; returns what is wrong with it."""
        return self.convert(path, self.part(path), self.report(path, "print"),
                            "-M", "print=true", "--to", "json")

    def edition(self, name):
        """Returns the file of the book as a PDF or an EPUB."""
        return self.folder / f"bare-metal-c.{name}"

    def report(self, path, kind="html"):
        """Returns the file with all that is known of a page, as it is made for a
        browser, or, with kind print, for paper."""
        return self.reports / f"{page_name(path)}.{kind}.json"

    def known(self, pages, kind="html"):
        """Returns {page: all that is known of it}; page.lua says what that is."""
        return {path: json.loads(self.report(path, kind).read_text()) for path in pages}

    def remove_old_pages(self, sources):
        """Removes pages that the book no longer has. sources: the files with a page."""
        wanted = {self.html / f"{page_name(path)}.html" for path in PAGES} | {
            self.html / "source" / f"{name}.html" for name in sources}
        for page in self.html.rglob("*.html"):
            if page not in wanted:
                page.unlink()

    @staticmethod
    def broken_links(known):
        """Returns a line for each link between pages that leads to no section."""
        anchors = {page_name(path): set(of_page["anchors"])
                   for path, of_page in known.items()}
        return [f"{path.relative_to(ROOT)}:{link['line']}: the link leads nowhere: "
                f"{link['page']}.html has no section #{link['section']}\n"
                for path, of_page in known.items() for link in of_page["links"]
                if link["section"] not in anchors[link["page"]]]

    def copy_pictures(self, target):
        """Copies the pages' pictures, the figures and the newest photographs, to target,
        unless they are there already."""
        for picture in [*ROOT.glob("docs/*.png"), *ROOT.glob("docs/*.svg"),
                        *ROOT.glob("chapters/*/screens/*.png")]:
            name = picture.relative_to(ROOT)
            photograph = self.folder / "screens" / name
            data = (photograph if photograph.exists() else picture).read_bytes()
            file = target / name
            if not file.exists() or file.read_bytes() != data:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(data)

    def make_html(self, pool, lunr):
        """Makes the pages for a browser; returns what is wrong with them."""
        self.html.mkdir(parents=True, exist_ok=True)
        for name in ("book.css", "book.js", "figures.css", "figures.js", "favicon.svg",
                     "preview.png"):
            shutil.copy(THEME / name, self.html)
        (self.html / "colors.css").write_text(colors.for_screens())
        shutil.copy(lunr, self.html / "lunr.js")
        problems = [*pool.map(self.make_page, PAGES)]
        if not any(problems):
            known = self.known(PAGES)
            sources = sorted({name for of_page in known.values()
                              for name in of_page["sources"]})
            self.remove_old_pages(sources)
            problems = codepages.make(sources, self.html / "source",
                                      [self.titles, *TEMPLATES], pool,
                                      self.reports, self.every) + self.broken_links(known)
        if not any(problems):
            (self.html / "search.js").write_text(search.script(known))
            (self.folder / "steps.json").write_text(stepdata.chapters(known))
            (self.folder / "projects.json").write_text(stepdata.projects(known))
            (self.folder / "unlisted.txt").write_text(coverage.report(
                listing for of_page in known.values() for listing in of_page["listings"]))
        problems += [self.packages.result(), self.photographs.result()]
        if not any(problems):
            fonts.copy(self.npm, self.html)
            self.copy_pictures(self.html / "pictures")
            print(f"The book is in {self.html}/index.html")
        return problems


def main():
    folder, npm, lunr = (Path(argument).absolute() for argument in sys.argv[1:4])
    make, *formats = sys.argv[4:]
    if make != "-":
        os.environ["MAKE"] = make  # for the filter
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool, \
            concurrent.futures.ThreadPoolExecutor() as meanwhile:
        packages = meanwhile.submit(
            lambda: "" if make == "-" else fonts.fetch(npm, make))
        photographs = meanwhile.submit(
            lambda: "" if make == "-" else photograph.take(folder / "screens", make))
        book = Book(folder, npm, packages, photographs, formats)
        problems = []
        if "html" in formats:
            problems += book.make_html(pool, lunr)
            formats.remove("html")
        if formats and not any(problems):
            problems += printed.make(book, pool, formats)
    sys.stderr.write("".join(problems))
    return 1 if any(problems) else 0


if __name__ == "__main__":
    photograph.end_on_signals()
    sys.exit(main())
