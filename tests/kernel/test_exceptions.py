"""Chapter 4's kernel says what the CPU complains of, and where, whatever it is."""
import itertools
import re

import pytest

import bochs
import course
import crash
import elf

KERNEL = "tests/kernel/kernels/exceptions"
# A test writes a name of kernels/exceptions/provoke.c over the blanks.
MARK, SIZE = b"PROVOKE:", 32

# The size of a stack of descriptor_tables.c, in bytes.
IST_SIZE = 0x2000

GUARD = "in the guard page below the stack"
SELECTOR = "The error code names entry"
OVERFLOW = "The stack has overflowed: it has grown into the\n guard page below it."
LOST = "The stack pointer, RSP, is not in the stack"

# The names are those of the Intel SDM vol. 3A, "Exception and Interrupt Vectors"; for 28 to
# 30, those of the AMD APM vol. 2, "Vectors".
RESERVED = "Reserved exception"
# What raises an exception: its name, vector and error code, and more words. QEMU 7.2 doubles
# the number of an entry of the IDT in the error code, and later versions do not.
EXCEPTIONS = {
    "division": ("Divide error (#DE)", 0, 0, "The divisor was 0"),
    "debug": ("Debug exception (#DB)", 1, 0, ""),
    "int_2": ("Non-maskable interrupt (NMI)", 2, 0, "The hardware"),
    "breakpoint": ("Breakpoint (#BP)", 3, 0, ""),
    "int_4": ("Overflow (#OF)", 4, 0, ""),
    "int_5": ("Bound range exceeded (#BR)", 5, 0, ""),
    "invalid_opcode": ("Invalid opcode (#UD)", 6, 0, "or is ud2"),
    "no_device": ("Device not available (#NM)", 7, 0, ""),
    "int_9": ("Coprocessor segment overrun", 9, 0, ""),
    "faked_10": ("Invalid TSS (#TS)", 10, 0x18, f"{SELECTOR} 3 of the GDT."),
    "absent_segment": ("Segment not present (#NP)", 11, 0x18, f"{SELECTOR} 3 of the GDT."),
    "absent_stack": ("Stack-segment fault (#SS)", 12, 0x18, f"{SELECTOR} 3 of the GDT."),
    "gdt_entry": ("General protection fault (#GP)", 13, 0x80, f"{SELECTOR} 16 of the GDT."),
    "ldt_entry": ("General protection fault (#GP)", 13, 0x84, f"{SELECTOR} 16 of the LDT."),
    "idt_entry": ("General protection fault (#GP)", 13, (0x402, 0x802),
                  f"{SELECTOR} 128 of the IDT."),
    "not_canonical": ("General protection fault (#GP)", 13, 0, "not canonical"),
    "jump_not_canonical": ("General protection fault (#GP)", 13, 0, "not canonical"),
    "read_null": ("Page fault (#PF)", 14, 0, "It read from 0x10, in page 0, which is not mapped: "
                  "a null pointer?"),
    "write_null": ("Page fault (#PF)", 14, 2, "It wrote to 0x0, in page 0"),
    "call_null": ("Page fault (#PF)", 14, 0x10, "It jumped to 0x0, in page 0"),
    "read_unmapped": ("Page fault (#PF)", 14, 0, "It read from 0x50000000, which is not mapped."),
    "write_unmapped": ("Page fault (#PF)", 14, 2, "It wrote to 0x50000000, which is not"),
    "jump_unmapped": ("Page fault (#PF)", 14, 0x10, "It jumped to 0x50000000, which is not"),
    "write_code": ("Page fault (#PF)", 14, 3, "which is read-only."),
    "jump_to_data": ("Page fault (#PF)", 14, 0x11, "which is not executable."),
    "read_guard": ("Page fault (#PF)", 14, 0, f", {GUARD}."),
    "reserved_bit": ("Page fault (#PF)", 14, 8, "whose page-table entry has a reserved bit set."),
    "int_15": (RESERVED, 15, 0, ""),
    "x87_error": ("x87 floating-point error (#MF)", 16, 0, ""),
    "faked_17": ("Alignment check (#AC)", 17, 0x18, ""),
    "int_18": ("Machine check (#MC)", 18, 0, ""),
    "int_19": ("SIMD floating-point exception (#XM)", 19, 0, ""),
    "int_20": ("Virtualization exception (#VE)", 20, 0, ""),
    "faked_21": ("Control protection exception (#CP)", 21, 0x18, ""),
    **{f"int_{vector}": (RESERVED, vector, 0, "") for vector in (*range(22, 28), 31)},
    "int_28": ("Hypervisor injection exception (#HV)", 28, 0, ""),
    "faked_29": ("VMM communication exception (#VC)", 29, 0x18, ""),
    "faked_30": ("Security exception (#SX)", 30, 0x18, ""),
    "recursion": ("Double fault (#DF)", 8, 0, OVERFLOW),
    "large_frame": ("Double fault (#DF)", 8, 0, OVERFLOW),
    "stack_unmapped": ("Double fault (#DF)", 8, 0, LOST),
    "stack_null": ("Double fault (#DF)", 8, 0, LOST),
    "stack_not_canonical": ("Double fault (#DF)", 8, 0, LOST),
    # CR2 has the guard page's address from before.
    "stack_after_guard": ("Double fault (#DF)", 8, 0, LOST),
    "absent_gate": ("Double fault (#DF)", 8, 0, "could not be delivered: is its gate right?"),
    "absent_gate_of_trap": ("Segment not present (#NP)", 11, (0x1A, 0x32),
                            "names an entry of the IDT: is its gate right?"),
    "in_a_print": ("Page fault (#PF)", 14, 0, "It read from 0x50000000"),
}
# These stand for all.
FAST = ["division", "breakpoint", "idt_entry", "absent_segment", "jump_not_canonical",
        "write_null", "call_null", "write_code", "int_15", "faked_21", "recursion",
        "large_frame", "stack_unmapped", "in_a_print"]
