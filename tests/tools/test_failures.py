"""What `make run` says when a kernel crashes, loops or does not start."""
import re

import pytest

import course
import crash
import elf
import qemu
import tail
from course import MAKE, broken_kernel, build_folder, change, project


def test_an_exception_without_end_is_named_and_fills_nothing():
    """Its handler returns and cures nothing; QEMU logs each time, and the handler prints."""
    kernel = course.build("tests/kernel/kernels/endless")
    with kernel.boot() as machine:
        assert machine.wait(6) == qemu.RUNNING
        assert "a page fault\n" * 100 in machine.serial()
        words = crash.again_and_again(elf.Kernel(str(kernel.elf)), machine, machine.log())
        assert len(machine.log()) <= tail.LIMIT
    lines = words.splitlines()
    assert lines[0].startswith("The kernel has raised a page fault (#PF) again and again")
    assert lines[1].startswith("It read from 0x10, in page 0")
    assert re.fullmatch(r"  at kernel_main \(.*kernel\.c:\d+\)", lines[2])


def test_a_crash_is_explained_however_long_the_log_is():
    """From 100,000 on, QEMU's numbers take all the room that it has for them."""
    kernel = course.build("tests/kernel/kernels/faults", demo="read_page_0")
    with kernel.boot() as machine:
        assert machine.wait(course.PATIENCE) == qemu.CRASHED
        log = re.sub(r"^ +(\d+): v=", r"12345\1: v=", machine.log(), flags=re.MULTILINE)
        words = crash.triple_fault(elf.Kernel(str(kernel.elf)), log, "LOG", machine)
    assert "It read from 0x10, in page 0" in words


def test_a_crash_is_explained(empty_folder):
    target = broken_kernel(empty_folder, "    *(volatile int *)0xFF8 = 1;")
    result = course.run(*MAKE, target, "run", check=False)
    assert result.returncode != 0
    assert "Hello World!" in result.stdout
    assert "The kernel has crashed with a page fault (#PF)" in result.stdout
    assert "It wrote to 0xff8, in page 0, which is not mapped: a null pointer with an " \
        "offset, a number taken for an address, or an index below 0?" in result.stdout
    assert "  at kernel_main (kernel.c:" in result.stdout
    assert (target / "build" / "qemu.log").stat().st_size > 1000


@pytest.mark.parametrize("mistake, name", course.cases([
    ("volatile int zero = 0; zero = 100 / zero;", "a division error (#DE)"),
    ("__builtin_trap();", "an invalid opcode (#UD)")], [
    ('__asm__ volatile("int3");', "a breakpoint (#BP)"),
    ('__asm__ volatile("movw %w0, %%ss" : : "r"(0x1000));',
     "a general protection fault (#GP)"),
    ('__asm__ volatile("int $0x10");', "the instruction int 0x10"),
    ('__asm__ volatile("sti"); for (;;) continue;',
     "a device interrupt (vector 0x8)"),
]))
def test_an_exception_is_named(mistake, name, empty_folder):
    target = broken_kernel(empty_folder, f"    {mistake} halt_forever();")
    result = course.run(*MAKE, target, "run", check=False)
    assert f"The kernel has crashed with {name}, " in result.stdout
    assert "  at kernel_main (kernel.c:" in result.stdout


def test_an_endless_loop_is_reported(empty_folder):
    target = broken_kernel(empty_folder, "    for (;;) continue;")
    result = course.run(*MAKE, target, "run", "PATIENCE=5", check=False)
    assert result.returncode != 0
    assert "Hello World!" in result.stdout
    assert "The kernel has not halted in 5 seconds: is it in a loop? The CPU is in " in \
        result.stdout


def test_a_reserved_bit_is_told_from_a_page_that_is_not_mapped(empty_folder):
    target = project(empty_folder, "02-boot", "boot.asm", {"EFER_LME | EFER_NXE": "EFER_LME"})
    result = course.run(*MAKE, target, "run", check=False)
    assert "whose page-table entry has a reserved bit set: is EFER.NXE on" in \
        result.stdout


def test_a_kernel_that_grub_does_not_start_is_reported(empty_folder):
    """Long before its time is up, and with GRUB's own reason, or with what is wrong with
    grub.cfg."""
    target = project(empty_folder, "02-boot")
    menu = target / "common" / "grub.cfg"
    right = menu.read_text()
    for wrong in (right.replace("kernel.elf", "kernel.efl"),
                  right.replace("multiboot2", "multiboot"), right.replace("boot\n", "\n")):
        menu.write_text(wrong)
        result = course.run(*MAKE, target, "run", "PATIENCE=1000", check=False)
        assert result.returncode != 0
        assert "GRUB has not started the kernel, and shows its prompt. It can load the " \
            "kernel, so the mistake must be in grub.cfg" in result.stdout
    menu.write_text(right)
    change(target / "multiboot2.c", {"0u -": "1u -"})
    result = course.run(*MAKE, target, "run", "GRUB_FILE=true", check=False)
    assert "shows its prompt. It says: error: no multiboot header found." in result.stdout


