"""What students get wrong: the build says one line for each."""
import shutil

import course
from course import one_line


def test_unknown_demo(copy):
    one_line(copy.make("03-vga", "DEMO=scrol", check=False),
             "DEMO=scrol is unknown here", "panic remainder scroll")
    one_line(copy.make("03-vga", "DEMO=scroll panic", check=False),
             "DEMO=scroll panic is unknown here", "panic remainder scroll")
    one_line(copy.make("02-boot", "DEMO=x", check=False), "has no demos")


def test_unknown_chapter_to_extend(copy):
    makefile = copy.folder / "chapters/03-vga/Makefile"
    makefile.write_text(makefile.read_text().replace("02-boot", "2-boot"))
    one_line(copy.make("03-vga", check=False),
             "EXTENDS names a chapter that does not exist: ../2-boot")


def test_unknown_chapter_to_run(copy):
    result = course.run("make", "run", "CHAPTER=3", cwd=copy.folder,
                        check=False)
    one_line(result, "There is no chapter 3", "03-vga")
    assert not (copy.folder / "build").exists()


def test_a_setting_in_small_letters(copy):
    one_line(course.run("make", "run", "chapter=02-boot", cwd=copy.folder, check=False),
             "Settings are written in capitals: CHAPTER=02-boot")
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
             'A file has a blank in its name, which ends a name for Make: "kernel ..."')


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
             "has no Multiboot2 header that GRUB finds", "multiboot2.c")
    assert not (copy.build("02-boot") / "kernel.iso").exists()


def test_a_warning_is_shown_and_can_be_made_an_error(copy):
    source = copy.folder / "chapters/02-boot/prepare_memory.c"
    source.write_text(source.read_text() + "static int unused;\n")
    assert "-Wunused-variable" in copy.make("02-boot").stdout
    result = copy.make("02-boot", "WERROR=1", check=False)
    one_line(result, "error:", "unused")
