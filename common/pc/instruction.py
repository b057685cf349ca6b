"""Says in words which rule an instruction has broken."""
import re

from elf import in_digits
from qemu_log import CR0_PG, CR4_OSFXSR, CR4_PAE, EFER_LMA, EFER_LME, EXT, IDT, TI

# A far jump in 32-bit code: this byte, an offset of 4 bytes and a selector of 2 (Intel
# SDM vol. 2A, "JMP"). The D bit, in byte 6 of a descriptor (vol. 3A, "Segment
# Descriptors").
FAR_JUMP, FAR_JUMP_SIZE = b"\xEA", 7
DESCRIPTOR_D = 0x40
# Bits of its byte 5, the access byte, and L, in byte 6.
DESCRIPTOR_P, DESCRIPTOR_S, DESCRIPTOR_CODE, DESCRIPTOR_W = 0x80, 0x10, 0x08, 0x02
DESCRIPTOR_L = 0x20

# What only ring 0 may execute (Intel SDM vol. 3A, "Privileged Instructions"), and what
# others may with IOPL = 3 only.
PRIVILEGED = ("lgdt", "lldt", "ltr", "lidt", "lmsw", "clts", "invd", "wbinvd", "invlpg",
              "hlt", "rdmsr", "wrmsr", "cli", "sti", "in", "out")


def about_entry(machine, base, number):
    """Returns a sentence about an entry of the GDT."""
    descriptor = machine.memory(base + number * 8, 8)
    access = descriptor[5]
    width = 64 if descriptor[6] & DESCRIPTOR_L else 32 if descriptor[6] & DESCRIPTOR_D else 16
    kind = ("empty" if not any(descriptor) else
            "a system descriptor, such as a TSS's" if not access & DESCRIPTOR_S else
            f"for {width}-bit code" if access & DESCRIPTOR_CODE else
            f"for data that can be {'written' if access & DESCRIPTOR_W else 'read only'}")
    missing = "" if access & DESCRIPTOR_P or not any(descriptor) else \
        ", and is marked as not present (bit 7 of its access byte is 0)"
    return f" That entry is {kind}{missing}."


def _wanted(kernel, event):
    """Returns a sentence about what an instruction wants of a segment, if that is known."""
    if kernel.bytes_before(event.pc + FAR_JUMP_SIZE, FAR_JUMP_SIZE)[:1] == FAR_JUMP and \
            event.is_32_bit():
        return " A far jump to 64-bit code wants an entry for 64-bit code, which is present."
    instruction = kernel.instruction(event.pc, event.is_32_bit())
    if instruction.startswith("mov ss,"):
        return " SS wants an entry for data that can be written."
    if re.match(r"mov [defg]s,", instruction):
        return " A data segment wants an entry for data, or for code that can be read."
    if instruction.startswith("iret") and event.error & ~7 == event.bits("SS"):
        return " That was in SS before, too: does start_64 load SS with the selector of its data?"
    if instruction.startswith("iret"):
        return (" It takes RIP, CS, RFLAGS, RSP and SS from the stack: does RSP point to them, "
                "after as many words as were pushed have been taken off?")
    if instruction.startswith("ltr"):
        return " ltr wants the entry of a TSS that is present and not busy."
    return ""


def selector(kernel, event, machine):
    """Returns what the error code of a segment or gate means."""
    error, entry = event.error, event.error >> 3
    table = "IDT" if error & IDT else "LDT" if error & TI else "GDT"
    outside = ", on the way to another event's handler" if error & EXT else ""
    line = f"Its error code, {error:#x}, names entry {entry} of the {table}{outside}."
    if table == "GDT" and (gdt := event.table("GDT")):
        base, limit = gdt
        if kernel.segment(base) is None:
            line += (f" The GDT in use, at {base:#x}, is not in the kernel: no lgdt has been "
                     "executed, or it was given something else than a limit of 2 bytes and "
                     "then the address.")
        elif entry * 8 + 7 > limit:
            line += f" That table has only {(limit + 1) // 8} entries."
        else:
            line += about_entry(machine, base, entry)
    return line + ("" if error & EXT else _wanted(kernel, event))


def _operands(event, instruction):
    """Yields the addresses in memory that an instruction uses."""
    for operand in re.findall(r"(?<![fg]s:)\[([^]]+)\]", instruction):
        address = 0
        for sign, word, scale in re.findall(r"([+-]?)(\w+)(?:\*(\d))?", operand):
            value = int(word, 16) if word.startswith("0x") else event.register(word.upper())
            if value is None:
                break
            address += (-1 if sign == "-" else 1) * value * int(scale or 1)
        else:
            yield address % (1 << 64)


