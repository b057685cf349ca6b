"""What students get wrong: the build says one line for each."""
import json
import os
import shutil
import tempfile
from pathlib import Path

import pytest

import course
from copied import copy_to
from course import MAKE, one_line


def test_unknown_demo(copy):
    one_line(copy.make("03-vga", "DEMO=scrol", check=False),
             "DEMO=scrol is unknown here", "panic remainder scroll")
    one_line(copy.make("03-vga", "DEMO=scroll panic", check=False),
             "DEMO=scroll panic is unknown here", "panic remainder scroll")
    one_line(copy.make("02-boot", "DEMO=x", check=False), "There are no demos here.")


def test_unknown_chapter_to_extend(copy):
    makefile = copy.folder / "chapters/03-vga/Makefile"
    makefile.write_text(makefile.read_text().replace("02-boot", "2-boot"))
    one_line(copy.make("03-vga", check=False),
             "EXTENDS names a chapter that does not exist: ../2-boot")


def test_unknown_chapter_to_run(copy):
    result = course.run("make", "run", "CHAPTER=33", cwd=copy.folder,
                        check=False)
    one_line(result, "There is no chapter 33", "03-vga")
    assert not (copy.folder / "build").exists()


def test_a_setting_in_small_letters(copy):
    one_line(course.run("make", "run", "chapter=02-boot", cwd=copy.folder, check=False),
             "Settings are written in capitals: CHAPTER=02-boot")
    one_line(course.run("make", "start", "CHAPTER=1", "STEP=6", "dir=x", cwd=copy.folder, check=False),
             "Settings are written in capitals: DIR=x")
    one_line(copy.make("03-vga", "run", "demo=panic", check=False),
             "Settings are written in capitals: DEMO=panic")


def test_start_without_dir_before_its_folder(copy):
    one_line(copy.make("03-vga", "start", "mine", check=False),
             "start takes the new folder as DIR=: make start DIR=mine")
    assert not (copy.folder / "work").exists()


def test_a_blank_in_the_name_of_a_source(copy):
    shutil.copy(copy.folder / "chapters/02-boot/kernel.c",
                copy.folder / "chapters/02-boot/kernel copy.c")
    one_line(copy.make("02-boot", check=False),
             'A file has a space in its name, and Make takes a space for the end of a name: "kernel ..."')


@pytest.mark.parametrize("letter", ["(", ")", "'", '"', "$", "&", ";", "%", "`", "*", "?", ":"])
def test_a_letter_that_make_or_the_shell_reads(letter, copy):
    (copy.folder / f"chapters/02-boot/kernel{letter}.c").touch()
    one_line(copy.make("02-boot", check=False), f"A file has {letter} in its name", "Rename it")


def test_flags_for_an_object_that_is_not_made(copy):
    flags = copy.folder / "chapters/04-intrinsics/object-flags.mk"
    flags.write_text(flags.read_text().replace("CFLAGS_memory.o", "CFLAGS_memroy.o"))
    assert "CFLAGS_memroy.o is set, but no source makes memroy.o" in \
        copy.make("04-intrinsics").stdout


def test_a_demo_without_its_file(copy):
    (copy.folder / "chapters/03-vga/demos/mine").mkdir()
    one_line(copy.make("03-vga", "DEMO=mine", check=False), "demos/mine has no demo.c")


def test_no_linker_script(copy):
    (copy.folder / "chapters/01-freestanding/linker.ld").unlink()
    one_line(copy.make("02-boot", check=False),
             "There is no linker.ld, which says where the kernel lies")


def test_unknown_firmware(copy):
    one_line(copy.make("02-boot", "run", "FIRMWARE=efi", check=False),
             "FIRMWARE=efi is unknown: it is bios or uefi")


def test_an_old_make(copy):
    one_line(copy.make("02-boot", "MAKE_VERSION=3.81", check=False),
             "GNU Make 3.81, and the course needs 4.2 or later", "gmake")


def test_two_sources_with_one_object(copy):
    (copy.folder / "chapters/02-boot/boot.c").write_text("\n")
    one_line(copy.make("02-boot", check=False),
             ".c and a .asm file have the same name", "boot.o")


