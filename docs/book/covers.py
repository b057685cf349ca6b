#!/usr/bin/env python3
"""covers.py NPM CHROMIUM - draws the pictures that stand for the book in other places:
theme/cover.png, for shelves of EPUBs, and theme/preview.png, for links to the book.

NPM is the folder with the packages of package.json. Both show the screen of chapter 3.
"""
import subprocess
import sys
import tempfile
from pathlib import Path

import colors
import edition
import fonts
from pages import ROOT, THEME

SCREEN = ROOT / "chapters/03-vga/screens/colors.png"
# In pixels: the picture's width and height, its margins, and the size of the title.
PICTURES = {"cover.png": (1200, 1800, 110, 128), "preview.png": (1200, 630, 60, 64)}
PAGE = """<!DOCTYPE html>
<meta charset="utf-8">
<link rel="stylesheet" href="fonts.css">
<style>
* {{ box-sizing: border-box; }}
body {{ margin: 0; width: {width}px; height: {height}px; padding: {margin}px; overflow: hidden;
  background: var(--dark-paper); color: var(--dark-ink); font-family: "Source Sans 3";
  display: flex; flex-direction: {direction}; justify-content: space-between; gap: {margin}px;
  align-items: {align}; }}
h1 {{ margin: 0 0 .2em; font-weight: 600; font-size: {title}px; line-height: 1;
  white-space: nowrap; }}
p {{ margin: 0; font-size: {small}px; line-height: 1.3; color: var(--dark-soft); }}
img {{ width: {screen}px; border: 1px solid var(--dark-border); }}
</style>
<div><h1>{name}</h1><p>{subtitle}</p></div>
<img src="{picture}" alt="">
{foot}
"""


def draw(name, folder, chromium):
    """Draws a picture, with the fonts that are in a folder."""
    width, height, margin, title = PICTURES[name]
    is_tall = height > width
    page = folder / f"{name}.html"
    page.write_text(colors.for_paper(PAGE.format(
        width=width, height=height, margin=margin, title=title, small=title * .38,
        direction="column" if is_tall else "row", align="stretch" if is_tall else "center",
        screen=width - 2 * margin if is_tall else 660, name=edition.TITLE,
        subtitle=edition.SUBTITLE, picture=SCREEN.as_uri(),
        foot=f"<p>{edition.AUTHORS}</p>" if is_tall else "")))
    subprocess.run([
        chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
        "--allow-file-access-from-files", f"--window-size={width},{height}",
        f"--screenshot={THEME / name}", page.as_uri()], check=True, stderr=subprocess.DEVNULL)


def main():
    npm, chromium = Path(sys.argv[1]).absolute(), sys.argv[2]
    with tempfile.TemporaryDirectory(dir=ROOT / "build") as folder:
        fonts.copy(npm, Path(folder))
        for name in PICTURES:
            draw(name, Path(folder), chromium)


if __name__ == "__main__":
    main()
