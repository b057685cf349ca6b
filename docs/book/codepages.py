"""Makes a page of each source file that the book links to: line 7 is #L-7.

Pandoc makes several at once, because it takes longer to start than to write one.
"""
import html
import os
import re
from pathlib import Path

from pages import ROOT, THEME, is_newer, metadata, pandoc

LANGUAGES = {".c": "c", ".h": "c", ".asm": "nasm", ".ld": "ld", ".mk": "makefile",
             ".sh": "bash", ".py": "python", ".lua": "lua"}
TITLE = "NAME-OF-THE-FILE"
MARK = "<!-- the next file -->"


def code(name):
    """Returns the lines of a file, in Pandoc's Markdown."""
    text = (ROOT / name).read_text().rstrip()
    path = Path(name)
    language = "makefile" if path.name == "Makefile" else \
        LANGUAGES.get(path.suffix, "default")
    fence = "`" * max(3, 1 + max(map(len, re.findall(r"`+", text)), default=0))
    return f"{MARK}\n\n{fence} {{#L .{language} .numberLines}}\n{text}\n{fence}\n\n"


def make_group(blocks, folder, scratch, facts):
    """Makes the pages of files that are equally deep; returns what went wrong. blocks:
    {file: its lines in Markdown}; facts: what edition.py says of the book."""
    depth = 1 + next(iter(blocks)).count("/")
    problem = pandoc(["--from", "markdown", "-M", f"title={TITLE}", "--to", "html5",
                      "--template", THEME / "page.html"], scratch,
                     metadata(None, facts, "../" * depth), "".join(blocks.values()))
    if problem:
        return problem
    before, *bodies = scratch.read_text().split(MARK)
    start = scratch.stat().st_mtime
    scratch.unlink()
    bodies[-1], *after = bodies[-1].partition('<nav class="turn"')
    for name, body in zip(blocks, bodies):
        page = folder / f"{name}.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(before.replace(TITLE, html.escape(name)) + body
                        + "".join(after))
        os.utime(page, (start, start))
    return ""


def make(names, folder, inputs, pool, scratch, facts):
    """Makes the pages of files in a folder, where they are older than the file or one
    of the inputs; returns what went wrong. scratch: a folder for intermediate files; facts:
    what edition.py says of the book."""
    groups, problems = {}, []
    old = [name for name in names
           if not is_newer(folder / f"{name}.html", [ROOT / name, *inputs])]
    for number, name in enumerate(old):
        # One group for each processor and depth.
        group = groups.setdefault((number % os.cpu_count(), name.count("/")), {})
        try:
            group[name] = code(name)
        except UnicodeDecodeError:
            problems.append(f"{name}: a page links to its lines, and it is no text\n")
    made = [*filter(None, groups.values())]
    return problems + [*pool.map(lambda number, blocks: make_group(
        blocks, folder, scratch / f"codepages-{number}", facts), range(len(made)), made)]
