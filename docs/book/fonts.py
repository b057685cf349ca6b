"""Copies the book's fonts, with their licenses, and writes fonts.css for them."""
import shutil

from pages import ROOT
from programs import call

# The package, the family, the weight, the style.
FONTS = [("source-serif-4", "Source Serif 4", 400, "normal"),
         ("source-serif-4", "Source Serif 4", 400, "italic"),
         ("source-serif-4", "Source Serif 4", 600, "normal"),
         ("source-sans-3", "Source Sans 3", 400, "normal"),
         ("source-sans-3", "Source Sans 3", 400, "italic"),
         ("source-sans-3", "Source Sans 3", 600, "normal"),
         ("source-code-pro", "Source Code Pro", 400, "normal"),
         ("source-code-pro", "Source Code Pro", 400, "italic"),
         ("source-code-pro", "Source Code Pro", 600, "normal")]


def fetch(npm, make):
    """Has Make fetch npm's packages, unless they are there; returns what went wrong."""
    return call([make, "--no-print-directory", (npm / "node_modules").relative_to(ROOT)],
                cwd=ROOT)


def copy(npm, folder):
    """Copies the fonts from npm's folder to a folder of the book."""
    target = folder / "fonts"
    target.mkdir(parents=True, exist_ok=True)
    rules = []
    for package, family, weight, style in FONTS:
        source = npm / "node_modules" / "@fontsource" / package
        name = f"{package}-latin-{weight}-{style}.woff2"
        shutil.copy(source / "files" / name, target)
        shutil.copy(source / "LICENSE", target / f"{package}.LICENSE")
        rules.append(f'@font-face {{ font-family: "{family}"; font-weight: {weight}; '
                     f"font-style: {style}; "
                     f'src: url("fonts/{name}") format("woff2"); }}\n')
    (folder / "fonts.css").write_text("".join(rules))
