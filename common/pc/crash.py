"""Says in words why a kernel crashed, from QEMU's log, the kernel's file and its memory.

A CPU that cannot deliver an exception raises a double fault, and if it cannot
deliver that either, it resets: a triple fault (Intel SDM vol. 3A, "Double Fault
Exception"). The exception that began it is what the student wants to know.
"""
import re

from elf import in_digits
from qemu_log import (EXT, FETCH, IDT, INVALID_OPCODE, KEY, NOT_PRESENT, PRESENT,
                      PROTECTION, RESERVED, SHADOW_STACK, TI, USER, WITH_SELECTOR, WRITE,
                      events, last_chain)
from stack import PAGE_SIZE, Stack, lost

# Bits of CR0, CR4 and EFER (Intel SDM vol. 3A, 2.5 and 2.2.1).
CR0_PG, CR4_PAE, CR4_OSFXSR = 1 << 31, 1 << 5, 1 << 9
EFER_LME, EFER_LMA = 1 << 8, 1 << 10

# The first bytes of instructions (Intel SDM vol. 2, "MOV" and "JMP").
MOV_TO_CONTROL_REGISTER = b"\x0F\x22"
FAR_JUMP = b"\xEA"  # in 32-bit code

# This many times is not an accident.
MANY = 100

# What only ring 0 may execute (Intel SDM vol. 3A, "Privileged Instructions"), and what
# needs its IOPL.
PRIVILEGED = ("lgdt", "lldt", "ltr", "lidt", "lmsw", "clts", "invd", "wbinvd", "invlpg",
              "hlt", "rdmsr", "wrmsr", "cli", "sti", "in", "out", "iretq")


# ---- page faults ----

def _shared_page(kernel, address):
    """Returns a sentence about two segments of the kernel that share the page of an
    address; nothing if it has at most one. Permissions are those of a whole page."""
    page = address & -PAGE_SIZE
    sharing = [segment for segment in kernel.segments
               if segment.start < page + PAGE_SIZE and segment.end > page]
    if len(sharing) < 2:
        return ""
    return (f" In this page, one segment of the kernel ends and another starts, at "
            f"{sharing[1].start:#x}: linker.ld must align each to a page of its own.")


def _refusal(kernel, error, address):
    """Returns why the page tables forbid what was tried at an address."""
    if error & RESERVED:
        return ("whose page-table entry has a reserved bit set: is EFER.NXE on, "
                "and the address in the entry right?")
    if not error & PRESENT:
        return "which is not mapped, although it belongs to the kernel" \
            if kernel.segment(address) else "which is not mapped"
    if error & USER:
        return ("which the page tables do not allow there: is the U/S bit set at every "
                "level, and the page writable or executable as needed?")
    if error & KEY:
        return "which its protection key forbids"
    if error & SHADOW_STACK:
        return "as a shadow stack, which it is not"
    if error & FETCH:
        return "which is not executable"
    return "which is read-only" if error & WRITE else "which is not readable"


def _page_fault(kernel, event):
    """Returns what was tried at the address, and why it is not allowed."""
    error, address = event.error, event.address
    who = "Code in ring 3" if error & USER else "It"
    verb = "jumped to" if event.is_fetch else "wrote to" if error & WRITE else "read from"
    guard = kernel.symbol("stack_guard")
    if guard is not None and guard <= address < guard + PAGE_SIZE:
        why = "in the guard page below the stack"
        if event.sp <= guard + PAGE_SIZE:
            why += ": the stack has overflowed"
    elif address < PAGE_SIZE and not error & PRESENT:
        why = "in page 0, which is not mapped: this was a null pointer"
        if address:
            why += " with an offset, or a number taken for an address"
    else:
        why = _refusal(kernel, error, address)
    return (f"{who} {verb} {address:#x}, {why}{'' if why[-1] == '?' else '.'}"
            f"{_shared_page(kernel, address) if error & PRESENT else ''}")


def _own_code(kernel, event):
    """Returns why the kernel's own code could not be fetched."""
    address = event.address
    line = f"The CPU could not fetch its next instruction, at {address:#x}: "
    if not event.error & PRESENT:
        return line + "the page tables that are in use now do not map the kernel's own code."
    return (f"{line}the page tables that are in use now say that the kernel's own code "
            f"there is not executable.{_shared_page(kernel, address)}")


# ---- other exceptions ----

