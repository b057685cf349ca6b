"""The pages of the book, and how Pandoc is called for them."""
import json
import os
import re
import time
from pathlib import Path

from programs import call

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
FILTER = HERE / "filter"
THEME = HERE / "theme"
TEMPLATES = [*THEME.glob("*.html"), *THEME.glob("*.inc")]
# The front page, which the printed book has not.
FRONT = ROOT / "docs" / "index.md"
# The pages, in the book's order.
BEFORE = ["preface", "setting-up"]
AFTER = ["from-here", "modes-and-firmware", "grub-and-iso", "console-details",
         "memory-functions", "from-rust-to-c", "compiler-habits", "five-targets",
         "target-fields", "cross-compiler", "when-it-breaks", "proven", "reference",
         "glossary", "further-reading"]
PAGES = [path for path in [
    FRONT,
    *(ROOT / "docs" / f"{name}.md" for name in BEFORE),
    *sorted(ROOT.glob("chapters/*/README.md")),
    *sorted(ROOT.glob("chapters/*/*/README.md")),
    *(ROOT / "docs" / f"{name}.md" for name in AFTER)] if path.exists()]
PANDOC = ["pandoc", "--standalone", "--preserve-tabs", "--wrap=none",
          "--syntax-definition", HERE / "syntax" / "nasm.xml",
          "--syntax-definition", HERE / "syntax" / "ld.xml"]
MARKDOWN = ["--from", "gfm+smart+footnotes"]


def page_name(path):
    """chapters/02-boot/README.md -> 02-boot; docs/index.md -> index."""
    return path.parent.name if path.name == "README.md" else path.stem


def title(path):
    """Returns the title of a page; without one, its name."""
    text = re.sub(r"^(```+).*?^\1", "", path.read_text(errors="replace"),
                  flags=re.DOTALL | re.MULTILINE)
    found = re.search(r"^# (.+)$", text, re.MULTILINE)
    return found[1] if found else page_name(path)


def metadata(current, facts, top=""):
    """Returns what the template needs to know about all pages, and about the book, as
    JSON. facts: what edition.py says of it."""
    entries = [{"page": f"{page_name(path)}.html", "title": title(path),
                "current": path == current} for path in PAGES]
    data = {**without_addresses(facts), "pages": entries, "top": top,
            "cover": current == FRONT}
    if current in PAGES:
        at = PAGES.index(current)
        if at > 0:
            data["previous"] = entries[at - 1]
        if at + 1 < len(PAGES):
            data["next"] = entries[at + 1]
    return json.dumps(data)


# Pandoc reads metadata as Markdown, in which an address would become a link.
ADDRESSES = ("repository", "site")


def without_addresses(facts):
    """Returns what is metadata of what edition.py says of the book."""
    return {name: fact for name, fact in facts.items() if name not in ADDRESSES}


def addresses(facts):
    """Returns arguments for Pandoc with the rest."""
    return [argument for name in ADDRESSES if facts.get(name)
            for argument in ("-V", f"{name}={facts[name]}")]


def is_newer(target, inputs):
    """Is a file there that is newer than all that it is made from?"""
    try:
        made = target.stat().st_mtime
        return all(path.stat().st_mtime < made for path in inputs)
    except FileNotFoundError:
        return False


def pandoc(arguments, target, meta, text=None):
    """Makes a file with Pandoc; returns what Pandoc complains about. meta is a
    page's metadata, as JSON. The file is as old as the start: what is changed from
    then on is newer."""
    start = time.time()
    target.parent.mkdir(parents=True, exist_ok=True)
    about = target.with_name(target.name + ".metadata")
    about.write_text(meta)
    said = call([*PANDOC, *arguments, "--metadata-file", about, "-o", target], text, ROOT)
    about.unlink()
    if said:
        target.unlink(missing_ok=True)
        return said
    os.utime(target, (start, start))
    return ""