# One for each way from the CPU to the panic: without and with an error code, on another
# stack, and in the middle of a print.
FEW = ["division", "write_null", "stack_null", "in_a_print", "large_frame"]
VARIANTS = ["O0", "O1", "O3", "Os", "clang", "clang-O0"]

# What the host says besides, where the kernel stands for a class of mistakes.
REPORTS = {
    "division": "because of a division error (#DE).\nThe divisor was 0, or",
    "breakpoint": "because of a breakpoint (#BP).\n  at breakpoint (provoke.c:",
    "invalid_opcode": "because of an invalid opcode (#UD).\nThe instruction is ud2",
    "idt_entry": "because of the instruction int 0x80.\n  at idt_entry (provoke.c:",
    "gdt_entry": "names entry 16 of the GDT. That table has only 5 entries.",
    "not_canonical": 'uses 0x7878787878787878 (the text "xxxxxxxx"), which is not canonical',
    "jump_not_canonical": "not equal bit 47. If it returned there, a loop may have run past the",
    "write_null": "\nIt wrote to 0x0, in page 0, which is not mapped: this was a null pointer.\n",
    "call_null": "\nIt jumped to 0x0, in page 0, which is not mapped: this was a null pointer.\n"
    "  at jump_to (shared/faults.h:28), in call_null (provoke.c:",
    "recursion": "which could not be delivered: a double fault (#DF).\nIt wrote to 0x",
    "stack_unmapped": "\nThe stack pointer, 0x50000000, is not in the kernel's stack",
    "in_a_print": "(chapters/03-vga/kprintf.c:",
    "in_a_panic": "called by in_a_panic (provoke.c:",
    "without_a_screen": "\nIt wrote to 0x50000140, which is not mapped.\n  at put_cell",
    "in_the_handler": "\nThe instruction is ud2",
}
FAST_REPORTS = ["breakpoint", "jump_not_canonical", "call_null", "recursion", "in_a_panic",
                "without_a_screen", "in_the_handler"]


def provoking(name, folder, variant="default"):
    """Returns the Kernel, in whose images stands what it is to do."""
    kernel = course.build(KERNEL, variant)

    def make(file):
        image = {"kernel.img": "image", "kernel-uefi.iso": "uefi_iso"}[file]
        before = getattr(kernel, image).read_bytes()
        assert before.count(MARK.ljust(SIZE)) == 1
        (folder / file).write_bytes(before.replace(
            MARK.ljust(SIZE), (MARK + name.encode()).ljust(SIZE)))
    changed = course.Kernel(kernel.folder, folder, make)
    changed.elf = kernel.elf
    return changed


def in_bochs(kernel):
    return bochs.boot(kernel, disk=kernel.image)


def panic_of(text):
    assert text.count("KERNEL PANIC") == 1, text
    return text.partition("KERNEL PANIC")[2]


def registers_of(text):
    return {name: int(value, 16) for name, value in
            re.findall(r"\b(R\w+|CR2|CS|SS) +0x([0-9a-f]{16})\b", text)}


