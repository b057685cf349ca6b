"""Says in words what a page fault was about (Intel SDM vol. 3A, "Page-Fault Exceptions")."""
import re

from qemu_log import (EFER_NXE, FETCH, KEY, PRESENT, RESERVED, SHADOW_STACK, USER, WRITE)
from stack import PAGE_SIZE, bounds

# No machine here has more memory than this, in bytes, or longer physical addresses.
MOST_MEMORY, MOST_ADDRESSES = 1 << 36, 1 << 40
# The bits below the address in CR3, but for PWT and PCD (Intel SDM vol. 3A, 4.5.2).
CR3_NO_FLAGS = 0xFE7


def _shared_page(kernel, address):
    """Returns a sentence about two segments of the kernel that share the page of an
    address; nothing if it has at most one. Permissions are those of a whole page."""
    page = address & -PAGE_SIZE
    sharing = kernel.segments_between(page, page + PAGE_SIZE)
    if len(sharing) < 2:
        return ""
    return (f" In this page, one segment of the kernel ends and another starts, at "
            f"{sharing[1].start:#x}: linker.ld must align each to a page of its own.")


def _refusal(kernel, error, address, has_nxe):
    """Returns why the page tables forbid what was tried at an address."""
    if error & RESERVED:
        cause = "have the page tables been overwritten" if has_nxe else "is EFER.NXE on"
        return (f"whose page-table entry has a reserved bit set: {cause}, or is the address "
                "in the entry wrong?")
    if not error & PRESENT:
        if not kernel.segment(address):
            return "which is not mapped"
        # Page 0 is left out on purpose.
        return "which is not mapped, although it belongs to the kernel" + (
            "" if address < PAGE_SIZE else ": do the page tables lack it, or have they been overwritten?")
    if error & USER:
        return ("which the page tables do not allow there: is the U/S bit set at every "
                "level, and the page writable or executable as needed?")
    if error & KEY:
        return "which its protection key forbids"
    if error & SHADOW_STACK:
        return "as a shadow stack, which it is not"
    if error & FETCH:
        return "which is not executable"
    if not error & WRITE:
        return "which is not readable"
    segment = kernel.segment(address)
    if segment and segment.is_writable:
        return ("which is read-only, although linker.ld makes that segment of the kernel writable: "
                "does PTE_WRITABLE reach its page-table entries?")
    name, _ = kernel.object_with(address) or (None, 0)
    return f"which is read-only: the variable {name} is in a segment that linker.ld does not make writable" \
        if name else "which is read-only"


def _why_page_0(kernel, event):
    """Returns how code has come to an address in page 0."""
    instruction = "" if event.is_fetch or not kernel.has_code_at(event.pc) else \
        kernel.instruction(event.pc, event.is_32_bit())
    if "fs:0x28" in instruction:
        return ("the compiler's stack protector expects a number at fs:0x28, but FS is 0 in "
                "this kernel. Remove -fstack-protector from CFLAGS; chapter 4 has SANITIZE=stack")
    if found := re.search(r"\b[fg]s:", instruction):
        return f"it used {found[0][:-1].upper()}, which has no address in this kernel"
    if event.address:
        return "a null pointer with an offset, a number taken for an address, or an index below 0?"
    return "this was a null pointer"


def explained(kernel, event):
    """Returns what was tried at the address, and why it is not allowed."""
    error, address = event.error, event.address
    who = "Code in ring 3" if error & USER else "It"
    verb = "jumped to" if event.is_fetch else "wrote to" if error & WRITE else "read from"
    guard = kernel.symbol("stack_guard")
    if guard is not None and guard <= address < guard + PAGE_SIZE:
        why = "in the guard page below the stack"
        if kernel.symbol("stack_top") == guard + PAGE_SIZE:
            why += ": the stack has no room, because stack_top is where it begins"
        elif event.sp <= guard + PAGE_SIZE:
            why += ": the stack has overflowed"
    elif address < PAGE_SIZE and not error & PRESENT and not kernel.segment(address):
        why = "in page 0, which is not mapped: " + _why_page_0(kernel, event)
    else:
        why = _refusal(kernel, error, address,
                       event.bits("EFER") & EFER_NXE)
    line = f"{who} {verb} {address:#x}, {why}{'' if why[-1] == '?' else '.'}"
    if error & PRESENT:
        line += _shared_page(kernel, address) + _stack_segment(kernel, address)
    return line


def _stack_segment(kernel, address):
    """Returns a sentence about a stack that linker.ld has put into a segment without the
    permission to write; nothing if the address is not there."""
    limits, segment = bounds(kernel), kernel.segment(address)
    if limits is None or not limits[0] <= address < limits[1] or segment.is_writable:
        return ""
    if segment.is_executable:
        return " The stack is there, in the segment of the code: in linker.ld, the line of .bss must end in :data."
    return " The stack is there: linker.ld must give the segment of .bss FLAGS(6)."


def own_code(kernel, event):
    """Returns why the kernel's own code could not be fetched."""
    address = event.address
    line = f"The CPU could not fetch its next instruction, at {address:#x}: "
    if not event.error & PRESENT:
        line += "the page tables that are in use now do not map the kernel's own code."
        # The CPU takes the lowest 12 bits of CR3 for flags.
        if event.bits("CR3") & CR3_NO_FLAGS:
            line += (f" CR3 is {event.bits('CR3'):#x}, and the first table must begin at a multiple "
                     "of 4096: is it aligned?")
        return line
    if not kernel.has_code_at(address):
        return (f"{line}this code of the kernel is in a segment that may not be executed. It "
                "must be in section .text, which linker.ld must put into a segment with "
                "FLAGS(5).")
    return (f"{line}the page tables that are in use now say that the kernel's own code "
            f"there is not executable.{_shared_page(kernel, address)}")


def _is_rubbish(event, physical):
    """Does a page-table entry hold no address? Then what it maps to means nothing."""
    return physical >= MOST_ADDRESSES or event.is_page_fault and event.error & RESERVED != 0


def moved_stack(kernel, machine, event):
    """Returns a line about a stack that the page tables map to other memory; None if they do
    not, or if the pointer is not in the stack."""
    limits = bounds(kernel)
    if event.sp is None or limits is None or not limits[0] <= event.sp < limits[1]:
        return None
    physical = machine.physical(event.sp)
    if physical is None or physical == event.sp or _is_rubbish(event, physical):
        return None
    return (f"The page tables map {event.sp:#x}, which is in the kernel's stack, to "
            f"{physical:#x}: what was on the stack is out of reach.")


def changed_code(kernel, machine, event):
    """Returns a line about code of the kernel that is not what the linker has made: the
    page tables map it to other memory, or something has written over it. None if the code
    of the event is right, and that where each page begins. Code that is not mapped counts
    as right."""
    pc = event.pc
    for segment in filter(lambda segment: segment.is_executable, kernel.segments):
        pages = range((segment.start & -PAGE_SIZE) + PAGE_SIZE, segment.end, PAGE_SIZE)
        for address in [segment.start, *pages, *([pc] if pc in segment else [])]:
            content = segment.content[address - segment.start:][:16]
            physical = machine.physical(address)
            if physical is None or _is_rubbish(event, physical):
                continue
            if physical < MOST_MEMORY and machine.memory(physical, len(content)) == content:
                continue
            if physical != address:
                return (f"The page tables map {address:#x}, which is the kernel's own code, "
                        f"to {physical:#x}, where that code is not.")
            return (f"The kernel's own code at {address:#x} has been overwritten, or was "
                    "loaded where there is no memory.")
    return None
