#!/usr/bin/env python3
"""figures.py NPM [DOT-FILE...] - draws the figures of the pages: each
chapters/*/figures/*.dot and docs/figures/*.dot becomes an .svg beside it. NPM is the
folder with the packages of docs/book/package.json.

Graphviz draws. What this adds: one look for all figures, the book's font, colors that
follow the reader's light or dark theme, and one line for whatever is wrong with a file.
"""
import functools
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from colors import colors

ROOT = Path(__file__).resolve().parent.parent.parent
FIGURES = ("chapters/*/figures/*.dot", "docs/figures/*.dot")

# The figures' colors. Each is a class of the pictures' elements: fill-ink, stroke-ink.
NAMES = ["ink", "soft", "border", "accent", "alarm", "box", "yellow", "green", "red", "blue"]
COLORS = {name: both for name, both in colors().items() if name in NAMES}
# Graphviz measures texts with the font that fontconfig finds: here, the book's. Its
# semi-bold face, a family of its own in the file, is the bold one.
FACES = ["source-sans-3-latin-400-normal", "source-sans-3-latin-600-normal"]
FONTCONFIG = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>{folder}</dir>
  <cachedir>{folder}</cachedir>
  <match target="scan">
    <test name="family" compare="contains"><string>Source Sans 3</string></test>
    <edit name="family" mode="assign"><string>Figure</string></edit>
  </match>
</fontconfig>
"""
INK, SOFT, BOX = (COLORS[name][0] for name in ("ink", "soft", "box"))
STYLE = [
    "-Gfontname=Figure", "-Nfontname=Figure", "-Efontname=Figure",
    "-Gfontsize=14", "-Nfontsize=14", "-Efontsize=13",
    "-Gbgcolor=transparent", "-Gpad=0.05", f"-Gfontcolor={INK}",
    "-Gnodesep=0.25", "-Granksep=0.35",
    "-Nshape=box", "-Nstyle=filled", f"-Ncolor={INK}", f"-Nfillcolor={BOX}",
    f"-Nfontcolor={INK}", "-Npenwidth=1", "-Nheight=0.35", "-Nmargin=0.12,0.06",
    f"-Ecolor={INK}", f"-Efontcolor={SOFT}", "-Earrowsize=0.7",
]


def rules(color):
    """Returns the CSS rules for all classes; color(name) returns CSS."""
    return "".join(f".{kind}-{name}{{{kind}:{color(name)}}}"
                   for name in NAMES for kind in ("fill", "stroke"))


def stylesheet():
    """Returns the rules for a page that holds pictures and has a theme."""
    return rules(lambda name: f"var(--{name})") + "\n"


def with_classes(svg):
    """Gives each color of a picture a class, by which a page can change it, and
    the picture itself a style for where it stands alone."""
    names = {light: name for name, (light, _) in COLORS.items()}
    unknown = set()

    def classes(match):
        element, attributes = match.groups()
        found = []
        for attribute in ("fill", "stroke"):
            color = re.search(rf'\b{attribute}="([^"]*)"', attributes)
            if element == "text" and attribute == "fill" and not color:
                color = ["", "#000000"]
            if color and color[1] not in ("none", "transparent"):
                if color[1] in names:
                    found.append(f"{attribute}-{names[color[1]]}")
                else:
                    unknown.add(color[1])
        classed = f' class="{" ".join(found)}"' if found else ""
        return f"<{element}{classed}{attributes}>"

    svg = re.sub(r"<(polygon|polyline|path|ellipse|text)\b([^>]*)>", classes, svg)
    if unknown:
        raise ValueError("the figures do not have the color "
                         + ", ".join(sorted(unknown)))
    dark_rules = rules(lambda name: COLORS[name][1])
    style = f"<style>@media (prefers-color-scheme:dark){{{dark_rules}}}</style>\n"
    return svg.replace("<g id=", style + "<g id=", 1)


@functools.cache
def fonts(npm):
    """Unpacks the book's font; returns the folder with fontconfig's settings. It is
    there as long as this program runs."""
    folder = tempfile.TemporaryDirectory(prefix="bare-metal-c-")
    files = Path(npm).resolve() / "node_modules" / "@fontsource" / "source-sans-3" / "files"
    for face in FACES:
        subprocess.run(["fonttools", "ttLib.woff2", "decompress", "-o",
                        f"{folder.name}/{face}.ttf", files / f"{face}.woff2"],
                       check=True, capture_output=True)
    (Path(folder.name) / "fonts.conf").write_text(FONTCONFIG.format(folder=folder.name))
    return folder


# What the font's files do not have: all that is outside the range they are made for.
LACKING = re.compile("[^\\x00-\\xff\\u2000-\\u206f\\u2212]")


def draw(path, npm):
    """Returns the picture that a .dot file describes; a ValueError says what is
    wrong with it. NPM is the folder with the packages of docs/book/package.json."""
    if lacking := LACKING.search(Path(path).read_text()):
        raise ValueError(f"the book's font does not have {lacking[0]}")
    settings = os.path.join(fonts(npm).name, "fonts.conf")
    drawn = subprocess.run(["dot", "-Tsvg", *STYLE, str(path)], text=True,
                           capture_output=True, check=False,
                           env=dict(os.environ, FONTCONFIG_FILE=settings))
    if drawn.returncode != 0 or drawn.stderr:
        raise ValueError(" ".join(drawn.stderr.split()))
    svg = drawn.stdout[drawn.stdout.index("<svg"):]
    svg = re.sub(r"<!--.*?-->\n?|<title>.*?</title>\n?", "", svg, flags=re.DOTALL)
    svg = re.sub(r'font-family="[^"]*"', 'font-family="Source Sans 3, sans-serif"', svg)
    # Graphviz draws bold text in tables a unit too high.
    svg = re.sub(r'(<text[^>]* y=")([-\d.]+)("[^>]*font-weight="bold")',
                 lambda text: f"{text[1]}{float(text[2]) + 1:g}{text[3]}", svg)
    # Blanks at the beginning of a text keep it off a line: a page would drop them.
    svg = re.sub(r"(<text[^>]*>)( +)", lambda text: text[1] + "\u00a0" * len(text[2]),
                 svg)
    # Names of parts would stand twice on a page with two figures.
    svg = re.sub(r' id="[^"]*"', "", svg.replace('<g id="graph0"', "<g id=", 1))
    return with_classes(svg).replace("<g id=", "<g", 1)


def main():
    npm = sys.argv[1]
    paths = [Path(name) for name in sys.argv[2:]] or \
        [path for pattern in FIGURES for path in sorted(ROOT.glob(pattern))]
    problems = 0
    for path in paths:
        try:
            path.with_suffix(".svg").write_text(draw(path, npm))
        except ValueError as problem:
            print(f"{path}: {problem}", file=sys.stderr)
            problems += 1
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
