"""Says in words why a kernel crashed, or panicked because of an exception, from QEMU's
log, the kernel's file and its memory.

A CPU that cannot deliver an exception raises a double fault, and if it cannot
deliver that either, it resets: a triple fault (Intel SDM vol. 3A, "Double Fault
Exception"). The exception that began it is what the student wants to know.
"""
import collections
import re

import own_report
import page_fault
import promises
from elf import in_digits
from instruction import about_entry, far_jump, invalid_opcode, not_canonical, protection, selector
from modes import first_difference
from qemu_log import (CR0_PG, DIVISION_ERROR, DOUBLE_FAULT, EFER_LMA, EFER_LME, INVALID_OPCODE,
                      NOT_PRESENT, PROTECTION, WITH_SELECTOR, events, last_chain)
from stack import PAGE_SIZE, InterruptedStack, Stack, above_stack, bounds, lost

# The first bytes of `mov` to a control register (Intel SDM vol. 2B, "MOV").
MOV_TO_CONTROL_REGISTER = b"\x0F\x22"

# How a kernel says over COM1 which exception it has panicked because of: "vector 14, error
# code 0x2", and then "RIP 0x101000".
PRINTED = re.compile(r"\bvector (\d+), error code 0x([0-9a-f]+)\b(?:(?!\bvector ).)*?"
                     r"\bRIP +0x([0-9a-f]+)", re.DOTALL | re.IGNORECASE)

# Types of gates ("IDT Descriptors"), and what about_entry() says of what they need.
INTERRUPT_GATE, TRAP_GATE, FOR_64_BIT_CODE = 0x8E, 0x8F, " for 64-bit code"

# This many times is not an accident, even if a few others are among them, such as those of a
# handler whose stack ends.
MANY, FEW = 100, 5
# The last 16 MiB below 4 GiB are where a PC's firmware lies.
FLASH = 0xFF000000
# A handler raises at least so many exceptions itself before a stack of 16 KiB is full.
FILLS_A_STACK = 40


def means_the_same(kernel, address):
    """Does the function that an address is in mean the same in 32-bit mode?"""
    function = kernel.function(address)
    return function is not None and first_difference(kernel, function) is None


def wrong_mode(kernel, address, is_32_bit, efer):
    """Returns a line about 64-bit code that is run in 32-bit mode, where it means something
    else; None if it is not, or means the same."""
    if not is_32_bit or not re.search(r"\.[ch]:\d", kernel.place(address)) \
            or means_the_same(kernel, address):
        return None
    return ("The CPU ran this 64-bit code as 32-bit code: long mode is on, but CS is "
            "still a 32-bit segment, because no far jump has loaded it."
            if efer & EFER_LMA else
            "The CPU ran this 64-bit code as 32-bit code: nothing has turned long "
            "mode on yet.")


def _wrong_tables(kernel, event):
    """Returns what is wrong if the CPU takes other memory for its page tables or descriptor
    tables, or reads them otherwise than they are meant; None if nothing is. Then what the
    code has done there means nothing."""
    efer = event.register("EFER")
    if efer is None or not event.bits("CR0") & CR0_PG:
        return None
    if not efer & EFER_LMA:
        missing = "CR4.PAE" if efer & EFER_LME else "EFER.LME"
        place = "in enter_long_mode, " if kernel.symbol("enter_long_mode") else ""
        return (f"Paging is on, and long mode is not: {place}{missing} must be set before "
                "CR0.PG.")
    if not event.bits("CR3") >> 12:
        return "CR3 is 0: the CPU takes the memory at address 0 for its page tables."
    for name, load in (("GDT", "lgdt"), ("IDT", "lidt")):
        base, _ = event.table(name) or (0, 0)
        if not_canonical(base):
            return (f"The {name} in use is at {in_digits(base)}, which is not an address: {load} reads a limit "
                    "of 2 bytes and, right after it, the address. Is the struct for that packed?")
    return None