def _selector(kernel, event):
    """Returns what the error code of a segment or gate means."""
    error, entry = event.error, event.error >> 3
    table = "IDT" if error & IDT else "LDT" if error & TI else "GDT"
    outside = ", on the way to another event's handler" if error & EXT else ""
    line = f"Its error code, {error:#x}, names entry {entry} of the {table}{outside}."
    if table == "GDT" and (gdt := event.gdt()):
        base, limit = gdt
        if kernel.segment(base) is None:
            line += (f" The GDT in use is still the loader's, at {base:#x}: no lgdt has "
                     "loaded the kernel's own.")
        elif entry * 8 + 7 > limit:
            line += f" That table has only {(limit + 1) // 8} entries."
    return line


def _operand(event, instruction):
    """Returns the address in memory that an instruction uses; None if it uses none."""
    found = re.search(r"(?<![fg]s:)\[([^]]+)\]", instruction)
    if not found:
        return None
    address = 0
    for sign, word, scale in re.findall(r"([+-]?)(\w+)(?:\*(\d))?", found[1]):
        value = int(word, 16) if word.startswith("0x") else event.register(word.upper())
        if value is None:
            return None
        address += (-1 if sign == "-" else 1) * value * int(scale or 1)
    return address % (1 << 64)


def _not_canonical(address):
    """Returns why no address can be this one; nothing if one can."""
    if address >> 47 in (0, 0x1FFFF):
        return ""
    return "which is not canonical: its bits 63 to 48 do not equal bit 47"


def _invalid_opcode(event, instruction):
    """Returns why the CPU refuses to know an instruction, if that can be said."""
    if instruction == "ud2":
        return ("The instruction is ud2: the compiler puts it where it sees undefined "
                "behavior, such as a division by 0, and for __builtin_trap().")
    if "xmm" in instruction and not (event.register("CR4") or 0) & CR4_OSFXSR:
        return (f"The instruction, {instruction}, uses SSE, which is off (CR4.OSFXSR): is "
                "this file compiled with -mgeneral-regs-only?")
    return f"The instruction is {instruction}." if instruction else None


def _protection(event, instruction):
    """Returns which rule an instruction has broken, if that can be said."""
    name = instruction.partition(" ")[0]
    if event.ring == 3 and (name in PRIVILEGED or re.search(r"\bcr\d", instruction)):
        return f"The instruction, {instruction}, is not allowed in ring 3."
    if found := re.match(r"mov cr(\d),(\w+)", instruction):
        value = event.register(found[2].upper()) or 0
        line = f"The instruction, {instruction}, sets CR{found[1]} to {value:#x}: "
        if found[1] == "0" and value & CR0_PG and (event.register("EFER") or 0) & EFER_LME \
                and not (event.register("CR4") or 0) & CR4_PAE:
            return line + "for long mode, CR4.PAE must be set before CR0.PG."
        return line + "a reserved bit is set, or a combination of bits that is not allowed."
    if name in ("rdmsr", "wrmsr"):
        number = (event.register("RCX") or event.register("ECX") or 0) & 0xFFFFFFFF
        return (f"The instruction is {name}: there is no MSR {number:#x} (in ECX)"
                f"{', or a reserved bit is set' if name == 'wrmsr' else ''}.")
    address = _operand(event, instruction)
    if address is not None and (why := _not_canonical(address)):
        return f"The instruction, {instruction}, uses {in_digits(address)}, {why}."
    return None


def _mode(kernel, event, place):
    """Returns what is wrong with the CPU's mode or the stack pointer, or None. Then the
    instruction itself may well be innocent."""
    cr0, efer = event.register("CR0"), event.register("EFER")
    if cr0 is None or efer is None:
        return None
    if cr0 & CR0_PG and not efer & EFER_LMA:
        missing = "CR4.PAE" if efer & EFER_LME else "EFER.LME"
        return (f"Paging is on, and long mode is not: in enter_long_mode, {missing} must "
                "be set before CR0.PG.")
    if event.is_32_bit() and re.search(r"\.[ch]:\d", place):
        return ("The CPU ran this 64-bit code as 32-bit code: long mode is on, but CS is "
                "still a 32-bit segment, because no far jump has loaded it."
                if efer & EFER_LMA else
                "The CPU ran this 64-bit code as 32-bit code: nothing has turned long "
                "mode on yet.")
    if not efer & EFER_LMA and kernel.bytes_before(event.pc + 1, 1) == FAR_JUMP:
        # QEMU leaves CR0.PG off without PAE, where another CPU faults.
        missing = [name for name, is_set in (
            ("CR4.PAE", (event.register("CR4") or 0) & CR4_PAE),
            ("EFER.LME", efer & EFER_LME), ("CR0.PG", cr0 & CR0_PG)) if not is_set]
        return ("A far jump to 64-bit code needs long mode, which is not on yet: before it, "
                f"enter_long_mode must set {' and then '.join(missing)}.")
    if cr0 & CR0_PG and not (event.register("CR3") or 0) >> 12:
        return "CR3 is 0: the CPU takes the memory at address 0 for its page tables."
    return None if event.is_32_bit() else lost(kernel, event.sp)


