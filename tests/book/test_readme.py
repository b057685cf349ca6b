"""The pages say what is true."""
import re
import sys

import pytest

import course
from course import PAGES, ROOT, page_name
from photograph import screens


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_links_lead_to_files(page):
    text = re.sub(r"^(```+).*?^\1$|`[^`\n]*`", "", page.read_text(),
                  flags=re.DOTALL | re.MULTILINE)
    for link in re.findall(r"\]\(([^)#\s]+)", text):
        if not link.startswith("http"):
            assert (page.parent / link).exists(), link


@pytest.mark.parametrize("chapter", course.CHAPTERS)
def test_the_page_names_every_source_of_its_chapter(chapter):
    folder = ROOT / "chapters" / chapter
    text = (folder / "README.md").read_text()
    for source in folder.iterdir():
        if source.suffix in (".c", ".asm", ".ld"):
            named = source.name in text or source.stem in ("title",)
            assert named, source.name


def test_the_table_of_host_systems_is_the_list_of_packages():
    """Each row has the packages of the set `run`, in the list's order."""
    text = (ROOT / "docs" / "setting-up.md").read_text()
    columns = {"Debian 12 and 13, x86-64": ("apt", "x86_64"),
               "Fedora, x86-64": ("dnf", "x86_64"),
               "Arch, x86-64": ("pacman", "x86_64"),
               "macOS with Homebrew, Intel and Arm": ("brew", "other")}
    lines = (ROOT / "common" / "host" / "packages.tsv").read_text().splitlines()
    names, *tools = [line.split("\t") for line in lines if line[0] != "#"]
    for system, (manager, host) in columns.items():
        packages = []
        for tool in (dict(zip(names, tool)) for tool in tools):
            if tool["set"] == "run" and tool["host"] in ("any", host) \
                    and tool[manager] not in ("-", *packages):
                packages.append(tool[manager])
        assert f"| {system} | `{' '.join(packages)}` |" in text


@pytest.mark.slow
def test_photographs_are_what_the_kernels_show(empty_folder):
    """`make photographs` takes them anew."""
    from PIL import Image, ImageChops  # the tests of a chapter need none
    course.build_defaults()
    course.run(sys.executable, "-B", ROOT / "docs" / "book" / "photograph.py", empty_folder,
               "make")
    different = []
    for screen in screens():
        with Image.open(empty_folder / screen["picture"]) as now, \
                Image.open(ROOT / screen["picture"]) as then:
            difference = ImageChops.difference(now.convert("RGB"), then.convert("RGB"))
            if screen["varying"] != "-":
                first, last = map(int, screen["varying"].split("-"))
                difference.paste((0, 0, 0), (0, first * GLYPH_HEIGHT, then.width,
                                             (last + 1) * GLYPH_HEIGHT))
            if difference.getbbox() is not None:
                different.append(screen["picture"])
    assert not different


# The height of a row, in pixels.
GLYPH_HEIGHT = 16