def test_no_multiboot2_header(copy):
    """A kernel that GRUB would not start is never put on a disk."""
    (copy.folder / "chapters/02-boot/multiboot2.c").write_text(
        "typedef int nothing;\n")
    one_line(copy.make("02-boot", check=False),
             "has no Multiboot2 header that GRUB can find", "is multiboot2.c there")
    assert not (copy.build("02-boot") / "kernel.iso").exists()


def test_layers_without_a_kernel_are_named(copy):
    one_line(copy.make("02-boot", "LAYERS=..", check=False), "There is no kernel in .. (LAYERS in the Makefile)")


@pytest.mark.parametrize("name", ["KERNEL_CFLAGS", "LDFLAGS"])
def test_the_kernel_s_own_flags_are_not_for_a_command_line(copy, name):
    one_line(copy.make("01-freestanding", f"{name}=-Wall", check=False),
             f"{name} holds the flags without which the kernel does not work", "CFLAGS")


@pytest.mark.parametrize("chapter, name, old, new, words", [
    ("01-freestanding", "multiboot2.c", "LENGTH ((uint32_t)sizeof request)", "LENGTH 16u",
     "is wrong: its header_length ends before the end tag"),
    ("01-freestanding", "multiboot2.h",
     "header_length; /* of the header and its tags, in bytes */\n    uint32_t checksum; ",
     "checksum; /* of the header and its tags, in bytes */\n    uint32_t header_length; ",
     ", and its tags end after 24 bytes"),
    ("01-freestanding", "multiboot2.h", "ARCHITECTURE_I386 0", "ARCHITECTURE_I386 64",
     "is wrong: its architecture is 64, and not 0, for the 32-bit mode"),
    ("03-vga", "multiboot2.c", "    .framebuffer.tag.type = TAG_FRAMEBUFFER", "    .framebuffer.tag.type = 15",
     None),  # unknown, but optional
])
def test_what_is_wrong_with_the_header(copy, chapter, name, old, new, words):
    course.change(copy.folder / f"chapters/{chapter}" / name, {old: new})
    said = copy.make(chapter, check=False).stdout
    if words is None:
        assert "header" not in said
    else:
        assert any(words in line for line in said.splitlines()), said


def test_a_warning_is_shown_and_can_be_made_an_error(copy):
    source = copy.folder / "chapters/02-boot/prepare_memory.c"
    source.write_text(source.read_text() + "static int unused;\n")
    assert "-Wunused-variable" in copy.make("02-boot").stdout
    result = copy.make("02-boot", "WERROR=1", check=False)
    one_line(result, "error:", "unused")


def test_a_setting_that_is_misspelled(copy):
    for setting in ("SANITISE=undefined", "PATIENSE=3", "QEMUFLAG=-s", "CFLAG=-O0"):
        one_line(copy.make("04-intrinsics", setting, check=False),
                 f"There is no setting {setting.split('=')[0]}: make help lists the settings")
    one_line(course.run("make", "run", "CAPTER=02-boot", cwd=copy.folder, check=False),
             "There is no setting CAPTER")


def test_a_verb_that_is_misspelled(copy):
    one_line(copy.make("02-boot", "rum", check=False),
             "There is no verb rum here: make help lists the verbs")
    one_line(course.run("make", "setpu", cwd=copy.folder, check=False),
             "There is no verb setpu here: make help lists the verbs")
    one_line(copy.make("02-boot", "CMDLINE=hello", "world", check=False),
             "If world belongs to a value, put quotation marks around all of that: NAME='... world'")
    copy.make("02-boot", "build", "NASM=nasm", check=False)
    one_line(copy.make("02-boot", "linker.lds", check=False), "There is no verb linker.lds")