# ---- the reports ----

def again_and_again(kernel, log):
    """Returns a few lines about an exception that is raised at one place without
    end, because its handler returns and cures nothing; None if there is none."""
    last = [event for event in events(log)
            if event.is_exception or event.is_instruction][-MANY:]
    if len(last) < MANY or len({(event.vector, event.pc) for event in last}) > 1:
        return None
    event = last[-1]
    lines = [f"The kernel has raised {event} again and again, at one place: its "
             "handler returns, and the cause is still there."]
    if event.is_page_fault:
        lines.append(_page_fault(kernel, event))
    return "\n".join([*lines, f"  at {kernel.place(event.pc)}"])


def _details(kernel, event, words):
    """Returns a line about what the event was raised for, or None."""
    if words.returned_to(event.pc) and not kernel.has_code_at(event.pc):
        return (f"It returned to {in_digits(event.pc)}: the return address on the stack has "
                "been overwritten, perhaps by a loop that ran past the end of an array.")
    if event.is_fetch and kernel.has_code_at(event.address):
        return _own_code(kernel, event)
    if event.is_page_fault:
        return _page_fault(kernel, event)
    if not event.is_exception:
        return None
    if event.vector in WITH_SELECTOR and event.error:
        return _selector(kernel, event)
    if why := _not_canonical(event.pc):
        return f"It jumped to {in_digits(event.pc)}, {why}."
    instruction = kernel.instruction(event.pc)
    if event.vector == INVALID_OPCODE:
        return _invalid_opcode(event, instruction)
    return _protection(event, instruction) if event.vector in PROTECTION else None


def _blamed(kernel, event, words):
    """Returns the address of the instruction to blame: if the CPU has left the kernel's
    code, the one that made it do so, as far as that can be seen."""
    pc = event.pc
    if event.is_fetch and kernel.bytes_before(pc, 3)[:2] == MOV_TO_CONTROL_REGISTER:
        return pc - 1  # it has changed the page tables
    if kernel.has_code_at(pc) and not event.is_fetch:
        return pc
    return pc if words.returned_to(pc) else words.jumped_from(pc) or pc


def triple_fault(kernel, log, log_path, memory):
    """Returns a few lines about the exception that began a triple fault.

    kernel: an elf.Kernel. log: QEMU's log. log_path: where it is kept.
    memory: a function that returns SIZE bytes at an ADDRESS."""
    chain = last_chain(log.rpartition("Triple fault")[0])
    if not chain:
        return f"The machine has reset itself. QEMU's log is {log_path}"
    first = chain[0]
    words = Stack(kernel, memory, first.sp, 4 if first.is_32_bit() else 8)
    blamed = _blamed(kernel, first, words)
    place = kernel.place(blamed)
    lines = [f"The kernel has crashed with {first}, and nothing handles it yet.",
             _details(kernel, first, words)]
    if chain[1:] and chain[1].vector == NOT_PRESENT and chain[1].is_missing_entry:
        lines.append(f"Its handler could not be called: entry {chain[1].error >> 3} of "
                     "the IDT is there, but its present bit is not set.")
    lines.append(_mode(kernel, first, place))
    lines.append(f"  at {place}")
    following = words.next_return_address()
    if following is not None and not kernel.has_code_at(blamed):
        lines.append(f"  the stack leads back to {kernel.name(kernel.target_of_call(following))}, "
                     f"called by {kernel.place(following - 1)}")
    lines += words.called_by(blamed)
    lines.append(f"  the registers at that moment are in {log_path}")
    return "\n".join(filter(None, lines))
