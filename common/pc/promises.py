"""What a kernel that has ended well may still have done wrong: its memory is not as its
file says, its page tables do not protect it, or its serial port stays silent."""
import re
import struct

import boot_code
import memory_map
from boot_code import LARGE_PAGE, LOOKED_AT
from instruction import not_canonical
from qemu_log import CR0_WP, DOUBLE_FAULT, EFER_LMA, table
from stack import PAGE_SIZE, Stack, above_stack, bounds

FIRST_MEBIBYTE = 1 << 20
# From here on, nothing is mapped (MAPPED_SIZE, in addresses.h).
END_OF_MAPPING = 1 << 30
DIRECTION_FLAG = 1 << 10
# What the other end of the cable expects of COM1: data bits, parity and stop bits, at one of
# the usual speeds. QEMU takes everything.
FRAMING = (8, "N", 1)
SPEEDS = (9600, 19200, 38400, 57600, 115200)
# A TSS in memory (Intel SDM vol. 3A, "64-Bit Task State Segment"): where its seven stacks are.
IST, ISTS = 0x24, 7
# A gate of the IDT: its size, and in byte 4, which of these stacks it names.
GATE_SIZE, EXCEPTIONS = 16, 32
# An entry of the GDT: its size, and the byte and the bit of it that the CPU writes (Intel SDM
# vol. 3A, 3.4.5.1).
DESCRIPTOR, TYPE_BYTE, ACCESSED = 8, 5, 1
# What the System V ABI wants the stack pointer to be a multiple of, at a call.
STACK_ALIGNMENT = 16


def not_loaded(kernel, machine):
    """Returns a line about a segment of constants that is not in memory; None if all are. A
    kernel writes to the others."""
    for segment in kernel.segments:
        # The image has a copy without debug information, and so with other headers.
        header = segment.headers_size()
        size = len(segment.content) - header
        if size <= 0 or segment.is_writable:
            continue
        found, wanted = machine.memory(segment.physical + header, size), segment.content[header:]
        if found == wanted:
            continue
        # The CPU sets the "accessed" bit of a segment that it loads.
        gdt, limit = table(machine.monitor("info registers"), "GDT")
        types = range(gdt + TYPE_BYTE, gdt + limit, DESCRIPTOR)
        changed = (at for at in range(size) if found[at] != wanted[at] and not (
            segment.start + header + at in types and found[at] == wanted[at] | ACCESSED))
        if (at := next(changed, None)) is not None:
            return (f"The memory at {segment.start + header + at:#x} does not have what the "
                    "kernel's file puts there: is there memory, or has it been overwritten? "
                    "linker.ld says where the kernel lies.")
    return None


def too_low(kernel):
    """Returns a line about a segment that lies where the firmware has its data; None if
    none does."""
    for segment in kernel.segments:
        if segment.start == 0 and 0 < len(segment.content) <= segment.headers_size():
            return ("A segment of the kernel lies at 0x0, and has nothing in it but the file's headers: is "
                    "the Multiboot2 header, a constant, in the section .multiboot2?")
        if segment.start < segment.end and segment.start < FIRST_MEBIBYTE:
            return (f"linker.ld puts a segment of the kernel at {segment.start:#x}, in the first MiB, "
                    "of which the firmware and the video card keep much for themselves.")
    return None


def wrong_segments(kernel):
    """Returns lines about segments whose permissions do not suit what is in them."""
    filled = [segment for segment in kernel.segments if segment.end > segment.start]
    lines = []
    entry = kernel.symbol("_start")
    if entry is not None and (segment := kernel.segment(entry)) and not segment.is_executable:
        lines.append(f"_start is in the segment at {segment.start:#x}, which linker.ld does not "
                     "make executable.")
    for segment in filled:
        names = kernel.variables(segment.start, segment.end)
        if names and not segment.is_writable:
            lines.append(f"The variable {names[0]} is in the segment at {segment.start:#x}, which linker.ld "
                         "does not make writable: should it be const, or should another "
                         "segment have its section?")
    for one, other in zip(filled, filled[1:]):
        if (one.end - 1) // PAGE_SIZE == other.start // PAGE_SIZE:
            lines.append(f"Two segments with different permissions share the page at "
                         f"{other.start & -PAGE_SIZE:#x}: linker.ld must align each to a page.")
    return lines


def is_alone(kernel, segment):
    """Is the first page of a segment its own? Else one of those that share it cannot have the
    permissions that it wants. An empty segment has none."""
    page = segment.start & -PAGE_SIZE
    return kernel.segments_between(page, page + PAGE_SIZE) == [segment]


def writable_ranges(machine):
    """Returns (start, end) of the addresses that the page tables let be written."""
    return [(int(start, 16), int(end, 16)) for start, end in re.findall(
        r"^([0-9a-f]+)-([0-9a-f]+) [0-9a-f]+ .rw", machine.monitor("info mem"), re.MULTILINE)]


def executable_pages(machine):
    """Returns the addresses of the pages that the page tables let be executed. In QEMU's list,
    X says that a page is not for execution (PTE_NO_EXECUTE)."""
    return {int(page, 16) for page in re.findall(
        r"^([0-9a-f]+): [0-9a-f]+ -[-A-Z]*\s*$", machine.monitor("info tlb"), re.MULTILINE)}