def test_a_misspelled_include(copy):
    source = copy.folder / "chapters/02-boot/boot.asm"
    text = source.read_text()
    source.write_text(text.replace("addresses.inc", "adresses.inc"))
    result = copy.make("02-boot", check=False)
    one_line(result, '02-boot/boot.asm:7:%include "adresses.inc": there is no header adresses.h')
    assert "symbol" not in result.stdout
    assert not (copy.build("02-boot") / "adresses.inc").exists()
    # A file for NASM alone is included as it is, in any way of writing.
    (copy.folder / "chapters/02-boot/own.inc").write_text("%define OWN 7\n")
    source.write_text(text.replace("cld ", "mov eax, OWN\n    cld ").replace(
        '%include "uart.inc"', "%include \"uart.inc\"\n  %include  'own.inc'"))
    copy.make("02-boot")
    own = copy.folder / "chapters/02-boot/own.inc"
    own.write_text("%define OWN 8\n")
    assert "  NASM " in copy.make("02-boot").stdout


def test_a_section_that_the_linker_script_does_not_place(copy):
    source = copy.folder / "chapters/02-boot/boot.asm"
    text = source.read_text()
    for wrong in ("section .txt", "section .isr", "section .stack nobits alloc write"):
        source.write_text(text.replace("section .text", wrong))
        one_line(copy.make("02-boot", check=False), f"boot.o has a section {wrong.split()[1]}, "
                 "which linker.ld does not place: use .text for code")
        assert not (copy.build("02-boot") / "kernel.iso").exists()
    source.write_text(text.replace("section .text", "section .text.boot exec"))
    script = copy.folder / "chapters/01-freestanding/linker.ld"
    script.write_text(script.read_text().replace("*(.text ", "*(.text .isr "))
    copy.make("02-boot")


def test_a_linker_script_need_not_place_what_is_empty(copy):
    (copy.folder / "chapters/01-freestanding/linker.ld").write_text(
        "ENTRY(_start)\nSECTIONS\n{\n    . = 1M;\n    .multiboot2 : { *(.multiboot2) }\n"
        "    .text : { *(.text) }\n}\n")
    assert "The CPU has halted in _start" in copy.make("01-freestanding", "run").stdout


@pytest.mark.parametrize("name, text, words", [
    ("helper.asm", "section .text\nbits 64\nhelper:\n    ret\n",
     "helper.asm hides helper from other files: add the line `global helper` to helper.asm."),
    ("helper.c", "__attribute__((used)) static void helper(void) {}\n",
     "helper.c hides helper from other files: remove the word static in helper.c."),
])
def test_a_symbol_that_its_file_keeps_for_itself(name, text, words, copy):
    kernel = copy.folder / "chapters/02-boot/kernel.c"
    kernel.write_text("void helper(void);\n" + kernel.read_text().replace(
        "    halt_forever();", "    helper();\n    halt_forever();"))
    one_line(copy.make("02-boot", check=False), "undefined reference to `helper'")
    said = copy.make("02-boot", check=False).stdout
    assert "hides" not in said and "FILEHDR" not in said
    (copy.folder / "chapters/02-boot" / name).write_text(text)
    one_line(copy.make("02-boot", check=False), words)


def test_files_that_are_not_built_are_named(copy, empty_folder):
    copy.make("02-boot", "start", f"DIR={empty_folder}/mine")
    mine = empty_folder / "mine"
    (mine / "drivers").mkdir()
    for name in ("isr.S", "main.cpp", "beep.C", "drivers/keyboard.c", "demos/x/demo.c", "new.c.txt"):
        (mine / name).parent.mkdir(exist_ok=True, parents=True)
        (mine / name).touch()
    result = course.run("make", "-C", mine)
    assert "Left out of the kernel: isr.S beep.C main.cpp new.c.txt drivers/keyboard.c. Only .c and .asm " \
        "files are built, and only those directly in the kernel's folder" in result.stdout
    (copy.folder / "chapters/02-boot/isr.S").touch()
    assert "Left out of the kernel: isr.S. " in copy.make("02-boot").stdout


def test_a_flag_of_qemu_without_its_value(copy):
    one_line(copy.make("02-boot", "run", "QEMUFLAGS=-m", "4", check=False),
             "QEMUFLAGS=-m lacks the value of -m. Several words need quotation marks, as in QEMUFLAGS='-m 4'")


def test_flags_in_a_file_of_another_name(copy):
    flags = copy.folder / "chapters/04-intrinsics/object-flags.mk"
    flags.rename(flags.with_name("object_flags.mk"))
    assert "object_flags.mk is not read: flags for single objects belong in object-flags.mk" in \
        copy.make("04-intrinsics", check=False).stdout


