#!/usr/bin/env python3
"""build.py FOLDER LUNR - makes the book's HTML pages in FOLDER. LUNR is the file of
lunr.js, which searches them.

Each page of the repository becomes a page of the book, and each source file one
with its lines. Pages are made side by side, and only where something is newer than
they are. What is wrong with any page is said before this fails.
"""
import concurrent.futures
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import search

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
# The pages, in the book's order.
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("chapters/*/README.md"))]
PANDOC = ["pandoc", "--from", "gfm+smart", "--to", "html5", "--standalone",
          "--template", str(HERE / "page.html"),
          "--syntax-definition", str(HERE / "syntax" / "nasm.xml"),
          "--syntax-definition", str(HERE / "syntax" / "ld.xml")]
LANGUAGES = {".c": "c", ".h": "c", ".asm": "nasm", ".ld": "ld", ".mk": "makefile",
             ".sh": "bash", ".py": "python"}


def page_name(path):
    """chapters/02-boot/README.md -> 02-boot; the first page is the index."""
    return "index" if path.parent == ROOT else path.parent.name


def title(path):
    return re.search(r"^# (.+)$", path.read_text(), re.MULTILINE)[1]


def sources():
    """Returns the files that the pages may link to: all that git knows, or would."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
        text=True, stdout=subprocess.PIPE, check=True).stdout.splitlines()
    return [name for name in sorted(set(listed)) if (ROOT / name).is_file()]


def metadata(current, top=""):
    """Returns what the template needs to know about all pages, as JSON."""
    entries = [{"page": f"{page_name(path)}.html", "title": title(path),
                "current": path == current} for path in PAGES]
    data = {"pages": entries, "top": top}
    if current in PAGES:
        at = PAGES.index(current)
        if at > 0:
            data["previous"] = entries[at - 1]
        if at + 1 < len(PAGES):
            data["next"] = entries[at + 1]
    return json.dumps(data)


def pandoc(arguments, target, meta, text=None):
    """Makes a page; returns what Pandoc complains about."""
    target.parent.mkdir(parents=True, exist_ok=True)
    about = target.with_suffix(".json")
    about.write_text(meta)
    made = subprocess.run(
        [*PANDOC, *arguments, "--metadata-file", str(about), "-o", str(target)],
        cwd=ROOT, text=True, input=text, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, check=False)
    about.unlink()
    if made.returncode != 0:
        target.unlink(missing_ok=True)
        return made.stdout
    return ""


def is_newer(target, inputs):
    """Is a file there that is newer than all that it is made from?"""
    return target.exists() and all(
        target.stat().st_mtime > path.stat().st_mtime for path in inputs)


def make_page(path, folder):
    """Makes a page of the book, if it or what it may list has changed. All pages
    have the titles of all others."""
    name = page_name(path)
    if is_newer(folder / f"{name}.html", [
            *PAGES, *HERE.glob("*"), *path.parent.glob("*"),
            *(ROOT / "common").glob("*")]):
        return ""
    return pandoc([str(path.relative_to(ROOT)), "-L", str(HERE / "book.lua"),
                   "-M", f"report={folder / (name + '.wanted')}"],
                  folder / f"{name}.html", metadata(path))


def make_source(name, folder):
    """Makes the page of a source file, whose line 7 is #L-7."""
    target = folder / "source" / f"{name}.html"
    if is_newer(target, [ROOT / name, *PAGES, HERE / "page.html"]):
        return ""
    try:
        text = (ROOT / name).read_text()
    except UnicodeDecodeError:
        return ""  # a picture
    path = Path(name)
    language = "makefile" if path.name == "Makefile" else \
        LANGUAGES.get(path.suffix, "default")
    fence = "`" * max(3, 1 + max(map(len, re.findall(r"`+", text)), default=0))
    block = f"{fence} {{#L .{language} .numberLines}}\n{text}{fence}\n"
    up = "../" * (len(path.parts))
    return pandoc(["--from", "markdown", "-M", f"title={name}"], target,
                  metadata(None, up), block)


def broken_links(folder):
    """Returns a line for each link between pages that leads to no section."""
    problems = []
    for path in PAGES:
        wanted = folder / f"{page_name(path)}.wanted"
        for link in wanted.read_text().splitlines():
            page, _, anchor = link.partition("#")
            if anchor and f'id="{anchor}"' not in (folder / page).read_text():
                problems.append(f"{path.relative_to(ROOT)}: the link leads nowhere: "
                                f"{page} has no section #{anchor}\n")
    return problems


def main():
    folder, lunr = (Path(argument).resolve() for argument in sys.argv[1:])
    folder.mkdir(parents=True, exist_ok=True)
    for file in (HERE / "book.css", HERE / "book.js"):
        shutil.copy(file, folder)
    shutil.copy(lunr, folder / "lunr.js")
    pictures = folder / "pictures"
    pictures.mkdir(exist_ok=True)
    for picture in [*ROOT.glob("docs/*.png"), *ROOT.glob("docs/*.svg")]:
        shutil.copy(picture, pictures)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        problems = [*pool.map(lambda path: make_page(path, folder), PAGES),
                    *pool.map(lambda name: make_source(name, folder), sources())]
    if not any(problems):
        problems = broken_links(folder)
    sys.stderr.write("".join(problems))
    if any(problems):
        return 1
    (folder / "search.js").write_text(search.index({
        f"{page_name(path)}.html": (
            title(path), (folder / f"{page_name(path)}.html").read_text())
        for path in PAGES}))
    print(f"The book is in {folder}/index.html")
    return 0


if __name__ == "__main__":
    sys.exit(main())