def check_words(name, panic):
    title, vector, errors, words = EXCEPTIONS[name]
    assert any(panic.startswith(f"\n\n {title}, vector {vector}, error code {error:#x}.\n")
               for error in (errors if isinstance(errors, tuple) else (errors,))), panic
    assert words in panic
    assert panic.rstrip().endswith("The CPU is halted.")
    assert len(registers_of(panic)) == 21


@pytest.mark.parametrize("name", course.cases(FAST, sorted(EXCEPTIONS.keys() - set(FAST))))
def test_each_exception_is_named(name, empty_folder):
    kernel = provoking(name, empty_folder)
    with course.boot_until_halted(kernel) as machine:
        panic, screen, log = panic_of(machine.serial()), machine.screen(), machine.log()
    check_words(name, panic)
    # The screen shows the same, and all of it is white on red.
    assert [line.rstrip() for line in panic.strip().splitlines()] == \
        [line.rstrip() for line in panic_of(screen.text()).strip().splitlines()]
    assert {attribute for row in screen.cells for _, attribute in row} == {0x4F}
    # RIP and RSP are what the CPU had; after a trap, RIP is the instruction's end.
    registers = registers_of(panic)
    if not name.startswith("faked"):
        event = crash.events(log)[-1]
        assert event.vector == EXCEPTIONS[name][1]
        assert registers["RSP"] == event.sp
        assert 0 <= registers["RIP"] - event.pc <= 2


def test_all_registers_are_shown_as_they_were(empty_folder):
    with course.boot_until_halted(provoking("all_registers", empty_folder)) as machine:
        registers = registers_of(panic_of(machine.serial()))
    names = ["RAX", "RBX", "RCX", "RDX", "RSI", "RDI", "RBP", *(f"R{n}" for n in range(8, 16))]
    assert {name: registers[name] for name in names} == {
        name: 0xA0 + place for place, name in enumerate(names)}
    assert (registers["CS"], registers["SS"]) == (8, 16)


# A stack overflow as built with each, and one of the others.
@pytest.mark.parametrize("variant, name", course.cases(
    [("O0", "write_null"), ("O0", "recursion"), ("clang", "large_frame")],
    sorted({(variant, name) for variant, other in zip(VARIANTS, itertools.cycle(FEW))
            for name in (other, "recursion")})))
def test_exceptions_are_named_as_built_with(variant, name, empty_folder):
    with course.boot_until_halted(provoking(name, empty_folder, variant)) as machine:
        check_words(name, panic_of(machine.serial()))


@pytest.mark.parametrize("name", course.cases(["recursion"], ["division", "write_null"]))
def test_exceptions_are_named_under_uefi(name, empty_folder):
    kernel = provoking(name, empty_folder)
    with course.boot_until_halted(kernel, "uefi") as machine:
        check_words(name, panic_of(machine.serial()))


@pytest.mark.parametrize("name", course.cases(
    ["recursion"], ["division", "write_null", "gdt_entry", "stack_not_canonical", "int_2"]))
def test_exceptions_are_named_in_bochs(name, empty_folder):
    text = in_bochs(provoking(name, empty_folder)).screen.text()
    # No blank ends a row of the screen.
    check_words(name, panic_of(text))


def test_bochs_names_the_entry_of_the_idt(empty_folder):
    """By the manual's error code, which is not QEMU's."""
    text = panic_of(in_bochs(provoking("idt_entry", empty_folder)).screen.text())
    assert "vector 13, error code 0x402.\n The error code names entry 128 of the IDT." in text


@pytest.mark.parametrize("command, words", [
    ("nmi", "Non-maskable interrupt (NMI), vector 2"),
    ("mce 0 0 0xb200000000000000 0x5 0 0", "Machine check (#MC), vector 18"),
])
def test_what_the_hardware_raises_is_named(command, words, empty_folder):
    kernel = provoking("wait_for_event", empty_folder)
    with course.boot_until_halted(kernel) as machine:
        assert machine.serial().endswith("ready\n")
        machine.monitor(command)
        course.wait_until(lambda: "The CPU is halted." in machine.serial())
        assert f"\n {words}, error code 0x0.\n" in panic_of(machine.serial())
        # An NMI has the second stack for itself.
        start = kernel.symbols()["stacks"] + IST_SIZE
        assert (start < machine.registers()["RSP"] < start + IST_SIZE) == (command == "nmi")