def test_lines_that_end_as_on_windows(copy):
    header = copy.folder / "chapters/02-boot/addresses.h"
    header.write_bytes(header.read_bytes().replace(b"\n", b"\r\n"))
    copy.make("02-boot")


def test_no_folder_to_build_in(copy):
    one_line(copy.make("02-boot", "BUILD=", check=False),
             "BUILD is empty: it names the folder for all that is built, as in BUILD := build")


@pytest.mark.parametrize("folder", [".", "./", "../../common"])
def test_a_folder_to_build_in_that_has_other_files(folder, copy):
    for verb in ("all", "clean"):
        one_line(copy.make("02-boot", verb, f"BUILD={folder}", check=False),
                 f"BUILD={folder} is a folder with files of its own, which make clean would remove: choose a new one")
    assert (copy.folder / "chapters/02-boot/boot.asm").exists()


@pytest.mark.parametrize("flag", ["-S", "-E", "-flto"])
def test_flags_that_make_no_objects(flag, copy):
    one_line(copy.make("02-boot", f"CFLAGS=-O2 {flag}", check=False),
             f"CFLAGS has {flag}, and with that, the compiler makes no objects that can be linked.")


def test_a_sanitizer_without_quotation_marks(copy):
    one_line(copy.make("04-intrinsics", "run", "SANITIZE=stack", "undefined", check=False),
             "There is no verb undefined here", "NAME='... undefined'")


def test_quotation_marks_in_a_makefile(copy):
    one_line(copy.make("02-boot", "run", "QEMUFLAGS='-m 4'", check=False),
             "QEMUFLAGS='-m 4' has quotation marks around \"-m 4\", so QEMU would take that for one word.")


def test_a_setting_in_the_environment_is_named(copy):
    said = course.run("make", "-C", copy.folder / "chapters/02-boot", "run", check=False,
                      env=course.clean_environment(QEMUFLAGS="-cpu qemu32")).stdout
    assert "QEMUFLAGS=-cpu qemu32 is set in the environment\n" in said
    said = course.run("make", "run", "CHAPTER=2", cwd=copy.folder, check=False,
                      env=course.clean_environment(QEMUFLAGS="-cpu qemu32")).stdout
    assert "QEMUFLAGS=-cpu qemu32 is set in the environment\n" in said
    assert "is set in" not in copy.make("02-boot", "run", "CMDLINE=x").stdout


def test_a_project_takes_no_loader_from_its_neighbor(copy, empty_folder):
    copy.make("02-boot", "start", f"DIR={empty_folder}/neighbor")
    course.run("make", "start", "CHAPTER=2", "STEP=7", f"DIR={empty_folder}/kernel", cwd=copy.folder)
    course.run("make", "-C", empty_folder / "kernel", "start", f"DIR={empty_folder}/again")
    assert not (empty_folder / "again/loader").exists()
    course.run("make", "-C", empty_folder / "again")


def test_half_a_project_is_not_left(copy, empty_folder):
    shutil.rmtree(copy.folder / "common/editors")
    result = copy.make("02-boot", "start", f"DIR={empty_folder}/mine", check=False)
    assert result.returncode != 0 and not (empty_folder / "mine").exists()


def test_a_header_with_another_one_s_text(copy):
    chapter = copy.folder / "chapters/04-intrinsics"
    one, other = chapter / "selftest.h", chapter / "memory_tests.h"
    text = one.read_text()
    one.write_text(other.read_text())
    other.write_text(text)
    assert "selftest.h has the include guard MEMORY_TESTS_H: is it the text of memory_tests.h?\n" in \
        copy.make("04-intrinsics", check=False).stdout


def test_a_build_that_fails_mentions_what_differs(copy):
    source = copy.folder / "chapters/02-boot/kernel.c"
    source.write_text(source.read_text().replace("serial_put_char(*text);", "serial_put_chr(*text);"))
    line = "In kernel.c, 1 line differs from step 12 of chapter 2: make where shows it.\n"
    assert line in copy.make("02-boot", check=False).stdout
    source.write_text(source.read_text().replace("serial_put_chr(*text);", "serial_put_char(*text)"))
    assert line in copy.make("02-boot", check=False).stdout


