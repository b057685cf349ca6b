"""Exceptions and interrupts, as QEMU's log has them (-d int,cpu_reset)."""
import re

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
DIVISION_ERROR, BREAKPOINT, INVALID_OPCODE = 0x00, 0x03, 0x06
DOUBLE_FAULT, NOT_PRESENT, GENERAL_PROTECTION = 0x08, 0x0B, 0x0D
PAGE_FAULT = 0x0E
# Those whose error code is a selector's, if it is not 0: its bits, and the entry's
# number above them (Intel SDM vol. 3A, "Error Code").
WITH_SELECTOR = (0x0A, NOT_PRESENT, 0x0C, GENERAL_PROTECTION)
# Those for an address that is not canonical, and for much else.
PROTECTION = (0x0C, GENERAL_PROTECTION)
EXT, IDT, TI = 0x01, 0x02, 0x04
# The error code of a page fault (Intel SDM vol. 3A, "Page-Fault Exceptions").
PRESENT, WRITE, USER, RESERVED, FETCH, KEY, SHADOW_STACK = (
    0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40)

# Bits of CR0, CR4 and EFER (Intel SDM vol. 3A, 2.5 and 2.2.1).
CR0_PE, CR0_WP, CR0_PG = 1 << 0, 1 << 16, 1 << 31
CR4_PAE, CR4_OSFXSR = 1 << 5, 1 << 9
EFER_LME, EFER_LMA, EFER_NXE = 1 << 8, 1 << 10, 1 << 11

# What QEMU notes before an exception or interrupt is delivered: the first line only
# for an exception.
CHECK = "check_exception old: "
RECORD = re.compile(
    rf"(?P<exception>{CHECK}.*\n)? *\d+: "
    r"v=(?P<vector>[0-9a-f]+) e=(?P<error>[0-9a-f]+) i=(?P<instruction>\d)"
    r" cpl=(?P<ring>\d).*? pc=(?P<pc>[0-9a-f]+) SP=[0-9a-f]+:(?P<sp>[0-9a-f]+)"
    r"(?: CR2=(?P<address>[0-9a-f]+))?")


def table(text, name, start=0):
    """Returns where the GDT or the IDT is, and its limit, by a dump of QEMU's registers; None if
    it does not say. start: where in the text the dump begins."""
    found = re.compile(rf"^{name}= +([0-9a-f]+) ([0-9a-f]+)", re.MULTILINE).search(text, start)
    return (int(found[1], 16), int(found[2], 16)) if found else None


class Event:
    """An exception or interrupt, and the CPU's registers just before it."""

    def __init__(self, record):
        self.at, self._log = record.start(), record.string
        self._end = record.end()
        self.is_exception = record["exception"] is not None
        self.is_instruction = record["instruction"] != "0"  # int3, int 0x80
        self.vector, self.error, self.pc, self.sp = (
            int(record[name], 16) for name in ("vector", "error", "pc", "sp"))
        self.ring = int(record["ring"])
        self.address = int(record["address"], 16) if record["address"] else None
        # The event before it has no IDT entry, or one that is not present.
        self.is_missing_entry = (self.vector in (GENERAL_PROTECTION, NOT_PRESENT)
                                 and self.error & IDT)
        # An exception, and not the instruction int 0xe.
        self.is_page_fault = (self.vector == PAGE_FAULT and self.is_exception
                              and self.address is not None)
        # The instruction itself could not be read. While EFER.NXE or CR4.PAE is off, the
        # error code does not say so.
        self.is_fetch = self.is_page_fault and bool(
            self.error & FETCH or (self.address == self.pc and not self.error & WRITE
                                   and not (self.bits("EFER") & EFER_NXE
                                            and self.bits("CR4") & CR4_PAE)))

    def register(self, name):
        """Returns a register's value before the event, such as CR0, EFER, RAX (EAX of
        32-bit code); None if the log does not have it."""
        found = re.compile(rf"\b{name} ?=([0-9a-f]+)").search(self._log, self._end)
        return int(found[1], 16) if found else None

    def bits(self, name):
        """Returns the same, or 0."""
        return self.register(name) or 0

    def table(self, name):
        """Returns where the GDT or the IDT is, and its limit; None if the log does not
        say."""
        return table(self._log, name, self._end)

    def is_32_bit(self):
        """Was the code segment one of 32 bits?"""
        found = re.compile(r"^CS =.* CS(\d\d)", re.MULTILINE).search(self._log, self._end)
        return found is not None and found[1] == "32"

    def __str__(self):
        if self.is_exception or self.vector == BREAKPOINT:
            return EXCEPTIONS.get(self.vector, f"exception {self.vector:#x}")
        if self.is_instruction:
            return f"the instruction int {self.vector:#x}"
        return f"a device interrupt (vector {self.vector:#x})"


def events(log):
    """Returns all events of a log."""
    return [Event(record) for record in RECORD.finditer(log)]


def last_chain(log):
    """Returns the events of the last chain of exceptions in a log, from what began it."""
    # A chain begins where no exception was being delivered.
    start = log.rfind(f"{CHECK}0xffffffff")
    found = events(log)
    first = next((number for number, event in enumerate(found) if event.at >= start),
                 len(found))
    if 0 < first < len(found) and found[first].is_missing_entry:
        first -= 1
    return found[first:]
