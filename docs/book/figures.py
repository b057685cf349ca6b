#!/usr/bin/env python3
"""figures.py [SVG-FILE...] - gives the figures of the pages their style: each
chapters/*/figures/*.svg and docs/figures/*.svg, or these.

A figure is drawn by hand. Its elements have classes, and no colors or fonts of their own:
theme/figures.css says how each class looks. In a page of the book, that file does. For a
figure that stands alone, such as on a code host, this copies the rules into it, with the
colors for light and for dark paper.
"""
import functools
import re
import sys
import xml.etree.ElementTree
from pathlib import Path

from colors import colors
from pages import ROOT, THEME

FIGURES = ("chapters/*/figures/*.svg", "docs/figures/*.svg")
STYLES = re.compile(r"(?:<style[ >].*?</style>\n)+", re.DOTALL)
# Names for figures.js, which finds by them what it changes.
LIVE = re.compile(r"live-[a-z0-9-]+")
# What the style says, and an element must not.
STYLED = {"fill", "stroke", "stroke-width", "stroke-dasharray", "style", "opacity",
          "font-family", "font-size", "font-weight", "text-anchor"}
# What the book's font does not have: all that is outside the range it is made for.
LACKING = re.compile("[^\\x00-\\xff\\u2000-\\u206f\\u2212]")


def paths():
    """Returns all figures."""
    return [path for pattern in FIGURES for path in sorted(ROOT.glob(pattern))]


@functools.cache
def rules():
    """Returns the rules of figures.css: [(selector, [declaration])]."""
    css = re.sub(r"/\*.*?\*/", "", (THEME / "figures.css").read_text(), flags=re.DOTALL)
    return [(selector.strip(), [re.sub(r": ", ":", " ".join(part.split()))
                                for part in body.split(";") if part.strip()])
            for selector, body in re.findall(r"([^{}]+)\{([^{}]*)\}", css)]


def style(used):
    """Returns the style of a figure that stands alone and uses these classes: for light
    paper, then what differs on dark paper."""
    light, dark = [], []
    for selector, declarations in rules():
        if not used >= classes([(selector, ())]):
            continue
        here, there = [for_paper(declarations, shade) for shade in (0, 1)]
        light.append(f"{selector}{{{';'.join(here)}}}\n")
        different = [new for old, new in zip(here, there) if new != old]
        if different:
            dark.append(f"{selector}{{{';'.join(different)}}}\n")
    return (f"<style>\n{''.join(light)}</style>\n"
            f'<style media="(prefers-color-scheme:dark)">\n{"".join(dark)}</style>\n')


def for_paper(declarations, shade):
    """Returns declarations with colors in place of the variables."""
    return [re.sub(r"var\(--([a-z-]+)\)", lambda name: colors()[name[1]][shade], part)
            for part in declarations]


def classes(of_rules):
    """Returns the classes that rules are for."""
    return {name for selector, _ in of_rules
            for name in re.findall(r"\.([a-z0-9-]+)", selector)}


def problems(svg):
    """Returns a line for each thing that is wrong with a figure."""
    try:
        root = xml.etree.ElementTree.fromstring(svg)
    except xml.etree.ElementTree.ParseError as error:
        return [str(error)]
    found = []
    known = classes(rules())
    drawing = STYLES.sub("", svg)
    if root.get("class") != "figure" or not re.fullmatch(
            r"0 0 \d+ \d+", root.get("viewBox", "")):
        found.append('it must begin with <svg class="figure" ... viewBox="0 0 WIDTH HEIGHT">')
    for element in root.iter():
        for attribute in sorted(STYLED & set(element.keys())):
            found.append(f'{attribute}="{element.get(attribute)}" is a matter of style: '
                         "use a class")
        for name in element.get("class", "").split():
            if name not in known and not LIVE.fullmatch(name):
                found.append(f"figures.css does not have the class {name}")
        # WeasyPrint would print the parts one upon the other.
        if {"middle", "end"} & set(element.get("class", "").split()) and len(element) and (
                len(element) > 1 or (element.text or "").strip() or (element[0].tail or "").strip()):
            found.append(f'"{"".join(element.itertext())}" is not to the right of its place, so '
                         "that it can have one font only")
        if "id" in element.keys():
            found.append(f'id="{element.get("id")}" may stand twice on a page')
    if lacking := LACKING.search(re.sub(r"<!--.*?-->", "", drawing, flags=re.DOTALL)):
        found.append(f"the book's font does not have {lacking[0]}")
    return found


def with_style(svg):
    """Returns a figure with the style that figures have now."""
    head, drawing = re.match(r"(<svg[^>]*>)\s*(.*)", STYLES.sub("", svg), re.DOTALL).groups()
    used = {name for names in re.findall(r'class="([^"]*)"', svg) for name in names.split()}
    return f"{head}\n{style(used)}{drawing}"


def main():
    wrong = 0
    for path in [Path(name) for name in sys.argv[1:]] or paths():
        svg = path.read_text()
        for problem in problems(svg):
            print(f"{path}: {problem}", file=sys.stderr)
            wrong += 1
        if not wrong:
            path.write_text(with_style(svg))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
