"""What QEMU's log says about a crash is put into words: logs made up for each case. And
calls are found in a kernel's code."""
import re

import pytest

import course
import crash
import elf

PAGE_FAULT, NOT_PRESENT, PROTECTION = 0x0E, 0x0B, 0x0D


class NoMachine:
    """Stands for the machine of a log that is made up: it has no memory."""

    @staticmethod
    def memory(_, size):
        return b"\xFF" * size

    @staticmethod
    def physical(_):
        return None


def record(vector, error, old=0xFFFFFFFF, address=None, instruction=0):
    """Returns what QEMU logs about an event; old: the exception that was being
    delivered. An instruction is no exception."""
    check = "" if instruction else f"check_exception old: {old:#x} new {vector:#x}\n"
    cr2 = f" CR2={address:016x}" if address is not None else " env->regs[R_EAX]=0"
    return (f"{check}     3: v={vector:02x} e={error:04x} i={instruction} cpl=0 "
            "IP=0008:0000000000101000 pc=0000000000101000 SP=0010:0000000000106000"
            f"{cr2}\n")


def explained(*records):
    kernel = course.build("chapters/02-boot")
    log = "".join(records) + "check_exception old: 0x8 new 0xd\nTriple fault\n"
    return crash.triple_fault(elf.Kernel(str(kernel.elf)), log, "LOG", NoMachine)


@pytest.mark.parametrize("vector, error, words", [
    (PROTECTION, 0x28, "Its error code, 0x28, names entry 5 of the GDT."),
    (PROTECTION, 0x2C, "Its error code, 0x2c, names entry 5 of the LDT."),
    (NOT_PRESENT, 0x19, "Its error code, 0x19, names entry 3 of the GDT, on the way to "
     "another event's handler."),
    (0x0C, 0x10, "Its error code, 0x10, names entry 2 of the GDT."),
    (0x0A, 0x38, "Its error code, 0x38, names entry 7 of the GDT."),
])
def test_an_error_code_names_the_entry(vector, error, words):
    assert f"\n{words}\n" in explained(record(vector, error))


def test_a_null_function_pointer_is_named_while_page_0_is_mapped():
    """Its zeros and the BIOS's table are executed as far as they make sense."""
    said = explained(record(0x06, 0).replace("0000000000101000", "0000000000000029"))
    assert "\nThe CPU was in page 0: was a null function pointer called, or a wrong return " \
        "address taken from the stack?\n  at 0x29, which is not in the kernel" in said


def test_an_error_code_of_0_means_nothing():
    assert "error code" not in explained(record(PROTECTION, 0))


@pytest.mark.parametrize("first", [
    record(PAGE_FAULT, 2, address=0x10), record(0x80, 0, instruction=1)])
def test_a_gate_that_is_not_present_is_named(first):
    vector = PAGE_FAULT if "v=0e" in first else 0x80
    old = vector if vector == PAGE_FAULT else 0xFFFFFFFF
    words = explained(first, record(NOT_PRESENT, vector << 3 | 2, old=old))
    name = "a page fault (#PF)" if vector == PAGE_FAULT else "the instruction int 0x80"
    assert f"crashed with {name}" in words
    assert f"entry {vector} of the IDT is there, but its present bit is not set." in words


def test_without_an_idt_there_is_no_word_about_a_gate():
    words = explained(record(PAGE_FAULT, 2, address=0x10),
                      record(PROTECTION, PAGE_FAULT << 3 | 2, old=PAGE_FAULT))
    assert "crashed with a page fault" in words and "IDT" not in words


@pytest.mark.parametrize("error, words", [
    (0x05, "Code in ring 3 read from 0x400000, which the page tables do not allow there"),
    (0x07, "Code in ring 3 wrote to 0x400000, which the page tables do not allow there"),
    (0x15, "Code in ring 3 jumped to 0x400000, which the page tables do not allow there"),
    (0x04, "Code in ring 3 read from 0x400000, which is not mapped."),
    (0x11, "It jumped to 0x400000, which is not executable."),
    (0x03, "It wrote to 0x400000, which is read-only."),
    (0x21, "It read from 0x400000, which its protection key forbids."),
    (0x09, "It read from 0x400000, whose page-table entry has a reserved bit set"),
])
def test_a_page_fault_says_who_and_why(error, words):
    assert f"\n{words}" in explained(record(PAGE_FAULT, error, address=0x400000))


def test_each_call_in_a_kernel_is_recognized():
    """As the disassembler has them; nothing else is taken for one."""
    kernel = course.build("chapters/04-intrinsics")
    file = elf.Kernel(str(kernel.elf))
    lines = re.findall(r"^ +([0-9a-f]+):\t(.*)$", course.run(
        "objdump", "-d", "--no-show-raw-insn", kernel.elf).stdout, re.MULTILINE)
    calls = 0
    for (_, instruction), (address, _) in zip(lines, lines[1:]):
        called = re.match(r"call +([0-9a-f]+)", instruction)
        target = file.target_of_call(int(address, 16))
        assert (target if target in file.functions else None) == (
            int(called[1], 16) if called else None), (address, instruction)
        calls += bool(called)
    assert calls > 50


def test_each_form_of_an_indirect_call_is_recognized(empty_folder):
    forms = ["rax", "r12", "[rbx]", "[r12]", "[rsp]", "[rbp]", "[r13 + 8]", "[rsp + 8]",
             "[rbx + 1000]", "[rsp + 1000]", "[rel here]", "[0x1000]", "[rax * 8 + 1000]",
             "[rax + rbx * 8]", "[rbp + rbx * 8 + 8]"]
    others = ["jmp rax", "mov rax, [rbx]", "push rax", "inc dword [rbx]", "jmp [rsp + 8]"]
    source = empty_folder / "calls.asm"
    source.write_text("".join(
        ["bits 64\nsection .text\nglobal _start\n_start:\nhere:\n",
         *(f"call {form}\nyes{n}:\n" for n, form in enumerate(forms)),
         *(f"{other}\nno{n}:\n" for n, other in enumerate(others)), "nop\n"]))
    course.run("nasm", "-f", "elf64", source, cwd=empty_folder)
    course.run("ld", "-o", "calls", "calls.o", cwd=empty_folder)
    file = elf.Kernel(str(empty_folder / "calls"))
    for n, form in enumerate(forms):
        assert file.follows_call(file.symbol(f"yes{n}")), form
    for n, other in enumerate(others):
        assert not file.follows_call(file.symbol(f"no{n}")), other