def test_a_list_of_arguments_where_its_values_are_wanted(copy):
    (copy.folder / "chapters/03-vga/log.c").write_text("""
#include <stdarg.h>
#include <kprintf.h>
void log_line(const char *format, ...);
void log_line(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    kprintf(format, arguments);
    va_end(arguments);
}
""")
    assert "[-Wformat-nonliteral]" in copy.make("03-vga", check=False).stdout


def test_an_include_guard_that_two_headers_share(copy):
    header = copy.folder / "chapters/03-vga/color.h"
    header.write_text(header.read_text().replace("COLOR_H", "CONSOLE_H"))
    one_line(copy.make("03-vga", check=False), "color.h and console.h have the same include guard, "
             "CONSOLE_H: the one that comes second is left out.")


def test_an_include_guard_that_hides_a_function(copy):
    """With GCC 12 a warning, and nothing stops the build."""
    header = copy.folder / "chapters/02-boot/serial.h"
    header.write_text(header.read_text().replace("SERIAL_H", "CONSOLE_H"))
    assert "console.h and serial.h have the same include guard, CONSOLE_H: the one that comes second" \
        in copy.make("03-vga", check=False).stdout


def test_an_include_guard_that_is_the_wrong_way_around(copy):
    header = copy.folder / "chapters/01-freestanding/multiboot2.h"
    header.write_text(header.read_text().replace("#ifndef", "#ifdef"))
    one_line(copy.make("01-freestanding", check=False), "multiboot2.h begins with #ifdef MULTIBOOT2_H, so "
             "all of it is left out: an include guard begins with #ifndef.")


def test_flags_for_a_source_instead_of_its_object(copy):
    flags = copy.folder / "chapters/04-intrinsics/object-flags.mk"
    flags.write_text(flags.read_text().replace("CFLAGS_memory.o =", "CFLAGS_memory.c ="))
    assert "CFLAGS_memory.c is set, but no source makes memory.c" in copy.make("04-intrinsics").stdout


def test_a_name_that_nasm_cannot_see(copy):
    header = copy.folder / "chapters/02-boot/addresses.h"
    text = header.read_text()
    header.write_text(text.replace("#define VGA_TEXT    0xB8000", "enum {\n    VGA_TEXT = 0xB8000\n};"))
    assert header.read_text() != text
    one_line(copy.make("02-boot", check=False),
             "VGA_TEXT is in an enum of addresses.h, and NASM sees only its #define lines.")


@pytest.mark.parametrize("chapter", course.cases(["03-vga"], ["02-boot", "04-intrinsics"]))
def test_a_name_that_nasm_sees_is_not_blamed(copy, chapter):
    course.change(copy.folder / "chapters/02-boot/boot.asm", {"    call    init_com1": "    cal     init_com1"})
    said = copy.make(chapter, check=False).stdout
    assert "error: parser: instruction expected" in said and "NASM sees" not in said, said


def test_a_character_that_only_looks_right(copy):
    """As text from a web page may have it: a no-break space."""
    source = copy.folder / "chapters/02-boot/boot.asm"
    course.change(source, {"    mov     esp, stack_top": "    mov \u00a0   esp, stack_top"})
    one_line(copy.make("02-boot", check=False),
             "boot.asm:20: this line has a character that only looks like a blank")


@pytest.mark.parametrize("compiler, better", [
    ("g++", "gcc"), ("ccache clang++-15", "ccache clang-15"), ("x86_64-linux-gnu-g++-12", "x86_64-linux-gnu-gcc-12")])
def test_a_compiler_for_another_language(copy, compiler, better):
    one_line(copy.make("02-boot", f"CC={compiler}", check=False),
             f"CC={compiler} is a compiler for C++, and the kernel is in C: try CC='{better}'")


def test_a_structure_that_does_not_fit_its_format(copy):
    header = copy.folder / "chapters/02-boot/elf64.h"
    header.write_text(header.read_text().replace("uint16_t e_phentsize", "uint32_t e_phentsize"))
    one_line(copy.make("02-boot", check=False), "static assertion failed", "e_ehsize")