@pytest.mark.parametrize("name", ["division", "write_null", "recursion"])
def test_c_is_called_by_the_abi(name, empty_folder):
    """System V ABI 3.2.2 and 3.2.1: at the entry of a function, RSP is 8 below a multiple of
    16, and the direction flag is clear, whatever it was before."""
    kernel = provoking(name, empty_folder)
    with kernel.boot(gdb=True) as machine:
        output = course.debug(
            machine, kernel, "break *provoke", "continue", "set $eflags = 0x446",
            "break *exception_handle", "continue", "info registers rsp eflags")
    values = dict(re.findall(r"^(\w+) +0x(\w+) ", output, re.MULTILINE))
    assert int(values["rsp"], 16) % 16 == 8
    assert int(values["eflags"], 16) & 0x400 == 0


def test_a_device_is_not_taken_for_a_double_fault(empty_folder):
    """The BIOS lets the timer interrupt by vector 8, where the CPU pushes no error code."""
    kernel = provoking("timer", empty_folder)
    with course.boot_until_halted(kernel) as machine:
        panic = panic_of(machine.serial())
        lines = crash.handled(elf.Kernel(str(kernel.elf)), machine)
    assert "\n This is not a double fault, but a device, such as the timer: " in panic
    assert "overflow" not in panic
    assert lines[0] == "The kernel has given up because of a device interrupt (vector 0x8)."
    assert "  at timer (" in "\n".join(lines)


@pytest.mark.parametrize("name", ["in_a_panic", "in_a_caught_panic", "without_a_screen",
                                  "in_the_handler", "in_the_handler_again"])
def test_an_exception_in_a_panic_is_reported_on_com1(name, empty_folder):
    with course.boot_until_halted(provoking(name, empty_folder)) as machine:
        said = machine.serial()
        registers = machine.registers()
    assert registers["RIP"]
    stopped, _, first = said.partition("\n This exception has stopped the panic:\n Vector 14, ")
    assert first and "\n The first exception, in full:\n" in first
    if name.startswith("in_the_handler"):
        assert first.endswith(" CR2 0x0.\n") and "\n  Vector 6, error code 0x0, RIP 0x" in first
    else:
        assert "\n Page fault (#PF), vector 14, " in first
    assert ("This text is " in stopped) == (name.endswith("_panic"))
    assert "never printed" not in said


@pytest.mark.parametrize("name", course.cases(
    FAST_REPORTS, sorted(REPORTS.keys() - set(FAST_REPORTS))))
def test_the_report_says_where_and_why(name, empty_folder):
    kernel = provoking(name, empty_folder)
    with course.boot_until_halted(kernel) as machine:
        lines = "\n".join(crash.handled(elf.Kernel(str(kernel.elf)), machine)) + "\n"
    assert lines.startswith("The kernel has given up because of ")
    assert REPORTS[name] in lines
    assert re.search(r"\n  at .*\n  (called by|the stack leads back to) provoke|"
                     r"\n  called by provoke ", lines) or name == "stack_unmapped", lines


def test_a_kernel_that_says_nothing_of_an_exception_gets_no_report():
    kernel = course.build("chapters/03-vga", demo="panic")
    with course.boot_until_halted(kernel) as machine:
        assert crash.handled(elf.Kernel(str(kernel.elf)), machine) == []


def test_without_a_log_the_report_still_says_where(empty_folder, monkeypatch):
    """As with KVM, which logs no exceptions."""
    kernel = provoking("division", empty_folder)
    with course.boot_until_halted(kernel) as machine:
        monkeypatch.setattr(machine, "log", lambda: "")
        lines = crash.handled(elf.Kernel(str(kernel.elf)), machine)
    assert lines[0] == "The kernel has given up because of an exception."
    assert re.fullmatch(r"  at division \(provoke\.c:\d+\)", lines[1]), lines


def test_without_a_stack_of_its_own_a_double_fault_is_a_triple_fault(empty_folder):
    target = course.project(empty_folder, "04-intrinsics", "descriptor_tables.c", {
        "    idt[VECTOR_DOUBLE_FAULT].ist = IST_DOUBLE_FAULT;\n": ""})
    said = course.run("make", "-C", target, "run", "DEMO=recursion", check=False).stdout
    assert "The kernel has crashed with a page fault (#PF), and its handler could not be " \
        "called.\nIt wrote to 0x" in said and f"{GUARD}: the stack has overflowed." in said


def test_the_stacks_for_double_faults_and_nmis_are_large_enough(empty_folder):
    """Without optimization, the report takes most: half of the stack stays unused."""
    kernel = provoking("recursion", empty_folder, "O0")
    start = kernel.symbols()["stacks"]
    with course.boot_until_halted(kernel) as machine:
        stack = machine.memory(start, IST_SIZE)
        assert start < machine.registers()["RSP"] < start + IST_SIZE
    used = len(stack.lstrip(b"\0"))
    assert 0 < used <= IST_SIZE // 2, used