def not_canonical(address):
    """Returns why no address can be this one; nothing if one can."""
    if address >> 47 in (0, 0x1FFFF):
        return ""
    return "which is not canonical: its bits 63 to 48 do not equal bit 47"


def invalid_opcode(event, instruction):
    """Returns why the CPU refuses to know an instruction, if that can be said."""
    if instruction == "ud2":
        return ("The instruction is ud2: the compiler puts it where it sees undefined "
                "behavior, such as a division by 0 or the use of a null pointer, and for "
                "__builtin_trap().")
    if "xmm" in instruction and not event.bits("CR4") & CR4_OSFXSR:
        return (f"The instruction, {instruction}, uses SSE, which is off (CR4.OSFXSR): is "
                "this file compiled with -mgeneral-regs-only?")
    return f"The instruction is {instruction}." if instruction else None


def protection(kernel, event, instruction):
    """Returns which rule an instruction has broken, if that can be said."""
    name = instruction.partition(" ")[0]
    if name.startswith("iret"):
        return f"The instruction is {name}.{_wanted(kernel, event)}" + (
            " In 64-bit code it is iretq." if name == "iret" else "")
    if event.ring == 3 and (name in PRIVILEGED or re.search(r"\bcr\d", instruction)):
        return f"The instruction, {instruction}, is not allowed in ring 3."
    if found := re.match(r"mov cr(\d),(\w+)", instruction):
        value = event.bits(found[2].upper())
        line = f"The instruction, {instruction}, sets CR{found[1]} to {value:#x}: "
        if found[1] == "0" and value & CR0_PG and event.bits("EFER") & EFER_LME \
                and not event.bits("CR4") & CR4_PAE:
            return line + "for long mode, CR4.PAE must be set before CR0.PG."
        return line + "a reserved bit is set, or a combination of bits that is not allowed."
    if name in ("rdmsr", "wrmsr"):
        number = (event.register("RCX") or event.bits("ECX")) & 0xFFFFFFFF
        return (f"The instruction is {name}: there is no MSR {number:#x} (in ECX)"
                f"{', or a reserved bit is set' if name == 'wrmsr' else ''}.")
    for address in _operands(event, instruction):
        if why := not_canonical(address):
            return f"The instruction, {instruction}, uses {in_digits(address)}, {why}."
    return None


def not_set_for_long_mode(cr0, cr4, efer):
    """Returns the names of the bits that long mode needs, and that are not set."""
    return [name for name, is_set in (
        ("CR4.PAE", cr4 & CR4_PAE), ("EFER.LME", efer & EFER_LME),
        ("CR0.PG", cr0 & CR0_PG)) if not is_set]


def far_jump(kernel, event, machine):
    """Returns why a far jump to 64-bit code has failed; None if the instruction is
    another, or nothing is wrong."""
    code = kernel.bytes_before(event.pc + FAR_JUMP_SIZE, FAR_JUMP_SIZE)
    cr0, cr4, efer = (event.bits(name) for name in ("CR0", "CR4", "EFER"))
    if code[:1] != FAR_JUMP or not event.is_32_bit():
        return None
    if not efer & EFER_LMA:
        missing = not_set_for_long_mode(cr0, cr4, efer)
        return ("A far jump to 64-bit code needs long mode, which is not on yet. Not set: "
                f"{', '.join(missing)}. The order is CR4.PAE, CR3, EFER.LME, CR0.PG.")
    number = int.from_bytes(code[5:7], "little")
    if number >> 3 == 0:
        return f"The far jump's selector, {number:#x}, names the null entry of the GDT."
    gdt = event.table("GDT")
    descriptor = machine.memory(gdt[0] + (number & ~7), 8) if gdt else bytes(8)
    if not descriptor[6] & (DESCRIPTOR_D | DESCRIPTOR_L):
        return (f"The far jump goes to entry {number >> 3} of the GDT, which has neither its L bit "
                "nor its D bit set: that is for 16-bit code. 64-bit code has the L bit.")
    if descriptor[6] & DESCRIPTOR_D:
        return (f"The far jump goes to entry {number >> 3} of the GDT, which has its D bit "
                "set: that is for 32-bit code. 64-bit code has the L bit, and not D.")
    return None
