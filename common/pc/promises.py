"""What a kernel that has ended well may still have done wrong: its memory is not as its
file says, its page tables do not protect it, or its serial port stays silent."""
import re

from qemu_log import CR0_WP, EFER_LMA
from stack import PAGE_SIZE

LARGE_PAGE = 2 << 20
FIRST_MEBIBYTE = 1 << 20
# From here on, nothing is mapped (MAPPED_SIZE, in addresses.h).
END_OF_MAPPING = 1 << 30
# The addresses, in large pages, at which an identity mapping is looked at.
LOOKED_AT = (1, 2, 3, 4, 100, 511)


def not_loaded(kernel, machine):
    """Returns a line about a segment of constants that is not in memory; None if all are. A
    kernel writes to the others."""
    for segment in kernel.segments:
        # The image has a copy without debug information, and so with other headers.
        header = segment.headers_size()
        size = len(segment.content) - header
        if size > 0 and not segment.is_writable and \
                machine.memory(segment.start + header, size) != segment.content[header:]:
            return (f"The memory at {segment.start:#x} does not have what the kernel's file puts "
                    "there: is there memory, or has it been overwritten? linker.ld says where "
                    "the kernel lies.")
    return None


def too_low(kernel):
    """Returns a line about a segment that lies where the firmware has its data; None if
    none does."""
    for segment in kernel.segments:
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
            lines.append(f"The variable {names[0]} is in the segment at {segment.start:#x}, which "
                         "linker.ld does not make writable.")
    for one, other in zip(filled, filled[1:]):
        if (one.end - 1) // PAGE_SIZE == other.start // PAGE_SIZE:
            lines.append(f"Two segments with different permissions share the page at "
                         f"{other.start & -PAGE_SIZE:#x}: linker.ld must align each to a page.")
    return lines


def writable_ranges(machine):
    """Returns (start, end) of the addresses that the page tables let be written."""
    return [(int(start, 16), int(end, 16)) for start, end in re.findall(
        r"^([0-9a-f]+)-([0-9a-f]+) [0-9a-f]+ .rw", machine.monitor("info mem"), re.MULTILINE)]


def unprotected(kernel, machine, registers):
    """Returns lines about what paging_protect_kernel promises, and is not so; none for a
    kernel without that function."""
    if kernel.symbol("paging_protect_kernel") is None or \
            not registers.get("EFER", 0) & EFER_LMA:
        return []
    lines = []
    if not registers["CR0"] & CR0_WP:
        lines.append("CR0.WP is off: the kernel can write to read-only pages.")
    guard = kernel.symbol("stack_guard")
    for name, address in (("Page 0", 0), ("The guard page below the stack", guard)):
        if address is not None and machine.physical(address) is not None:
            lines.append(f"{name}, at {address:#x}, is mapped: an access there is not noticed.")
    can_write = writable_ranges(machine)
    for segment in kernel.segments:
        if segment.end > segment.start and not segment.is_writable and any(
                start <= segment.start < end for start, end in can_write):
            lines.append(f"The kernel's segment at {segment.start:#x} is not for writing, and the "
                         "page tables let it be written.")
    for number in LOOKED_AT:
        address = number * LARGE_PAGE
        physical = machine.physical(address)
        if physical != address:
            lines.append(f"The page tables map {address:#x} "
                         + (f"to {physical:#x}, and not to itself."
                            if physical is not None else "to nothing."))
            break
    if machine.physical(END_OF_MAPPING) is not None:
        lines.append(f"The page tables map {END_OF_MAPPING:#x}, although nothing from there on should "
                     "be mapped: have they been overwritten?")
    if lines and (tables := kernel.symbol("boot_pml4")) == registers.get("CR3"):
        lines.append(f"CR3 is {tables:#x}: the page tables of boot.asm are still in use.")
    return lines


def is_silent(kernel, machine):
    """Returns a line if a kernel that can send text to COM1 has sent none; else None."""
    if machine.serial().strip() or kernel.symbol("serial_put_char") is None:
        return None
    return ("Nothing has come over COM1, although the kernel has serial_put_char: are the port's "
            "address and its settings right?")


def broken(kernel, machine, registers):
    """Returns lines about all that cannot be seen on the screen."""
    return list(filter(None, [
        not_loaded(kernel, machine) or too_low(kernel), *wrong_segments(kernel), is_silent(kernel, machine),
        *unprotected(kernel, machine, registers)]))
