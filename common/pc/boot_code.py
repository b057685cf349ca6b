"""What boot.asm has left undone, or done wrong, although the kernel has ended well."""
import itertools

from instruction import about_entry, not_set_for_long_mode
from qemu_log import EFER_LMA, table
from stack import bounds, lowest_start

LARGE_PAGE = 2 << 20
# The addresses, in large pages, at which an identity mapping is looked at.
LOOKED_AT = (1, 2, 3, 4, 100, 511)
# The bits of a page-table entry that hold an address of 4 KiB, below 4 GiB.
ADDRESS = 0xFFFFF000
PTE_PRESENT, PTE_LARGE = 1 << 0, 1 << 7
# The first bytes of `call rel32`, `jmp rel32`, `jmp rel8`, and of jumps with a condition and a rel8;
# of `push imm8` and `push imm32`; and ret, hlt, and iret (Intel SDM vol. 2).
CALL, JUMP, SHORT_JUMP = 0xE8, 0xE9, 0xEB
JUMPS = {CALL, JUMP, SHORT_JUMP, *range(0x70, 0x80)}
PUSH_BYTE, PUSH_WORD = b"\x6A", b"\x68"
ENDS = (b"\xC3", b"\xF4", b"\xCF")
# What boot.asm calls before C runs.
CALLED = ("require_multiboot2", "require_cpuid", "require_long_mode", "init_com1", "map_first_gib",
          "enter_long_mode")


def jumps(kernel):
    """Yields each call and jump in the code: its first byte, its place, and where it leads. Other
    bytes that happen to look like one count as well."""
    for segment in kernel.segments:
        content = segment.content if segment.is_executable else b""
        for at, byte in enumerate(content):
            if byte in JUMPS:
                end = at + (5 if byte in (CALL, JUMP) else 2)
                yield byte, segment.start + at, segment.start + end + int.from_bytes(
                    content[at + 1:end], "little", signed=True)


def runs_into(kernel, address):
    """Can the CPU come to an address from the instruction before it? Not if that is a return, a jump
    or a halt."""
    before = kernel.bytes_before(address, 5)
    return not (before[-1:] in ENDS or before[-2:-1] == bytes([SHORT_JUMP]) or before[:1] == bytes([JUMP]))


def not_called(kernel):
    """Returns a line about a function of boot.asm that no code reaches; None if there is none."""
    reached = {target for _, _, target in jumps(kernel)}
    for name in CALLED:
        address = kernel.symbol(name)
        if address is not None and address not in reached and not runs_into(kernel, address):
            return f"Nothing calls {name}, which boot.asm has."
    return None


def jumped_to_main(kernel):
    """Returns a line about a jump to kernel_main in boot.asm that should be a call; None if there is
    none, or a call as well."""
    found = [(byte, place) for byte, place, target in jumps(kernel) if target == kernel.symbol("kernel_main")]
    if any(byte == CALL for byte, _ in found):
        return None
    for byte, place in found:
        before = kernel.bytes_before(place, 5)
        is_pushed = before[-2:-1] == PUSH_BYTE or before[:1] == PUSH_WORD
        if byte == JUMP and not is_pushed and ".asm:" in kernel.place(place):
            return ("boot.asm jumps to kernel_main, and should call it: C expects a return address on the "
                    "stack, and without one, the stack pointer is off by its size.")
    return None


def no_long_mode(kernel, registers):
    """Returns a line about a kernel that can enter long mode, and has not; else None."""
    if kernel.symbol("enter_long_mode") is None or registers.get("EFER", 0) & EFER_LMA:
        return None
    missing = not_set_for_long_mode(*(registers.get(name, 0) for name in ("CR0", "CR4", "EFER")))
    return (f"The kernel has enter_long_mode, but long mode is not on. Not set: {', '.join(missing)}."
            if missing else None)


