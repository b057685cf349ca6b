"""The book's colors: theme/colors.tsv, which the pages, the paper and the figures share."""
import csv
import functools
import re

from pages import THEME


@functools.cache
def colors():
    """Returns {name: (on light paper, on dark paper)}."""
    with open(THEME / "colors.tsv", encoding="utf-8") as table:
        return {row["name"]: (row["light"], row["dark"]) for row in csv.DictReader(
            (line for line in table if line[0] != "#"), delimiter="\t")}


def for_screens():
    """Returns the rule of CSS that gives each color a variable, --ink and the like."""
    return ":root{" + "".join(f"--{name}:light-dark({light},{dark});"
                              for name, (light, dark) in colors().items()) + "}\n"


def for_paper(css):
    """Returns CSS with the colors for light paper in place of the variables; the others,
    for the cover, are --dark-ink and the like. (A rule @page knows no variables.)"""
    values = {}
    for name, (light, dark) in colors().items():
        values |= {name: light, f"dark-{name}": dark}
    return re.sub(r"var\(--([a-z-]+)\)", lambda match: values[match[1]], css)
