"""The build: complete, incremental and reproducible."""
import os
import re
import shutil

import pytest

import course
from copied import copy_to
from course import CHAPTERS, ROOT, one_line


def compiled(output):
    """Returns the names of the files that make has compiled or assembled."""
    return {line.split("/")[-1] for line in output.splitlines()
            if line.startswith(("  CC", "  NASM"))}


def rebuilt(output):
    """Returns what make has said that it does."""
    return [line for line in output.splitlines() if line.startswith("  ")]


def test_all_four_are_built_in_parallel_and_only_below_build(copy):
    before = copy.files()
    course.run("make", "-j4", "WERROR=1", cwd=copy.folder)
    new = copy.files() - before
    assert {name for name in new if name.endswith(".iso")} == \
        {f"build/{chapter}/kernel.iso" for chapter in CHAPTERS}
    assert {name.split("/")[0] for name in new} == {"build"}


def test_clean_removes_everything(copy):
    before = copy.files()
    copy.make("03-vga")
    copy.make("03-vga", "DEMO=scroll")
    copy.make("03-vga", "clean")
    assert copy.files() == before


def test_a_second_make_does_nothing(copy):
    copy.make("04-intrinsics")
    assert rebuilt(copy.make("04-intrinsics").stdout) == []


def test_make_works_inside_of_the_folder(copy):
    course.run("make", cwd=copy.folder / "chapters" / "02-boot")
    assert (copy.build("02-boot") / "kernel.iso").exists()


@pytest.mark.parametrize("header, rebuilds", [
    ("02-boot/paging.h", {"paging.c", "prepare_memory.c"}),
    ("02-boot/uart.h", {"boot.asm", "serial.c"}),
    ("03-vga/vga_scroll.h", {"vga.c", "vga_scroll.c"}),
])
def test_a_header_rebuilds_what_includes_it(copy, header, rebuilds):
    copy.make("03-vga")
    path = copy.folder / "chapters" / header
    path.write_text(path.read_text() + "/* changed */\n")
    assert compiled(copy.make("03-vga").stdout) == rebuilds
    assert rebuilt(copy.make("03-vga").stdout) == []


@pytest.mark.parametrize("name, text", [
    ("MAPPED_SIZE", "#define MAPPED_SIZE 1 * 0x40000000"),
    ("MAPPED_SIZE", "#define MAPPED_SIZE\t0x40000000ul"),
    ("MAPPED_SIZE", "#define  MAPPED_SIZE (1UL << 30) /* a comment\n of two lines */"),
    ("MAPPED_SIZE", "#define MAPPED_SIZE (STACK_SIZE * 65536) // a comment"),
    ("PAGE_SIZE", "#define PAGE_SIZE (4 * 1024)"),
])
def test_nasm_reads_in_a_header_what_c_reads(copy, name, text):
    """Its code and its sections, with their alignment, stay the same."""
    copy.make("02-boot")
    header = copy.folder / "chapters/02-boot/addresses.h"
    before = course.run("objdump", "-dh", copy.build("02-boot") / "boot.o").stdout
    assert re.search(r" \.bss .* 2\*\*12$", before, re.MULTILINE)
    header.write_text(re.sub(f"^#define {name} .*$", lambda _: text,
                             header.read_text(), flags=re.MULTILINE))
    copy.make("02-boot")
    after = course.run("objdump", "-dh", copy.build("02-boot") / "boot.o").stdout
    debug = r".*\.debug_.*\n.*\n"  # the header has more lines, or fewer
    assert re.sub(debug, "", after) == re.sub(debug, "", before)


@pytest.mark.parametrize("value", [
    "(uint64_t)0x40000000", "010000000000", "1e9", "sizeof(int)", "'a'", '"text"',
    "1 == 1", "1 ? 2 : 3", "2 3", "(4", "mapped_size()", "0x", "PAGE_SIZE(2)", "1 \\\n"])