def _mode(kernel, event, blamed):
    """Returns what is wrong with the CPU's mode or the stack pointer, or None. Then the
    instruction itself may well be innocent."""
    efer = event.register("EFER")
    if efer is None:
        return None
    if line := wrong_mode(kernel, blamed, event.is_32_bit(), efer):
        return "\n".join(filter(None, [line, lost(kernel, event.sp)]))
    # In boot.asm, the stack pointer is the loader's at first. User mode has its own stacks.
    if event.is_32_bit() and kernel.has_code_at(event.pc) or event.ring == 3:
        return None
    return lost(kernel, event.sp)


# ---- the reports ----

def _raised(log):
    """Returns the exceptions in QEMU's log, and what `int` has raised."""
    return [event for event in events(log) if event.is_exception or event.is_instruction]


def again_and_again(kernel, machine, log, many=MANY):
    """Returns a few lines about an exception that is raised at one place without end, because
    its handler returns and cures nothing, or raises it; None if there is none. log: QEMU's.
    many: of how many exceptions all but a few must be that one."""
    last = _raised(log)[-many - 1:-1]  # the last is not complete
    (place, times), = collections.Counter(
        (event.vector, event.pc) for event in last).most_common(1) or [(None, 0)]
    if times < many - FEW:
        return None
    before, event = [event for event in last if (event.vector, event.pc) == place][-2:]
    why = "its handler returns, and the cause is still there" if event.sp == before.sp else \
        "its gate in the IDT leads there, or its handler raises it again"
    lines = [f"The kernel has raised {event} again and again, at one place: {why}."]
    if _gate_leads_to(kernel, event, machine) == event.pc and not kernel.is_code(event.pc):
        lines = [f"The kernel has raised {event} again and again: its gate in the IDT leads to "
                 f"{event.pc:#x}, which is "
                 + ("in a segment of the kernel that is not for code: is the handler in the section .text?"
                    if kernel.segment(event.pc) else
                    "not in the kernel's code. Are the handler's bits 0 to 15, 16 to 31, and 32 to 63 in the "
                    "right parts of the gate?")]
    elif event.is_fetch and event.pc < PAGE_SIZE:
        lines.append(f"It jumped to {event.pc:#x}, or returned there: was a null function pointer "
                     "called, or a wrong return address taken from the stack? Do push and pop match?")
    elif event.is_page_fault:
        lines.append(page_fault.explained(kernel, event))
    return "\n".join([*lines, f"  at {kernel.place(event.pc)}"])


def _way_there(kernel, event, words):
    """Returns a sentence about how the CPU may have left the kernel's code, if the trace of
    that is lost; nothing if it has not left it, or has done so by a call."""
    if not words.is_interrupted or kernel.has_code_at(event.pc) or words.was_called(event.pc):
        return ""
    return (" If it returned there, a loop may have run past the end of an array and overwritten "
            "the return address, or push and pop do not match.")


def _from_page_0(kernel, event):
    """Was the CPU in page 0, where it has found something to execute?"""
    return not event.is_fetch and event.pc < PAGE_SIZE and not kernel.segment(event.pc)


def _details(kernel, event, words, machine):
    """Returns a line about what the event was raised for, or None."""
    if event.is_fetch and kernel.is_code(event.address):
        return page_fault.own_code(kernel, event)
    if event.is_exception and kernel.is_inside_instruction(event.pc, event.is_32_bit()):
        return (f"{event.pc:#x} is in the middle of an instruction: a jump, a call or a return has led to a wrong "
                "address." + (" A far jump wants a selector and an address, such as gdt.code:start_64."
                              if event.is_32_bit() and kernel.symbol("enter_long_mode") else
                              " Was a return address on the stack changed?" if words.has_returned(event.pc) else ""))
    if _from_page_0(kernel, event) and words.pointer_used:
        return ("It called 0x0, or jumped there: this was a null pointer. Page 0 is still mapped, so the CPU "
                "took what it found there for instructions.")
    if words.has_returned(event.pc) and not kernel.has_code_at(event.pc):
        return (f"It returned to {in_digits(words.taken())}, which does not follow a call: has "
                "a loop run past the end of an array, and overwritten the return address? Do "
                "push and pop not match? Or has code run past the end of one function into "
                "another?")
    way = _way_there(kernel, event, words)
    if way and event.is_fetch and event.pc < PAGE_SIZE:
        return (f"It jumped to {event.pc:#x}, in page 0, which is not mapped, or returned there: was "
                "a null function pointer called, or a wrong return address taken from the stack?")
    if event.is_page_fault:
        return page_fault.explained(kernel, event) + way
    if not event.is_exception:
        return None
    if why := not_canonical(event.pc):
        return f"It jumped to {in_digits(event.pc)}, {why}.{way}"
    if _from_page_0(kernel, event):
        still = ", which is still mapped" if event.bits("CR0") & CR0_PG else ""
        return (f"The CPU was in page 0{still}: was a null function pointer called, or a wrong "
                "return address taken from the stack?")
    if event.vector == DIVISION_ERROR:
        return "The divisor was 0, or the quotient did not fit."
    if not kernel.has_code_at(event.pc):
        return None  # astray: what it stumbled over there is of no interest
    if event.vector in WITH_SELECTOR and event.error:
        return selector(kernel, event, machine)
    instruction = kernel.instruction(event.pc, event.is_32_bit())
    if event.vector == INVALID_OPCODE:
        return invalid_opcode(event, instruction)
    if event.vector in PROTECTION:
        return far_jump(kernel, event, machine) or \
            protection(kernel, event, instruction)
    return None


