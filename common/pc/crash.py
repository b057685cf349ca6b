"""Says in words why a kernel crashed, from QEMU's log and the kernel's symbols.

A CPU that cannot deliver an exception raises a double fault, and if it cannot
deliver that either, it resets: a triple fault (Intel SDM vol. 3A, "Double Fault
Exception"). The exception that began it is what the student wants to know.
"""
import functools
import os
import re
import struct
import subprocess

# Intel SDM vol. 3A, "Exception and Interrupt Vectors".
EXCEPTIONS = {
    0x00: "a division error (#DE)",
    0x01: "a debug exception (#DB)",
    0x02: "a non-maskable interrupt",
    0x03: "a breakpoint (#BP)",
    0x04: "an overflow (#OF)",
    0x05: "a bound range error (#BR)",
    0x06: "an invalid opcode (#UD)",
    0x07: "a use of the x87 or SSE unit, which is off (#NM)",
    0x08: "a double fault (#DF)",
    0x0A: "an invalid TSS (#TS)",
    0x0B: "a segment that is not present (#NP)",
    0x0C: "a stack segment fault (#SS)",
    0x0D: "a general protection fault (#GP)",
    0x0E: "a page fault (#PF)",
    0x10: "an x87 error (#MF)",
    0x11: "an alignment error (#AC)",
    0x12: "a machine check (#MC)",
    0x13: "an SSE error (#XM)",
}
BREAKPOINT = 0x03
NOT_PRESENT, GENERAL_PROTECTION = 0x0B, 0x0D
PAGE_FAULT = 0x0E
# Those whose error code is a selector's, if it is not 0: its bits, and the entry's
# number above them (Intel SDM vol. 3A, "Error Code").
WITH_SELECTOR = (0x0A, NOT_PRESENT, 0x0C, GENERAL_PROTECTION)
EXT, IDT, TI = 0x01, 0x02, 0x04
# The error code of a page fault (Intel SDM vol. 3A, "Page-Fault Exceptions").
PRESENT, WRITE, USER, RESERVED, FETCH, KEY, SHADOW_STACK = (
    0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40)

# Bits of CR0 and of the EFER register (Intel SDM vol. 3A, 2.5 and 2.2.1), and of ELF's
# program headers.
CR0_PG, EFER_LMA = 1 << 31, 1 << 10
PT_LOAD, PF_X = 1, 1

PAGE_SIZE = 4096

# This many times is not an accident.
MANY = 100

# What QEMU notes before an exception or interrupt is delivered: the first line only
# for an exception.
CHECK = "check_exception old: "
RECORD = re.compile(
    rf"(?P<exception>{CHECK}.*\n)? *\d+: "
    r"v=(?P<vector>[0-9a-f]+) e=(?P<error>[0-9a-f]+) i=(?P<instruction>\d)"
    r".*? pc=(?P<pc>[0-9a-f]+) SP=[0-9a-f]+:(?P<sp>[0-9a-f]+)"
    r"(?: CR2=(?P<address>[0-9a-f]+))?")


def chapter_path(line):
    """Returns a line of a source, "./../03-vga/vga.c:7 (discriminator 1)", as
    the book names it: "03-vga/vga.c:7". NASM gives whole paths; of these, the
    last folder counts. A folder's name may have blanks."""
    path = re.sub(r" \(discriminator \d+\)$", "", line)
    parts = path.split("/")
    return "/".join(part for part in (parts[-2:] if path.startswith("/") else parts)
                    if part not in ("", ".", ".."))


