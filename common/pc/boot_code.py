"""What boot.asm has left undone, or done wrong, although the kernel has ended well."""
from instruction import about_entry, not_set_for_long_mode
from qemu_log import EFER_LMA, table
from stack import PAGE_SIZE, bounds, lowest_start

LARGE_PAGE = 2 << 20
# The addresses, in large pages, at which an identity mapping is looked at.
LOOKED_AT = (1, 2, 3, 4, 100, 511)
# The bits of a page-table entry that hold an address of 4 KiB, below 4 GiB.
ADDRESS = 0xFFFFF000
PTE_PRESENT = 1
# The first bytes of `call rel32` and `jmp rel32` (Intel SDM vol. 2A).
CALL, JUMP = 0xE8, 0xE9
# What boot.asm calls before C runs.
CALLED = ("require_multiboot2", "require_cpuid", "require_long_mode", "init_com1", "map_first_gib",
          "enter_long_mode")


def targets(kernel, *instructions):
    """Returns where instructions of these first bytes lead. Data that looks alike counts, too."""
    return {segment.start + at + 5 + int.from_bytes(segment.content[at + 1:at + 5], "little",
                                                    signed=True)
            for segment in kernel.segments if segment.is_executable
            for at, byte in enumerate(segment.content) if byte in instructions}


def not_called(kernel):
    """Returns a line about a function of boot.asm that no code calls, or that boot.asm jumps to;
    None if there is none."""
    reached = targets(kernel, CALL, JUMP)
    for name in CALLED:
        if kernel.symbol(name) not in (None, *reached):
            return f"Nothing calls {name}, which boot.asm has."
    main = kernel.symbol("kernel_main")
    if main is not None and main in targets(kernel, JUMP) - targets(kernel, CALL):
        return ("boot.asm jumps to kernel_main, and should call it: C expects a return address on the stack, "
                "and without one, the stack pointer is off by its size.")
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
    def entry(at, number):
        bits = int.from_bytes(machine.memory(at + number * 8, 8), "little")
        return bits & ADDRESS if bits & PTE_PRESENT else None

    def leads(to):
        return "is not present" if to is None else f"leads to {to:#x}"

    tables = [kernel.symbol(name) for name in ("boot_pml4", "boot_pdpt", "boot_pd")]
    if None in tables or kernel.symbol("map_first_gib") is None or \
            not registers.get("EFER", 0) & EFER_LMA:
        return None
    if kernel.symbol("paging_protect_kernel") is None and registers["CR3"] != tables[0]:
        return f"CR3 is {registers['CR3']:#x}, and boot_pml4 is at {tables[0]:#x}: does enter_long_mode load it?"
    for name, at, following in zip(("boot_pml4", "boot_pdpt"), tables, tables[1:]):
        if entry(at, 0) != following:
            return (f"The first entry of {name} {leads(entry(at, 0))}, and should lead to the "
                    f"next level's table, at {following:#x}: is map_first_gib right?")
    for number in LOOKED_AT[:-1]:  # chapter 4's tests write over the last ones
        if entry(tables[-1], number) != number * LARGE_PAGE:
            return (f"Entry {number} of boot_pd {leads(entry(tables[-1], number))}, and should map "
                    f"{number * LARGE_PAGE:#x} to itself: is map_first_gib right?")
    return None


def misplaced_stack(kernel):
    """Returns a line about a label of the stack that is where it should not be: stack_top where
    the stack begins, or a guard page that is not right below it; None if all is well."""
    top = kernel.symbol("stack_top")
    if top is not None and top - lowest_start(kernel) <= PAGE_SIZE:
        return ("stack_top is the lowest address of the stack, or of nothing: a stack grows down, so the label "
                "belongs after the resb that makes room.")
    limits = bounds(kernel)
    between = kernel.variables(*limits) if limits else []
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