def test_a_comment_after_the_folder_to_build_in(copy, empty_folder):
    copy.make("02-boot", "start", f"DIR={empty_folder}/mine")
    makefile = empty_folder / "mine/Makefile"
    text = makefile.read_text()
    makefile.write_text("BUILD = build$(VARIANT)  # here\n" + text)
    course.run("make", "-C", empty_folder / "mine", "build/kernel.elf")
    makefile.write_text("BUILD = build $(VARIANT)x\n" + text)
    one_line(course.run("make", "-C", empty_folder / "mine", check=False),
             'BUILD is "build x": it is the name of one folder, without blanks')


def test_a_temporary_folder_that_is_not_there(copy):
    one_line(copy.make("02-boot", "TMPDIR=/nonexistent", check=False),
             "TMPDIR=/nonexistent: there is no such folder")


def test_the_linker_s_own_symbol(copy):
    script = copy.folder / "chapters/01-freestanding/linker.ld"
    script.write_text(script.read_text().replace(" FILEHDR PHDRS", ""))
    one_line(copy.make("02-boot", check=False),
             "The linker defines __ehdr_start if the first segment in linker.ld has FILEHDR PHDRS.")


def test_unknown_folder_of_sources(copy, empty_folder):
    copy.make("02-boot", "start", f"DIR={empty_folder}/mine")
    one_line(course.run("make", "-C", empty_folder / "mine", "LAYERS=src", check=False),
             "LAYERS names a folder that does not exist: src")


def test_no_global_start(copy):
    source = copy.folder / "chapters/02-boot/boot.asm"
    source.write_text(source.read_text().replace("global _start\n", ""))
    one_line(copy.make("02-boot", check=False),
             "boot.asm hides _start from other files: add the line `global _start` to boot.asm.")


def test_clean_and_build_at_once(copy):
    for _ in range(3):
        copy.make("02-boot", "-j4", "clean", "all")
        assert (copy.build("02-boot") / "kernel.iso").exists()


def test_what_sudo_make_has_left():
    """A folder of root's, and a student's own with a file of root's. Where the tests are not
    root, files without the permission to write stand for these."""
    is_root = os.geteuid() == 0
    student = {"user": 65534, "group": 65534} if is_root else {}

    def give_to_root(path, mode):
        if not is_root:
            path.chmod(mode)

    with tempfile.TemporaryDirectory(prefix="bare-metal-c-") as name:
        copy = copy_to(Path(name))
        for path in (copy.folder, *copy.folder.rglob("*")):
            path.chmod(0o755)
        copy.make("02-boot")
        built = copy.build("02-boot")

        def as_student(*verbs):
            return course.run("make", "-C", "chapters/02-boot", *verbs, cwd=copy.folder,
                              check=False, **student)
        cure = "with sudo rm -r ../../build/02-boot and build without sudo from now on"
        give_to_root(built, 0o555)
        one_line(as_student(), "../../build/02-boot belongs to another user", cure)
        if is_root:
            os.chown(built, 65534, 65534)
        built.chmod(0o755)
        give_to_root(built / "addresses.inc", 0o444)
        one_line(as_student(), "/02-boot/addresses.inc belongs to another user", cure)
        assert as_student("help").returncode == 0
        shutil.rmtree(built)
        give_to_root(built.parent, 0o555)
        one_line(as_student(), "The folder ../../build/02-boot cannot be made",
                 "(If sudo make has made ../../build, remove it: sudo rm -r ../../build)")
        built.parent.chmod(0o755)


@pytest.mark.parametrize("name", ['a"b', "a`b", "a'b", "a#b", "a\\b", "a;b", "a$b"])
def test_a_folder_may_have_any_name(name, empty_folder):
    folder = empty_folder / name
    course.make("chapters/01-freestanding", "start", f"DIR={empty_folder}/mine")
    (empty_folder / "mine").rename(folder)
    course.run("make", "-C", folder, "build/kernel.elf")
    commands = json.loads(course.run(*MAKE, folder, "compile-commands").stdout)
    assert {command["directory"] for command in commands} == {str(folder)}