def test_grub_cfg_is_not_blamed_for_a_machine_that_is_too_small():
    result = course.make("chapters/03-vga", "run", "QEMUFLAGS=-m 2", course.build_folder(),
                         check=False)
    assert result.returncode != 0 and "must be in grub.cfg" not in result.stdout
    assert "memory" in result.stdout


@pytest.mark.needs_all
def test_grub_s_prompt_under_uefi_is_recognized(empty_folder):
    target = project(empty_folder, "02-boot")
    how = ("run", "FIRMWARE=uefi", "GRUB_FILE=true", "PATIENCE=1000")
    menu = target / "common" / "grub.cfg"
    right = menu.read_text()
    menu.write_text(right.replace("multiboot2", "multiboot"))
    said = course.run(*MAKE, target, *how, check=False).stdout
    assert "shows its prompt. It can load the kernel, so the mistake must be" in said
    menu.write_text(right)
    change(target / "multiboot2.c", {"0u -": "1u -"})
    said = course.run(*MAKE, target, *how, check=False).stdout
    assert "shows its prompt. It says: error: no multiboot header found." in said


@pytest.mark.parametrize("flags, words", [
    ("-S", "QEMU has not started the CPU: -S in QEMUFLAGS tells it to wait."),
    ("-M microvm", "which is not in the kernel"),
])
def test_a_kernel_that_has_never_started_is_not_said_to_run(flags, words):
    result = course.make("chapters/02-boot", "run", f"QEMUFLAGS={flags}", "PATIENCE=5",
                         build_folder(), check=False)
    assert result.returncode != 0 and words in result.stdout, result.stdout
    assert "loop" not in result.stdout


def test_a_kernel_main_that_is_called_too_early_is_named(empty_folder):
    """As 32-bit code, it goes astray: a mode is all that can be seen."""
    target = project(empty_folder, "02-boot", "boot.asm", {
        "    call    enter_long_mode\n": "    call    kernel_main\n    call    enter_long_mode\n"})
    result = course.run(*MAKE, target, "run", "PATIENCE=5", check=False)
    assert result.returncode != 0
    assert "is in 32-bit mode: if the kernel has started, it has not turned long mode on, or " \
        "has run 64-bit code before that." in result.stdout or \
        "The CPU ran this 64-bit code as 32-bit code: nothing has turned long mode on" in \
        result.stdout, result.stdout


def test_a_loader_that_waits_is_not_said_to_be_the_kernel(empty_folder):
    target = project(empty_folder, "02-boot")
    menu = target / "common" / "grub.cfg"
    menu.write_text(f"set timeout=-1\nmenuentry kernel {{\n{menu.read_text()}}}\n")
    result = course.run(*MAKE, target, "run", "PATIENCE=5", check=False)
    assert result.returncode != 0
    assert "GRUB has shown its menu for 5 seconds. With `set timeout=0`, grub.cfg starts " \
        "the first entry at once." in result.stdout


@pytest.mark.parametrize("name, old, new, words", course.cases([
    ("boot.asm", "gdt.code:start_64", "start_64",
     "The CPU ran this 64-bit code as 32-bit code: long mode is on, but CS is still a "
     "32-bit segment")], [
    ("boot.asm", "EFER_LME | EFER_NXE", "EFER_NXE",
     "Paging is on, and long mode is not: in enter_long_mode, EFER.LME must be set"),
    ("boot.asm", "    mov     eax, boot_pml4", "    xor     eax, eax", "CR3 is 0: the CPU"),
    ("kernel.c", "    halt_forever();",
     '    __asm__ volatile("mov $0x1000, %rsp; push %rax");\n    halt_forever();',
     "The stack pointer, 0x1000, is not in the kernel's stack"),
    ("kernel.c", "    halt_forever();", "    volatile char large[40000];\n"
     "    for (int i = 0; i < 40000; i++)\n        large[i] = 1;\n    halt_forever();",
     "is below the stack and its guard page: has the stack overflowed"),
    ("boot.asm", "mov     esp, stack_top", "mov     esp, stack_guard",
     "or was the pointer wrong from the start?"),
]))
def test_a_wrong_mode_or_stack_is_named(name, old, new, words, empty_folder):
    target = project(empty_folder, "02-boot", name, {old: new})
    result = course.run(*MAKE, target, "run", check=False)
    assert words in result.stdout, result.stdout