def _blamed(kernel, event, words):
    """Returns the address of the instruction to blame: if the CPU has left the kernel's
    code, the one that made it do so, as far as that can be seen."""
    pc = event.pc
    if event.is_fetch and kernel.bytes_before(pc, 3)[:2] == MOV_TO_CONTROL_REGISTER:
        return pc - 1  # it has changed the page tables
    if kernel.has_code_at(pc) and not event.is_fetch:
        return pc
    if event.is_fetch and kernel.is_code(pc) and \
            kernel.target_of_call(pc) in kernel.functions:
        return pc  # it has just returned to where it was called
    if _from_page_0(kernel, event) and (used := words.pointer_used):
        return used
    return words.taken() if words.has_returned(pc) else words.jumped_from(pc) or pc


def _gate(kernel, event, machine, vector=None):
    """Returns the 16 bytes of the gate for a vector, by default the event's own; None if the kernel's
    IDT has none (Intel SDM vol. 3A, "64-Bit IDT Gate Descriptors"). UEFI leaves an IDT of its own."""
    base, limit = event.table("IDT") or (0, 0)
    at = (event.vector if vector is None else vector) * 16
    if event.is_32_bit() or at + 15 > limit or kernel.segment(base) is None:
        return None
    physical = machine.physical(base + at)
    return None if physical is None else machine.memory(physical, 16)


def _has_handler(kernel, event, machine):
    """Is the gate for an event present in the kernel's IDT? P is bit 7 of byte 5."""
    gate = _gate(kernel, event, machine)
    return gate is not None and gate[5] & 0x80 != 0


def _gate_leads_to(kernel, event, machine, vector=None):
    """Returns the address of the handler that such a gate names; None if there is no gate."""
    gate = _gate(kernel, event, machine, vector)
    return gate and int.from_bytes(gate[:2] + gate[6:12], "little")


def without_records(registers, log_path, is_triple_fault):
    """Returns a few lines about a reset that QEMU has noted no exceptions of. If it was a
    triple fault, that was in real mode: CR0.PE is off."""
    if not is_triple_fault:
        return ("The machine has reset itself, and no exception has made it do so. A kernel "
                f"can ask for that, by a port.\n  QEMU's log is {log_path}")
    line = "The machine has reset itself because of an exception in real mode: CR0.PE is off."
    if registers["CR0"] & CR0_PG:
        line += (" But CR0.PG is on, which is not allowed without PE: was CR0 overwritten, when "
                 "a bit should have been added to it?")
    return f"{line}\n  QEMU's log is {log_path}"


def _explained(kernel, event, machine, words, gate=None):
    """Returns lines about an event: its cause, and where the kernel was. gate: a line that
    belongs between the two."""
    blamed = _blamed(kernel, event, words)
    tables = _wrong_tables(kernel, event)
    mode = _mode(kernel, event, blamed) or above_stack(
        kernel, words.pointer_before(kernel.symbol("kernel_main"), blamed))
    changed = page_fault.changed_code(kernel, machine, event)
    if not mode and not changed:
        changed = page_fault.moved_stack(kernel, machine, event)
    return list(filter(None, [
        tables or changed or _details(kernel, event, words, machine), gate, mode,
        f"  at {kernel.place(blamed)}",
        *(words.called_by(blamed) if kernel.is_code(blamed) else words.led_from())]))