class _Event:
    """An exception or interrupt in QEMU's log."""

    def __init__(self, record):
        self.at, self.log = record.start(), record.string
        self._end = record.end()
        self.is_exception = record["exception"] is not None
        self.is_instruction = record["instruction"] != "0"  # int3, int 0x80
        self.vector, self.error, self.pc, self.sp = (
            int(record[name], 16) for name in ("vector", "error", "pc", "sp"))
        self.address = int(record["address"], 16) if record["address"] else None
        # The event before it has no IDT entry, or one that is not present.
        self.is_missing_entry = (self.vector in (GENERAL_PROTECTION, NOT_PRESENT)
                                 and self.error & IDT)

    def register(self, name):
        """Returns a register's value before the event: CR0, CR3, EFER; None if the log
        does not have it."""
        found = re.compile(rf"\b{name}=([0-9a-f]+)").search(self.log, self._end)
        return int(found[1], 16) if found else None

    def is_32_bit(self):
        """Was the code segment one of 32 bits?"""
        found = re.compile(r"^CS =.* CS(\d\d)", re.MULTILINE).search(self.log, self._end)
        return found is not None and found[1] == "32"

    def __str__(self):
        if self.is_exception or self.vector == BREAKPOINT:
            return EXCEPTIONS.get(self.vector, f"exception {self.vector:#x}")
        if self.is_instruction:
            return f"the instruction int {self.vector:#x}"
        return f"an interrupt of a device (vector {self.vector:#x})"


def _chain(log):
    """Returns the events of the last chain of exceptions in a log, from what began it."""
    # A chain begins where no exception was being delivered.
    start = log.rfind(f"{CHECK}0xffffffff")
    events = [_Event(record) for record in RECORD.finditer(log)]
    first = next((number for number, event in enumerate(events) if event.at >= start),
                 len(events))
    if 0 < first < len(events) and events[first].is_missing_entry:
        first -= 1
    return events[first:]


def _selector(error):
    """Returns what the error code of a segment or gate means."""
    table = "IDT" if error & IDT else "LDT" if error & TI else "GDT"
    outside = ", on the way to another event's handler" if error & EXT else ""
    return f"Its error code, {error:#x}, names entry {error >> 3} of the {table}{outside}."