def test_what_nasm_would_read_otherwise_stops_the_build(copy, value):
    header = copy.folder / "chapters/02-boot/addresses.h"
    header.write_text(re.sub(r"^#define COM1 .*$", lambda _: f"#define COM1 {value}",
                             header.read_text(), flags=re.MULTILINE))
    line = header.read_text().partition("#define COM1")[0].count("\n") + 1
    one_line(copy.make("02-boot", check=False),
             f"02-boot/addresses.h:{line}: NASM reads this header, and it accepts")


def test_a_source_rebuilds_only_itself(copy):
    copy.make("03-vga")
    path = copy.folder / "chapters/02-boot/paging.c"
    path.write_text(path.read_text() + "/* changed */\n")
    assert compiled(copy.make("03-vga").stdout) == {"paging.c"}


@pytest.mark.parametrize("name", course.cases(
    ["02-boot/paging.h"], ["02-boot/paging.c", "02-boot/boot.asm"]))
def test_a_backup_that_is_older_than_its_object_is_built(copy, name):
    """`mv` keeps a file's date."""
    path = copy.folder / "chapters" / name
    backup = path.with_name(f"{path.name}.orig")
    shutil.copy2(path, backup)
    copy.make("02-boot")
    path.write_text(path.read_text().replace("\n", " \n"))
    changed = compiled(copy.make("02-boot").stdout)
    backup.rename(path)
    assert changed and compiled(copy.make("02-boot").stdout) == changed
    assert rebuilt(copy.make("02-boot").stdout) == []


def test_a_backup_is_built_after_a_build_that_failed(copy):
    """Its object has what it was when another file had a mistake."""
    title, vga = (copy.folder / "chapters/03-vga" / name for name in ("title.c", "vga.c"))
    copy.make("03-vga")
    backup, text = title.with_name("title.c.orig"), vga.read_text()
    shutil.copy2(title, backup)
    title.write_text(title.read_text().replace("BLUE", "RED"))
    vga.write_text(text.replace("row, column;", "row, column", 1))
    assert "error" in copy.make("03-vga", "-k", check=False).stdout
    backup.rename(title)
    vga.write_text(text)
    assert compiled(copy.make("03-vga").stdout) == {"title.c", "vga.c"}
    assert rebuilt(copy.make("03-vga").stdout) == []


@pytest.mark.parametrize("name, old, new, words", [
    ("02-boot/paging.c", "#include <paging.h>", "#include <paging.h>\nstatic int unused;",
     "-Wunused-variable"),
    ("02-boot/boot.asm", "boot_pml4:", "        dd      1\nboot_pml4:", "attempt to initialize memory"),
    ("03-vga/multiboot2.c", "sizeof request.console,", "8,",
     "has size 8, and not 12")])
def test_a_warning_stays_until_it_is_mended(copy, name, old, new, words):
    chapter, path = name.split("/")[0], copy.folder / "chapters" / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    copy.make(chapter)
    assert words in copy.make(chapter).stdout
    path.write_text(text)
    copy.make(chapter)
    assert rebuilt(copy.make(chapter).stdout) == []


def test_other_flags_rebuild_everything(copy):
    copy.make("01-freestanding")
    output = copy.make("01-freestanding", "CFLAGS=-O0").stdout
    assert compiled(output) == {"kernel.c", "multiboot2.c"}


@pytest.mark.parametrize("compiler, setting", [
    ("gcc", "GCC_CFLAGS=-fno-stack-clash-protection"),
    ("clang", "CLANG_CFLAGS=--target=x86_64-linux-gnu")])
def test_flags_of_one_compiler_rebuild_everything(copy, compiler, setting):
    copy.make("02-boot", f"CC={compiler}")
    assert "paging.c" in compiled(copy.make("02-boot", f"CC={compiler}", setting).stdout)


def test_flags_of_one_object_rebuild_everything(copy):
    copy.make("04-intrinsics")
    path = copy.folder / "chapters/04-intrinsics/object-flags.mk"
    path.write_text(path.read_text() + "CFLAGS_memory.o += -O1\n")
    assert "memory.c" in compiled(copy.make("04-intrinsics").stdout)


