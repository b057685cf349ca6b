"""`make boot`, which boots a disk of the reader's own."""
import re
import shutil
from pathlib import Path

import pytest

import course
from course import MAKE, ROOT

STEPS = ROOT / "chapters/02-boot/loader/steps"
# Fills up a boot sector.
END = """
    times 510 - ($ - $$) db 0
    dw 0xAA55
"""
# Turns protected mode on, with segments that begin at 0 and reach 4 GiB.
PROTECTED = """
    cli
    lgdt [pointer]
    mov eax, cr0
    or al, 1
    mov cr0, eax
    jmp 8:protected
align 8
gdt:
    dq 0, 0x00CF9A000000FFFF, 0x00CF92000000FFFF
pointer:
    dw 23
    dd gdt
bits 32
protected:
    mov eax, 16
    mov ds, eax
    mov ss, eax
"""


def boot(folder, source, *arguments, name="disk.asm"):
    """Boots what NASM makes of a text; returns the status, and what make has printed."""
    disk = folder / name
    disk.write_text(f"bits 16\norg 0x7C00\n{source}")
    return booted(disk, *arguments)


def booted(disk, *arguments):
    result = course.run(*MAKE, ROOT, "boot", f"DISK={disk}", f"BUILD={disk.parent / 'build'}",
                        *arguments, check=False)
    return result.returncode, result.stdout


def test_a_letter_is_shown_and_where_the_cpu_halts(empty_folder):
    status, said = booted(Path(shutil.copy(STEPS / "letter.asm", empty_folder)))
    assert status == 0
    assert said.splitlines()[-2:] == [
        "A", "The CPU has halted in real mode, at 0x7c09, byte 0x9 of the disk's sector "
        "0: hlt."]


def test_an_image_is_booted_as_well_and_not_changed(empty_folder):
    course.run("nasm", "-f", "bin", STEPS / "letter.asm", "-o", empty_folder / "a letter")
    before = (empty_folder / "a letter").read_bytes()
    status, said = booted(empty_folder / "a letter")
    assert status == 0 and said.endswith(
        "\nA\nThe CPU has halted in real mode, at 0x7c09, byte 0x9 of the disk's sector 0.\n")
    assert (empty_folder / "a letter").read_bytes() == before


@pytest.mark.parametrize("source, lines", [
    ("hlt", "The BIOS has not started the disk: its first sector does not end in 0x55, 0xAA."),
    (f"{PROTECTED} cli\n hlt {END}",
     r"The CPU has halted in protected mode, at 0x7c.., byte 0x.. of the disk's sector 0: hlt\."),
    (f"{PROTECTED} int 0x10 {END}",
     r"The CPU has executed the instruction int 0x10 in protected mode, and nothing handles "
     r"it\.\n  at 0x7c.., byte 0x.. of the disk's sector 0: int 0x10\n  the registers .*"),
    (f"{PROTECTED} ud2 {END}",
     r"The CPU has crashed with an invalid opcode \(#UD\) in protected mode, and nothing "
     r"handles it\.\n  at 0x7c.., byte 0x.. .*\n  .*"),
    (f"jmp $ {END}",
     r"The CPU has not halted in 8 seconds\. It is in real mode, at 0x7c00, byte 0x0 of the "
     r"disk's sector 0: jmp \$\."),
    (f"mov ah, 0\n int 0x16 {END}",
     r"The CPU has not halted in 8 seconds\. It is in real mode, at 0x[c-f]....,"
     r" in the BIOS\."),
    (f"jmp 0x7C0:here - 0x7C00\nhere: cli\n hlt {END}",
     r"The CPU has halted in real mode, at 0x7c06, byte 0x6 of the disk's sector 0: hlt\."),
    # Without the far jump, the code is still read as 16-bit code.
    (f"{PROTECTED.replace('jmp 8:', 'jmp ')} div eax {END}",
     r"The CPU has crashed with .* in protected mode, and nothing handles it\.\nCS is still 0, "
     r"as in real mode: no far jump has loaded it\.\n.*\n.*"),
    # Code that lies elsewhere by now is no byte of the disk.
    (f"mov di, 0x7D00\n mov word [di], 0xF4FA\n jmp di {END}",
     r"The CPU has halted in real mode, at 0x7d01, where nothing of the disk lies\."),
    (f"mov al, 0xFE\n out 0x64, al\n cli\n hlt {END}",
     r"The machine has reset itself, and no exception has made it do so\. .*\n.*"),
    (f"mov al, 16\n out 0xF4, al\n cli\n hlt {END}", r"QEMU has ended\."),
], ids=["no signature", "halted", "int", "exception", "loop",
        "waits for a key", "segment", "near jump", "elsewhere", "reset", "ended"])
def test_the_last_lines_say_what_became_of_the_cpu(source, lines, empty_folder):
    said = boot(empty_folder, source, "PATIENCE=8")[1]
    said = re.sub(r"make.*: \*\*\* .*\n", "", said).rstrip()
    assert re.search(rf"^{lines}\Z", said, re.MULTILINE), said


def test_what_is_no_disk_is_one_line(empty_folder):
    (empty_folder / "empty").touch()
    for disk, why in [(empty_folder / "none", f"There is no file {empty_folder}/none"),
                      (empty_folder, f"There is no file {empty_folder}"),
                      (empty_folder / "empty", f"{empty_folder}/empty is empty: it has no "
                                               "first sector")]:
        status, said = booted(disk)
        assert status != 0 and said.splitlines()[0] == why
    said = course.run(*MAKE, ROOT, "boot", check=False).stdout
    assert "boot: DISK= is missing, such as DISK=~/loader/disk.asm." in said


def test_nasm_names_the_reader_s_file_and_line(empty_folder):
    status, said = boot(empty_folder, "mov ax, no_such_label", name="my disk.asm")
    assert status != 0
    assert said.startswith(f"{empty_folder}/my disk.asm:3: error: symbol `no_such_label' not defined")