def _fate(kernel, event, machine):
    """Returns why an exception has ended in a crash."""
    if _has_handler(kernel, event, machine):
        return "and its handler could not be called"
    if not event.is_exception and not event.is_instruction:
        return "and nothing handles it: interrupts are on, and no code here handles devices"
    if kernel.symbol("exception_handle") is None:
        # Chapter 4 begins with memcpy.
        return "and nothing handles it yet: that comes in " + (
            "chapter 4" if kernel.symbol("memcpy") is None else "step 10")
    base, limit = event.table("IDT") or (0, 0)
    if kernel.segment(base) is None:
        return (f"and nothing handles it: the IDT in use, at {base:#x}, is not in the kernel. Has "
                "lidt been executed, with a limit of 2 bytes and then the address?")
    if event.vector * 16 + 15 > limit:
        return (f"and nothing handles it: the IDT in use, at {base:#x}, has only "
                f"{(limit + 1) // 16} entries")
    return f"and nothing handles it: entry {event.vector} of the IDT in use, at {base:#x}, is " \
        "not present, or not mapped"


def _second_cause(kernel, chain, machine):
    """Returns a line about why the handler of an exception could not be called; None if that
    cannot be said. Of what its gate has raised, QEMU notes nothing but a double fault."""
    first, *others = chain
    if others and others[0].vector == NOT_PRESENT and others[0].is_missing_entry:
        return (f"Its handler could not be called: entry {first.vector} of the IDT is there, but "
                "its present bit is not set.")
    if not others or not _has_handler(kernel, first, machine):
        return None
    gate, gdt = _gate(kernel, first, machine), first.table("GDT")
    kind, segment = gate[5], int.from_bytes(gate[2:4], "little")
    if kind not in (INTERRUPT_GATE, TRAP_GATE):
        return (f"Its gate in the IDT has the type {kind:#x}, and that of an interrupt gate is "
                f"{INTERRUPT_GATE:#x}.")
    if gdt and FOR_64_BIT_CODE not in (entry := about_entry(machine, gdt[0], segment >> 3)):
        return (f"Its gate in the IDT has the selector {segment:#x}, of entry {segment >> 3} of the "
                f"GDT.{entry} A gate wants one{FOR_64_BIT_CODE}.")
    if others[0].vector == DOUBLE_FAULT and _has_handler(kernel, others[0], machine):
        if wrong := promises.wrong_stacks(kernel, machine):
            return wrong
        return ("Nor could that of the double fault, whose gate names no stack of its own (IST)."
                if not _gate(kernel, others[0], machine)[4] else
                "Nor could that of the double fault: has ltr loaded a TSS, and does its ist[] have "
                "the stack that the gate names?")
    return None


def sentence(text):
    return text if text[-1] == "?" else f"{text}."


def _chain_of(log, found, vector, pc):
    """Returns the events of the chain that has led to the last exception with a vector, at
    an address; none if the log has no such exception. found: the log's events."""
    number = max((number for number, event in enumerate(found) if event.vector == vector
                  and (event.pc == pc or event.is_instruction)), default=None)
    if number is None:
        return []
    if not found[number].is_exception:
        return [found[number]]
    return last_chain(log[:found[number + 1].at] if number + 1 < len(found) else log)