def wrong_tables(kernel, machine, registers):
    """Returns a line about the tables that boot.asm has filled, if they are not in use, or if an
    entry maps something else than it should; None if all is well. They have worked until others
    took over, but perhaps by luck. The kernel's own tables come later, and may be right."""
    def bits(at, number):
        return int.from_bytes(machine.memory(at + number * 8, 8), "little")

    def entry(at, number):
        return bits(at, number) & ADDRESS if bits(at, number) & PTE_PRESENT else None

    def leads(to):
        return "is not present" if to is None else f"leads to {to:#x}"

    def is_wrong(number):
        is_split = bits(tables[-1], number) & (PTE_PRESENT | PTE_LARGE) == PTE_PRESENT
        return entry(tables[-1], number) != number * LARGE_PAGE and not is_split

    tables = [kernel.symbol(name) for name in ("boot_pml4", "boot_pdpt", "boot_pd")]
    if None in tables or kernel.symbol("map_first_gib") is None or not registers.get("EFER", 0) & EFER_LMA \
            or not kernel.is_identity_mapped:
        return None
    # Another address may be that of tables of the kernel's own.
    if registers["CR3"] & ADDRESS in tables[1:]:
        return f"CR3 is {registers['CR3']:#x}, and boot_pml4 is at {tables[0]:#x}: does enter_long_mode load it?"
    for name, at, following in zip(("boot_pml4", "boot_pdpt"), tables, tables[1:]):
        if entry(at, 0) != following:
            return (f"The first entry of {name} {leads(entry(at, 0))}, and should lead to the "
                    f"next level's table, at {following:#x}: is map_first_gib right?")
    if any(map(is_wrong, LOOKED_AT[:-1])):  # chapter 4's tests write over the last ones
        number = next(filter(is_wrong, itertools.count(1)))
        return (f"Entry {number} of boot_pd {leads(entry(tables[-1], number))}, and should map "
                f"{number * LARGE_PAGE:#x} to itself: "
                + ("is map_first_gib right?" if number < 5 else "are map_first_gib and MAPPED_SIZE right?"))
    return None


def misplaced_stack(kernel):
    """Returns a line about a label of the stack that is where it should not be: stack_top where
    the stack begins, or a guard page that is not right below it; None if all is well."""
    top, lowest = kernel.symbol("stack_top"), lowest_start(kernel)
    if lowest is not None and top - lowest < kernel.next_variable(top, "stack_top") - top:
        return ("stack_top is the lowest address of the stack, or of nothing: a stack grows down, so the label "
                "belongs after the resb that makes room.")
    limits = bounds(kernel)
    if limits is None or limits[0] >= limits[1]:
        return None
    # What begins right above the guard page may be the stack, by another name.
    name, size = kernel.object_at(limits[0]) or (None, 0)
    between = [name] if 0 < size < limits[1] - limits[0] else kernel.variables(limits[0] + 1, limits[1])
    return (f"stack_guard is not right below the stack: {between[0]} lies between them, and a stack that "
            "overflows would overwrite it.") if between else None


def wrong_stack_segment(kernel, machine, registers):
    """Returns a line about SS, if 64-bit code has not loaded it with an entry of the GDT for data;
    else None. Nothing needs it until the first return from an interrupt (iretq)."""
    selector = registers.get("SS", 0)
    # The CPU itself leaves a null selector there, on the way in from user mode.
    if not registers["CS64"] or kernel.symbol("start_64") is None or selector & ~3 == 0:
        return None
    base, limit = table(machine.monitor("info registers"), "GDT")
    if selector | 7 <= limit and "written" in about_entry(machine, base, selector >> 3):
        return None
    return (f"SS is {selector:#x}, which names no entry of the GDT for data. So the first return from an "
            "interrupt would fail: does start_64 load SS?")


def undone(kernel, machine, registers):
    """Returns a line about what boot.asm has left undone; None if all is well."""
    return not_called(kernel) or no_long_mode(kernel, registers) or \
        wrong_tables(kernel, machine, registers) or misplaced_stack(kernel) or \
        wrong_stack_segment(kernel, machine, registers)