def pointer_at_call(kernel, machine, registers, main):
    """Returns the stack pointer right before boot.asm called C; None if the stack does not show
    it. main: the address of kernel_main."""
    top = kernel.symbol("stack_top")
    content = machine.memory(top - PAGE_SIZE, PAGE_SIZE)
    for at in range(PAGE_SIZE - 8, -1, -1):  # 32-bit code may have pushed any number of bytes
        if kernel.target_of_call(int.from_bytes(content[at:at + 8], "little")) == main:
            return top - PAGE_SIZE + at + 8
    # The return address may have been overwritten, or never lain in the stack.
    return Stack(kernel, machine, registers.get, 8).pointer_before(main, registers["RIP"] - 1)


def askew(kernel, machine, registers):
    """Returns a line about a stack pointer that was not a multiple of 16, or above the stack,
    when boot.asm called C; None if all is well, or if the stack does not show it."""
    top, main = kernel.symbol("stack_top"), kernel.symbol("kernel_main")
    if None in (top, main) or not registers["CS64"]:
        return None
    pointer = pointer_at_call(kernel, machine, registers, main)
    if pointer is None or pointer > top or pointer % STACK_ALIGNMENT == 0:
        return above_stack(kernel, pointer)
    return (f"kernel_main was called with the stack pointer {pointer:#x}, which is not a multiple of "
            "16, as the ABI wants it: does boot.asm push something, or is stack_top misplaced?")


def not_recovered(kernel, machine):
    """Returns a line about a place to go back to that a kernel has kept to its end, although it
    expects no exception any more; None if it has not."""
    place = kernel.symbol("recovery_stack")
    left = int.from_bytes(machine.memory(place, 8), "little") if place is not None else 0
    return (f"recovery_stack is {left:#x} at the end, and not 0: do exceptions_catch and "
            "save_registers take from the stack what is there, up to the iretq?") if left else None


def no_task(kernel, registers):
    """Returns a line about a task register that names no TSS, although the kernel has one; None
    if it does. QEMU takes such a selector (Intel SDM vol. 2A, LTR: a CPU does not)."""
    if kernel.symbol("descriptor_tables_init") is None or registers.get("TR", 0) & ~3:
        return None
    return ("TR names no TSS, so no gate can have a stack of its own (IST): ltr wants a selector, "
            "which is the number of the GDT's entry times 8.")


def no_stack(kernel, machine):
    """Returns a line about a double fault's gate that names no stack of the TSS; None if it does,
    or if the kernel names no IDT or no TSS."""
    idt = kernel.symbol("idt")
    if idt is None or kernel.symbol("tss") is None:
        return None
    gate = machine.memory(idt + DOUBLE_FAULT * GATE_SIZE, GATE_SIZE)
    return ("The gate of the double fault, entry 8 of the IDT, names no stack of its own (IST), so a "
            "stack that has overflowed would reset the machine.") if not gate[4] & 7 else None


def shared_stack(kernel, machine, tops):
    """Returns a line about two gates of the IDT that have different numbers of a stack, and the
    same stack; None if there are none. tops: the stacks of the TSS."""
    idt = kernel.symbol("idt")
    gates = machine.memory(idt, EXCEPTIONS * GATE_SIZE) if idt is not None else b""
    owners = {}
    for number in sorted({gates[at + 4] & 7 for at in range(0, len(gates), GATE_SIZE)} - {0}):
        # The CPU aligns the stack (Intel SDM vol. 3A, "64-Bit Mode Stack Frame").
        top = tops[number - 1] & -STACK_ALIGNMENT
        if top in owners:
            return (f"ist[{owners[top]}] and ist[{number - 1}] of the TSS are the same stack, {top:#x}: an "
                    "exception that comes while another is handled would overwrite what that needs.")
        owners[top] = number - 1
    return None


def wrong_stacks(kernel, machine):
    """Returns a line about a stack of the TSS that cannot be one, or whose lowest address the
    TSS has, and not the one where it ends; None if there is none, or if the kernel does not
    name its TSS."""
    tss = kernel.symbol("tss")
    if tss is None:
        return None
    tops = struct.unpack(f"<{ISTS}Q", machine.memory(tss + IST, ISTS * 8))
    if line := shared_stack(kernel, machine, tops):
        return line
    for number, top in enumerate(tops):
        if not_canonical(top):
            return (f"The CPU reads {top:#x} as ist[{number}] of the TSS, which is not an address: is struct tss "
                    "packed, and are its members in the CPU's order?")
        name, size = kernel.object_at(top) or (None, 0)
        # A stack that ends there may be what lies below.
        if any(top < other < top + size for other in tops):
            return (f"ist[{number}] of the TSS is {top:#x}, where {name} begins, and a handler would "
                    "write to what lies below. A stack grows down: the TSS wants the address where "
                    "it ends.")
    return None


