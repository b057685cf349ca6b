"""Collects the sections of the book for its full-text search, in the browser."""
import html.parser
import json
from pathlib import Path


class Sections(html.parser.HTMLParser):
    """The sections of a page: what is below its title, and below each heading of
    the second and third level."""

    def __init__(self, page, text):
        super().__init__()
        self.found = [{"id": page, "title": "", "text": ""}]
        self._page = page
        self._in_main = self._in_title = False
        self._skipped = None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag == "main":
            self._in_main = True
        elif tag in ("h2", "h3") and self._in_main and "id" in attributes:
            self.found.append({"id": f"{self._page}#{attributes['id']}",
                               "title": "", "text": ""})
        # The anchor behind a heading, and the links to other pages.
        if attributes.get("class") == "anchor" or tag == "nav":
            self._skipped = tag
        self._in_title = tag in ("h1", "h2", "h3") or (self._in_title and tag != "p")

    def handle_endtag(self, tag):
        if tag == "main":
            self._in_main = False
        if tag in ("h1", "h2", "h3"):
            self._in_title = False
        if tag == self._skipped:
            self._skipped = None

    def handle_data(self, data):
        if self._in_main and not self._skipped:
            self.found[-1]["title" if self._in_title else "text"] += data


def sections_of(page, reports):
    """Returns the sections of a page, a Path. The folder reports keeps them until the
    page is made anew."""
    kept = reports / f"{page.stem}.sections"
    changed = max(file.stat().st_mtime for file in (page, Path(__file__)))
    if not kept.exists() or kept.stat().st_mtime < changed:
        found = Sections(page.name, page.read_text()).found
        kept.write_text(json.dumps([{name: " ".join(text.split())
                                     for name, text in section.items()}
                                    for section in found]))
    return json.loads(kept.read_text())


def script(pages, reports):
    """Returns the script that holds all sections. pages: {a page's Path: its title};
    reports: a folder for what is kept. The browser indexes them when somebody
    searches."""
    found = [{**section, "page": title, "title": section["title"] or title}
             for page, title in pages.items() for section in sections_of(page, reports)]
    return "window.SECTIONS = " + json.dumps(found) + ";\n"