class Explain:
    """Puts addresses of one kernel into words."""

    def __init__(self, kernel, addr2line="addr2line"):
        self._kernel = kernel
        self._addr2line = addr2line

    def place(self, address):
        """Returns the function, file and line of an address in the code, and its
        callers where the compiler has inlined one function into another."""
        try:
            lines = subprocess.run(
                [self._addr2line, "-f", "-i", "-e", self._kernel, hex(address)],
                text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                check=True, env=dict(os.environ, LC_ALL="C")).stdout.splitlines()
        except (OSError, subprocess.CalledProcessError):
            return f"{address:#x}"
        if not lines or lines[0] == "??":
            return f"{address:#x}, which is not in the kernel"
        return ", in ".join(
            f"{function} ({chapter_path(line)})" if line[0] != "?" else function
            for function, line in zip(lines[::2], lines[1::2]))

    @functools.cached_property
    def _symbols(self):
        """The addresses of the kernel's symbols: {name: address}."""
        nm = re.sub(r"addr2line$", "nm", self._addr2line)
        try:
            symbols = subprocess.run([nm, self._kernel], text=True, check=True,
                                     stdout=subprocess.PIPE).stdout
        except (OSError, subprocess.CalledProcessError):
            return {}
        return {name: int(address, 16) for address, name in
                re.findall(r"^([0-9a-f]+) \w (\S+)$", symbols, re.MULTILINE)}

    def has_code_at(self, address):
        """Is an address in a segment of the kernel that may be executed?"""
        with open(self._kernel, "rb") as file:
            elf = file.read()
        # System V ABI (gABI), "ELF Header" and "Program Header".
        first, = struct.unpack_from("<Q", elf, 32)
        size, count = struct.unpack_from("<HH", elf, 54)
        for at in range(first, first + size * count, size):
            kind, flags, _, start, _, _, length = struct.unpack_from("<IIQQQQQ", elf, at)
            if kind == PT_LOAD and flags & PF_X and start <= address < start + length:
                return True
        return False

    def _mode(self, event, place):
        """Returns what is wrong with the CPU's mode or the stack pointer, or None. Then
        the instruction itself may well be innocent."""
        cr0, efer = event.register("CR0"), event.register("EFER")
        if cr0 is None or efer is None:
            return None
        if cr0 & CR0_PG and not efer & EFER_LMA:
            return ("Paging is on, and long mode is not: in enter_long_mode, EFER.LME must "
                    "be set before CR0.PG.")
        if event.is_32_bit() and re.search(r"\.[ch]:\d", place):
            return ("The CPU ran this 64-bit code as 32-bit code: long mode is on, but CS is "
                    "still a 32-bit segment, because no far jump has loaded it."
                    if efer & EFER_LMA else
                    "The CPU ran this 64-bit code as 32-bit code: nothing has turned long "
                    "mode on yet.")
        if cr0 & CR0_PG and not (event.register("CR3") or 0) >> 12:
            return "CR3 is 0: the CPU takes the memory at address 0 for its page tables."
        guard, top = self._symbols.get("stack_guard"), self._symbols.get("stack_top")
        if None not in (guard, top) and not event.is_32_bit() \
                and not guard <= event.sp <= top:
            return (f"The stack pointer, {event.sp:#x}, is not in the kernel's stack, which "
                    f"is {guard + PAGE_SIZE:#x} to {top:#x}.")
        return None

    def _page_fault(self, event):
        """Returns what was tried at the address, and why it is not allowed."""
        error, address = event.error, event.address
        who = "Code in ring 3" if error & USER else "It"
        verb = "jumped to" if error & FETCH else \
            "wrote to" if error & WRITE else "read from"
        guard = self._symbols.get("stack_guard")
        if guard is not None and guard <= address < guard + PAGE_SIZE:
            why = "in the guard page below the stack"
            if event.sp <= guard + PAGE_SIZE:
                why += ": the stack has overflowed"
        elif address < PAGE_SIZE and not error & PRESENT:
            why = "in page 0, which is not mapped: this was a null pointer"
        elif error & RESERVED:
            why = ("whose page-table entry has a reserved bit set: is EFER.NXE on, "
                   "and the address in the entry right?")
        elif not error & PRESENT:
            why = "which is not mapped"
        elif error & USER:
            why = ("which the page tables do not allow there: is the U/S bit set at every "
                   "level, and the page writable or executable as needed?")
        elif error & KEY:
            why = "which its protection key forbids"
        elif error & SHADOW_STACK:
            why = "as a shadow stack, which it is not"
        elif error & FETCH:
            why = "which is not executable"
        elif error & WRITE:
            why = "which is read-only"
        else:
            why = "which is not readable"
        return f"{who} {verb} {address:#x}, {why}{'' if why[-1] == '?' else '.'}"

    def again_and_again(self, log):
        """Returns a few lines about an exception that is raised at one place without
        end, because its handler returns and cures nothing; None if there is none."""
        last = [event for event in map(_Event, RECORD.finditer(log))
                if event.is_exception or event.is_instruction][-MANY:]
        if len(last) < MANY or len({(event.vector, event.pc) for event in last}) > 1:
            return None
        event = last[-1]
        lines = [f"The kernel has raised {event} again and again, at one place: its "
                 "handler returns, and the cause is still there."]
        if event.vector == PAGE_FAULT and event.address is not None:
            lines.append(self._page_fault(event))
        return "\n".join([*lines, f"  at {self.place(event.pc)}"])

    def triple_fault(self, log, log_path, memory):
        """Returns a few lines about the exception that began a triple fault.

        log: QEMU's log, with -d int,cpu_reset. log_path: where it is kept.
        memory: a function that returns SIZE bytes at an ADDRESS."""
        chain = _chain(log.rpartition("Triple fault")[0])
        if not chain:
            return f"The machine has reset itself. QEMU's log is {log_path}"
        first = chain[0]
        lines = [f"The kernel has crashed with {first}, and nothing handles it yet."]
        pc = first.pc
        if first.vector == PAGE_FAULT and first.address is not None:
            lines.append(self._page_fault(first))
            if first.error & FETCH:
                # Not the place where it arrived, but the one it was called from.
                pc = int.from_bytes(memory(first.sp, 8), "little") - 1
        elif first.vector in WITH_SELECTOR and first.is_exception and first.error:
            lines.append(_selector(first.error))
        if chain[1:] and chain[1].vector == NOT_PRESENT and chain[1].is_missing_entry:
            lines.append(f"Its handler could not be called: entry {chain[1].error >> 3} of "
                         "the IDT is there, but its present bit is not set.")
        place = self.place(pc)
        if mode := self._mode(first, place):
            lines.append(mode)
        lines.append(f"  at {place}")
        lines.append(f"  the registers at that moment are in {log_path}")
        return "\n".join(lines)