def test_the_newest_layer_wins_and_gives_way_again(copy):
    """A chapter's own file replaces the one below, even one that is older;
    without it, the old one is back."""
    copy.make("03-vga")
    own = copy.folder / "chapters/03-vga/memory_map.h"
    below = copy.folder / "chapters/02-boot/memory_map.h"
    shutil.copy2(below, own)
    assert "memory_map.c" in compiled(copy.make("03-vga").stdout)
    files = copy.make("03-vga", "files").stdout.splitlines()
    assert [line.split()[2] for line in files if " memory_map.h " in line] == \
        ["03-vga"]
    own.unlink()
    assert "memory_map.c" in compiled(copy.make("03-vga").stdout)


def test_a_source_may_move_to_another_layer(copy):
    copy.make("03-vga")
    (copy.folder / "chapters/02-boot/memory_map.c").rename(
        copy.folder / "chapters/03-vga/memory_map.c")
    assert "memory_map.c" in compiled(copy.make("03-vga").stdout)


@pytest.mark.parametrize("chapter", course.cases(CHAPTERS[-1:], CHAPTERS))
def test_reproducible(empty_folder, chapter):
    """The ISO depends on neither time nor place. Nor does the ELF file, but for
    its debug information, which names the place."""
    names = ("kernel.elf", "iso/boot/kernel.elf", "kernel.iso")
    environment = course.clean_environment(CCACHE_DISABLE="1")
    one = copy_to(empty_folder / "one")
    one.make(chapter, env=environment)
    first = {name: (one.build(chapter) / name).read_bytes() for name in names}

    # Later, and with sources of another time.
    for path in one.folder.rglob("*"):
        os.utime(path, (10**9, 10**9))
    one.make(chapter, "clean", "all", env=environment)
    again = {name: (one.build(chapter) / name).read_bytes() for name in names}
    assert [name for name in names if first[name] != again[name]] == []

    other = copy_to(empty_folder / "another folder")
    other.make(chapter, env=environment)
    there = {name: (other.build(chapter) / name).read_bytes() for name in names}
    assert [name for name in names[1:] if first[name] != there[name]] == []


def test_boots_from_a_folder_with_a_blank(empty_folder):
    copy = copy_to(empty_folder / "a student's folder, with commas")
    output = copy.make("02-boot", "run").stdout
    assert "Hello World!" in output
    assert rebuilt(copy.make("02-boot").stdout) == []
    # NASM's debug information names the folder, and the file that halts is the right one.
    output = copy.make("02-boot", "run", "QEMUFLAGS=-cpu qemu32", check=False).stdout
    assert "halted in refuse.halt (02-boot/boot.asm:" in output
    # A relative folder is relative to where `make` is typed.
    course.run("make", "-C", "chapters/02-boot", "start", "DIR=it's mine",
               cwd=copy.folder, env=course.clean_environment(PWD=copy.folder))
    assert (copy.folder / "it's mine" / "kernel.c").exists()


def test_files_lists_the_whole_kernel(copy):
    lines = copy.make("03-vga", "files").stdout.splitlines()
    rows = {line.split()[1]: (int(line.split()[0]), line.split()[2])
            for line in lines[1:-1]}
    for chapter in CHAPTERS[:3]:
        for path in (copy.folder / "chapters" / chapter).iterdir():
            if path.suffix in (".c", ".h", ".asm", ".ld"):
                newest = [c for c in CHAPTERS[:3]
                          if (ROOT / "chapters" / c / path.name).exists()][-1]
                assert rows[path.name][1] == newest
                source = ROOT / "chapters" / newest / path.name
                assert rows[path.name][0] == source.read_text().count("\n")
    assert lines[-1].split()[0] == str(sum(count for count, _ in rows.values()))


def test_disasm_shows_start(copy):
    output = copy.make("01-freestanding", "disasm").stdout
    assert "<_start>:" in output
    assert "f4                   \thlt" in output
