"""Chapter 1's C file for five targets, and the linker errors of its page."""
import os
import re

import pytest

import course
from course import build_folder
from doctored import BARE, Path

CHAPTER = "chapters/01-freestanding"


def build(target, *settings):
    """Builds for one target, and returns what was printed."""
    return course.make(CHAPTER, f"target-{target}", build_folder(), *settings).stdout


def programs():
    """Returns the folder that the running test's programs are in."""
    return course.own_build() / "targets"


def relative(folder):
    """Returns a folder as seen from the chapter, without the blanks that may be above."""
    return os.path.relpath(folder, course.ROOT / CHAPTER)


def check_program(program, facts, entry):
    """Checks a program's headers, that its entry is _start, and that it needs no
    symbol and no library of others."""
    path = programs() / program
    text = course.run("llvm-readobj", "--file-headers", "--needed-libs",
                      path).stdout
    for fact in facts:
        assert fact in text
    assert re.search(r"NeededLibraries \[\s*\]", text), text
    undefined = course.run("llvm-nm", "--undefined-only", path, check=False).stdout
    # GNU ld 2.44 leaves a name for Windows' run time that no code refers to.
    undefined = undefined.replace("U _pei386_runtime_relocator", "")
    assert undefined.replace(f"{path}: no symbols", "").strip() == ""
    symbols = course.run("llvm-nm", path, check=False).stdout
    assert re.search(rf"^0*{entry(path, text):x} T __?start$", symbols,
                     re.MULTILINE), symbols


def elf_entry(_, text):
    # To Arm CPUs, bit 0 of an address means Thumb code; its own address is even.
    return int(re.search(r"Entry: (\w+)", text)[1], 16) & ~1


def pe_entry(_, text):
    return sum(int(re.search(rf"{name}: (\w+)", text)[1], 16)
               for name in ("ImageBase", "AddressOfEntryPoint"))


def macho_entry(path, _):
    headers = course.run("llvm-objdump", "--macho", "--private-headers",
                         path).stdout
    text_segment = re.search(r"segname __TEXT\n +vmaddr (\w+)", headers)[1]
    return int(text_segment, 16) + int(re.search(r"entryoff (\d+)", headers)[1])


@pytest.mark.parametrize("target, program, entry, facts", [
    ("none", "none.elf", elf_entry, [
        "Format: elf64-x86-64", "OS/ABI: SystemV (0x0)",
        "Type: Executable (0x2)"]),
    ("linux", "linux", elf_entry, [
        "Format: elf64-x86-64", "Type: Executable (0x2)"]),
    ("windows", "windows.exe", pe_entry, [
        "Format: COFF-x86-64", "Magic: 0x20B",
        "Subsystem: IMAGE_SUBSYSTEM_WINDOWS_CUI"]),
    ("macos", "macos", macho_entry, [
        "Format: Mach-O 64-bit x86-64", "FileType: Executable"]),
    ("cortex-m4", "cortex-m4.elf", elf_entry, [
        "Format: elf32-littlearm", "Type: Executable (0x2)"]),
])
def test_each_target_gets_a_program_of_its_own(target, program, entry, facts):
    assert re.search(rf"^{target}: \S+ -O2 .*kernel\.c .*-o \S+{program}$",
                     build(target), re.MULTILINE)
    check_program(program, facts, entry)


def test_the_program_for_windows_can_be_made_by_clang(empty_folder):
    """It leaves no symbols: the code at the entry has to do."""
    build("windows", "windows_tool=clang", f"PROGRAMS={relative(empty_folder)}")
    path = empty_folder / "windows.exe"
    text = course.run("llvm-readobj", "--file-headers", "--needed-libs",
                      path).stdout
    assert "Magic: 0x20B" in text and "IMAGE_SUBSYSTEM_WINDOWS_CUI" in text
    assert re.search(r"NeededLibraries \[\s*\]", text), text
    assert re.search(rf"^ *{pe_entry(path, text):x}: f4 +\thlt",
                     course.run("llvm-objdump", "-d", path).stdout,
                     re.MULTILINE)


def contents(path, section):
    return course.run("objdump", "-s", "-j", section, path).stdout.partition(
        "Contents")[2]


def test_the_program_without_an_operating_system_is_the_kernel():
    build("none")
    kernel = course.build(CHAPTER)
    course.run("grub-file", "--is-x86-multiboot2", programs() / "none.elf")
    for section in (".multiboot2", ".text"):
        assert contents(programs() / "none.elf", section) == \
            contents(kernel.elf, section)


def test_linux_ends_the_program_at_hlt():
    output = course.make(CHAPTER, "run-linux", build_folder()).stdout
    assert "Linux has ended it with signal 11, SIGSEGV" in output


def test_the_cortex_m4_reports():
    """An Armv7E-M machine runs it, by the ABI that the target names."""
    output = course.make(CHAPTER, "run-cortex-m4", build_folder(),
                         timeout=course.PATIENCE).stdout
    assert "\n_start runs, and stops.\n" in output
    abi = course.run("readelf", "-hA", programs() / "cortex-m4.elf").stdout
    for fact in ("hard-float ABI", "Tag_CPU_arch: v7E-M",
                 "Tag_ABI_VFP_args: VFP registers"):
        assert fact in abi


def test_a_missing_compiler_is_named_and_the_others_build(empty_folder):
    path = Path(empty_folder / "bin", BARE + ["gcc", "as", "ld"])
    result = path.make("-C", CHAPTER, "targets", f"PROGRAMS={relative(empty_folder)}")
    assert result.returncode == 0, result.stdout
    assert {file.name for file in empty_folder.iterdir()} == \
        {"bin", "linux", "none.elf"}
    for target, package in (("windows", "gcc-mingw-w64-x86-64-win32"),
                            ("macos", "clang lld"),
                            ("cortex-m4", "gcc-arm-none-eabi")):
        assert re.search(rf"^{target}: not built\. .* is missing .*make setup-all"
                         rf".*apt-get install --no-install-recommends {package}$",
                         result.stdout, re.MULTILINE), result.stdout


@pytest.mark.parametrize("error, message", [
    ("no-main", "undefined reference to `main'"),
    ("start-twice", "multiple definition of `_start'"),
    ("stack-protector", "undefined reference to `__stack_chk_fail'"),
    ("memcpy", "undefined reference to `memcpy'"),
    ("udivti3", "undefined reference to `__udivti3'"),
    ("pie", "can not be used when making a PIE object"),
])
def test_each_error_is_shown_and_cured(error, message):
    before, _, after = course.make(
        CHAPTER, f"error-{error}", build_folder()).stdout.partition("The cure:\n$ ")
    assert before.startswith("$ gcc -O2 ") and message in before
    assert len(after.strip().splitlines()) == 1, after


def test_an_error_that_does_not_come_is_an_error():
    result = course.make(CHAPTER, "error-pie", "pie_flags=-nostdlib -no-pie",
                         build_folder(), check=False)
    assert result.returncode != 0
    assert "The linker has no objection here" in result.stdout


def test_a_cure_that_does_not_cure_is_an_error():
    result = course.make(CHAPTER, "error-memcpy", "memcpy_cure=-O1",
                         build_folder(), check=False)
    assert result.returncode != 0
