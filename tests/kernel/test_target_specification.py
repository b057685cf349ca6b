"""The table of chapter 1's page that says what the kernel's target is: each row
holds for each chapter's kernel."""
import re

import pytest

import course
from course import CHAPTERS, ROOT

PAGE = ROOT / "docs" / "target-fields.md"
FIELDS = {
    "llvm-target", "data-layout", "arch", "target-endian",
    "target-pointer-width", "target-c-int-width", "os", "executables",
    "linker-flavor", "linker", "panic-strategy", "disable-redzone", "features",
    "rustc-abi",
}


def rows():
    """Returns (field, command, what is to be seen) of each row."""
    table = PAGE.read_text().partition("| field | it says |")[2]
    field = None
    for line in table.partition("\n\n")[0].splitlines()[2:]:
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        assert len(cells) == 4, line
        field = re.match(r'`"([\w-]+)"', cells[0])[1] if cells[0] else field
        command, _, expected = cells[3].partition(": ")
        yield pytest.param(command.strip("`"), expected, id=f"{field}: {expected}")


def seen(command, chapter):
    """Returns what a command says about a chapter's kernel, with one blank for
    many."""
    kernel = course.build(f"chapters/{chapter}")
    if command == "macros":
        output = course.make(f"chapters/{chapter}", "macros").stdout
    elif command == "machine_code.py":
        output = course.run("python3", "-B", ROOT / "common" / "toolchain" / command,
                            kernel.elf).stdout
    else:
        output = course.run(*command.split(), kernel.elf).stdout
    return re.sub(r"[ \t]+", " ", output)


def test_every_field_of_a_target_has_a_row():
    assert {row.id.partition(":")[0] for row in rows()} == FIELDS


@pytest.mark.parametrize("chapter", course.cases(CHAPTERS[-1:], CHAPTERS))
@pytest.mark.parametrize("command, expected", rows())
def test_row(command, expected, chapter):
    text = re.search(r"`(.*)`", expected)[1]
    if expected.startswith("no "):
        assert text not in seen(command, chapter)
    else:
        assert text in seen(command, chapter)


def test_a_function_that_returns_a_double_is_an_error(empty_folder):
    """What the row of rustc-abi says about C."""
    (empty_folder / "half.c").write_text("double half(void) { return 0.5; }")
    result = course.run(course.tool("gcc"), "-mgeneral-regs-only", "-c",
                        "half.c", cwd=empty_folder, check=False)
    assert result.returncode != 0
    assert "SSE register return with SSE disabled" in result.stdout


def test_clang_knows_its_target_by_option():
    """`--target`, as the page names it."""
    result = course.run("clang", "--target=x86_64-unknown-none-elf",
                        "-dumpmachine")
    assert result.stdout.strip() == "x86_64-unknown-none-elf"