def runs_backward(registers):
    """Returns a line about the direction flag, DF, if it is set (System V ABI, 3.2.1)."""
    flags = registers.get("RFL", registers.get("EFL", 0))
    return ("The direction flag, DF, is set: `rep movsb` and its kin run toward lower addresses. The ABI "
            "wants it clear, as cld leaves it.") if flags & DIRECTION_FLAG else None


def odd_settings(kernel, machine):
    """Returns a line about settings of COM1 that would make its text unreadable on a PC; None if
    they will do, or if it cannot be said."""
    if kernel.symbol("serial_put_char") is None or not machine.serial():
        return None
    settings = machine.serial_settings()
    if settings is None:
        return ("Nothing has set COM1 up: is init_com1 called? QEMU shows the text anyway, but a PC at "
                "the other end of a cable would not.")
    speed, parity, data, stop = settings
    if speed in SPEEDS and (data, parity, stop) == FRAMING:
        return None
    return (f"COM1 sends {speed} bits a second, each byte as {data} bits, parity {parity}, {stop} stop "
            f"bit{'s' if stop > 1 else ''}. QEMU shows the text anyway, but a PC at the other end "
            "of a cable would not: it expects 115200 bits a second, 8N1.")


def staircase(kernel, machine):
    """Returns a line about lines on COM1 that end without a carriage return; None if none do."""
    if kernel.symbol("serial_put_char") is None or not machine.has_bare_line_feeds():
        return None
    return ("The lines that came over COM1 end in '\\n' alone: a terminal at the other end of a cable would "
            "begin each where the last one ended. serial_put_char should send '\\r' before each '\\n'.")


def unprotected(kernel, machine, registers):
    """Returns lines about what paging_protect_kernel promises, and is not so; none for a
    kernel without that function, or one that is mapped elsewhere."""
    if kernel.symbol("paging_protect_kernel") is None or not registers.get("EFER", 0) & EFER_LMA \
            or not kernel.is_identity_mapped:
        return []
    lines = []
    if not registers["CR0"] & CR0_WP:
        lines.append("CR0.WP is off: the kernel can write to read-only pages.")
    guard = kernel.symbol("stack_guard")
    for name, address in (("Page 0", 0), ("The guard page below the stack", guard)):
        if address is not None and machine.physical(address) is not None:
            lines.append(f"{name}, at {address:#x}, is mapped: an access there is not noticed.")
    can_write = writable_ranges(machine)
    alone = [segment for segment in kernel.segments if is_alone(kernel, segment)]
    for segment in alone:
        if not segment.is_writable and any(
                start <= segment.start < end for start, end in can_write):
            lines.append(f"The kernel's segment at {segment.start:#x} is not for writing, and the "
                         "page tables let it be written.")
    can_execute = executable_pages(machine)
    for segment in alone:
        if not segment.is_executable and segment.start & -PAGE_SIZE in can_execute:
            lines.append(f"The kernel's segment at {segment.start:#x} is not for execution, and the "
                         "page tables let it be executed: is PTE_NO_EXECUTE set, and right?")
    for number in LOOKED_AT:
        address = number * LARGE_PAGE
        physical = machine.physical(address)
        if physical != address:
            lines.append(f"The page tables map {address:#x} "
                         + (f"to {physical:#x}, and not to itself."
                            if physical is not None else "to nothing."))
            break
    if machine.physical(END_OF_MAPPING) not in (None, END_OF_MAPPING):
        lines.append(f"The page tables map {END_OF_MAPPING:#x}, although nothing from there on should "
                     "be mapped: have they been overwritten?")
    limits = bounds(kernel)
    if limits and limits[0] <= registers["CR3"] < limits[1]:
        lines.append(f"CR3 is {registers['CR3']:#x}, which is in the stack: the page tables must not be "
                     "local variables, because the stack is used again when their function returns.")
    if lines and (tables := kernel.symbol("boot_pml4")) == registers.get("CR3"):
        lines.append(f"CR3 is {tables:#x}: the page tables of boot.asm are still in use.")
    return lines


def is_silent(kernel, machine):
    """Returns a line if a kernel that can send text to COM1 has sent none; else None."""
    if machine.serial().strip() or kernel.symbol("serial_put_char") is None:
        return None
    if machine.serial():
        return "Nothing but ends of lines has come over COM1: what is serial_put_char called with?"
    return ("Nothing has come over COM1, although the kernel has serial_put_char: is that called, and "
            "are the port's address and its settings right?")


def broken(kernel, machine, registers):
    """Returns lines about all that cannot be seen on the screen."""
    return list(filter(None, [
        not_loaded(kernel, machine) or too_low(kernel), *wrong_segments(kernel),
        is_silent(kernel, machine), boot_code.jumped_to_main(kernel) or askew(kernel, machine, registers),
        not_recovered(kernel, machine),
        no_task(kernel, registers) or no_stack(kernel, machine) or wrong_stacks(kernel, machine),
        memory_map.wrong(kernel, machine), odd_settings(kernel, machine),
        staircase(kernel, machine), runs_backward(registers),
        *(unprotected(kernel, machine, registers)
          or [boot_code.undone(kernel, machine, registers)])]))