def handled(kernel, machine):
    """Returns lines about the exception that a kernel says it has panicked because of; none
    if it says nothing of an exception.

    The one that it names last is the one that it was about: others have come up while
    the panic was shown."""
    kernel_says = machine.serial().rpartition("KERNEL PANIC")[2]
    printed = PRINTED.findall(kernel_says)
    if not printed:
        return []
    vector, error, pc = (int(number, base) for number, base in zip(printed[-1], (10, 16, 16)))
    log = machine.log()
    logged = events(log)
    if not logged:  # as with KVM
        return ["The kernel has given up because of an exception.", f"  at {kernel.place(pc)}"]
    chain, doubt = _chain_of(log, logged, vector, pc), None
    if not chain and logged[-1].is_exception:
        chain = last_chain(log)
        doubt = (f"The kernel shows vector {vector} and RIP {pc:#x}, and that is wrong: "
                 + (_shared_handler(kernel, chain[0], machine)
                    or "what is on the stack is not a struct exception, or has been changed."))
    first = (chain or logged[-1:])[0]
    if event := next((event for event in chain if event.vector == vector), None):
        doubt = own_report.wrong_report(kernel, kernel_says, event, error)
    if not doubt and first.is_page_fault and first.vector == vector and kernel.has_code_at(first.pc):
        doubt = _not_caught(kernel, machine)
    ending = ", which could not be delivered: a double fault (#DF)" \
        if vector == DOUBLE_FAULT and first.is_exception and first.vector != vector else ""
    why = f"The kernel has given up because of {first}{ending}."
    if vector == DOUBLE_FAULT and (wrong := promises.wrong_stacks(kernel, machine)):
        # What is on the stack may have been overwritten.
        return [why, doubt or wrong, f"  at {kernel.place(first.pc)}"]
    return [why, *filter(None, [doubt]),
            *_explained(kernel, first, machine,
                        InterruptedStack(kernel, machine, first.register, 8))]


def _shared_handler(kernel, event, machine):
    """Returns why another vector than that of an event was pushed, if its gate in the IDT leads to the
    same code as another one; None if it does not."""
    code = _gate_leads_to(kernel, event, machine)
    same = next((number for number in range(promises.EXCEPTIONS) if number != event.vector
                 and _gate_leads_to(kernel, event, machine, number) == code), None)
    return (f"entries {same} and {event.vector} of the IDT lead to the same code. Each should lead to that of "
            "its own vector.") if None not in (code, same) else None


def _not_caught(kernel, machine):
    """Returns a line about a page fault that exceptions_catch should have caught; None if it expects
    none."""
    place = kernel.symbol("recovery_stack")
    expected = place is not None and any(machine.memory(place, 8))
    return ("exceptions_catch was to catch this page fault (recovery_stack is not 0), and exception_handle has "
            "not gone back to it.") if expected else None


def kept_log(machine, path):
    """Writes QEMU's log to a file, and returns it."""
    log = machine.log()
    with open(path, "w", encoding="utf-8") as file:
        file.write(log)
    return log


def chain_of_reset(log):
    """Returns the events that led to a triple fault, from what began it; none if QEMU has
    noted none."""
    return last_chain(log.rpartition("Triple fault")[0])


def _is_the_kernels(kernel, event):
    """May an event be the kernel's? In 64-bit mode, the kernel has tables and a stack of its own; the
    firmware's are elsewhere. In 32-bit mode, the firmware runs in its flash memory."""
    limits = bounds(kernel)
    if event.is_32_bit() and event.pc < FLASH:
        return True
    return kernel.segment(event.pc) is not None or limits is None \
        or limits[0] <= event.sp <= limits[1] or kernel.segment(event.bits("CR3")) is not None


def triple_fault(kernel, log, log_path, machine):
    """Returns a few lines about the exception that began a triple fault.

    kernel: an elf.Kernel. log: QEMU's log. log_path: where it is kept.
    machine: the Machine, as the crash has left it."""
    chain = chain_of_reset(log)
    if again := again_and_again(kernel, machine, log, FILLS_A_STACK):
        began = _raised(log)[0]
        return (f"{again}\nThat has filled the stack, and so the machine was reset. The first exception that "
                f"QEMU has noted is {began}, at {kernel.place(began.pc)}.")
    if not chain:
        return without_records(machine.registers(), log_path, "Triple fault" in log)
    first = chain[0]
    if not _is_the_kernels(kernel, first):
        return ("The machine has reset itself before any code of the kernel ran: the firmware or GRUB has crashed. "
                f"Does QEMUFLAGS leave the machine too little?\n  QEMU's log is {log_path}")
    words = Stack(kernel, machine, first.register, 4 if first.is_32_bit() else 8)
    return "\n".join([
        sentence(f"The kernel has crashed with {first}, {_fate(kernel, first, machine)}"),
        *_explained(kernel, first, machine, words, _second_cause(kernel, chain, machine)),
        f"  the registers at that moment are in {log_path}"])
