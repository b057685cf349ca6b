"""The pages say what is true."""
import re
import sys

import pytest

import course
from course import ROOT

sys.path.insert(0, str(ROOT / "docs"))
from photograph import photograph  # noqa: E402

PAGES = [ROOT / "README.md", *sorted(ROOT.glob("chapters/*/README.md"))]


def page_name(page):
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_links_lead_to_files(page):
    for link in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
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
    text = (ROOT / "README.md").read_text()
    columns = {"Debian 12, x86-64": ("apt", "x86_64"),
               "Fedora, x86-64": ("dnf", "x86_64"),
               "Arch, x86-64": ("pacman", "x86_64"),
               "macOS with Homebrew, Intel and Arm": ("brew", "other")}
    lines = (ROOT / "common" / "packages.tsv").read_text().splitlines()
    names, *tools = [line.split("\t") for line in lines if line[0] != "#"]
    for system, (manager, host) in columns.items():
        packages = []
        for tool in (dict(zip(names, tool)) for tool in tools):
            if tool["set"] == "run" and tool["host"] in ("any", host) \
                    and tool[manager] not in ("-", *packages):
                packages.append(tool[manager])
        assert f"| {system} | `{' '.join(packages)}` |" in text


def transcripts():
    """Returns (page, command, output) of each transcript that boots a chapter
    and shows what it prints."""
    for page in PAGES:
        for block in re.findall(r"```console\n(.*?)```", page.read_text(),
                                re.DOTALL):
            command, _, output = block.partition("\n")
            if output and command.startswith("$ make -C chapters/"):
                yield pytest.param(command[2:], output.splitlines(),
                                   id=f"{page_name(page)}: {command[2:]}")


@pytest.mark.parametrize("command, output", transcripts())
def test_transcripts_are_what_the_command_prints(command, output):
    """`...` stands for any lines."""
    course.build_defaults()
    printed = course.run("sh", "-c", command).stdout.splitlines()
    printed = [line.rstrip() for line in printed]
    while output:
        assert output.pop(0) == "...", "a transcript starts with `...`"
        upto = output.index("...") if "..." in output else len(output)
        lines, output = [line.rstrip() for line in output[:upto]], output[upto:]
        starts = [i for i in range(len(printed))
                  if printed[i:i + len(lines)] == lines]
        assert starts, f"{lines} is not in {printed}"
        printed = printed[starts[0] + len(lines):]


def test_the_photograph_is_what_the_kernel_shows(empty_folder):
    """`make photographs` takes it anew."""
    from PIL import Image, ImageChops  # the tests of a chapter need none
    kernel = course.build("chapters/03-vga")
    photograph(str(kernel.iso), str(empty_folder / "now.png"))
    with Image.open(empty_folder / "now.png") as now, \
            Image.open(ROOT / "docs" / "chapter-3.png") as then:
        difference = ImageChops.difference(now.convert("RGB"),
                                           then.convert("RGB"))
        assert difference.getbbox() is None
