"""Where each function of a kernel keeps its return address, by the compiler's own account.

With -g, the compiler describes how its functions move the stack pointer (DWARF 5, section
6.4, "Call Frame Information"), and objdump prints it as a table: at each LOC, the CFA,
which is the stack pointer's value before the call; below it, at "c-8", the return address;
and where the caller's registers are kept.
"""
import bisect
import re

FUNCTION = re.compile(r" FDE .*pc=([0-9a-f]+)\.\.([0-9a-f]+)$")
ROW = re.compile(r"^([0-9a-f]{16}) (r[sb]p)\+(\d+) +(.*)$")
# Without rows of its own, a function has only the return address on the stack.
PLAIN = ("rsp", 8, None)


class Frames:
    """The frames of a kernel. table: what objdump --dwarf=frames-interp prints."""

    def __init__(self, table):
        self._rows = []  # (address, frame), the frame None where no function is
        columns = []
        inside = False
        for line in table.splitlines():
            if found := FUNCTION.search(line):
                start, end = (int(address, 16) for address in found.groups())
                self._rows += [(start, PLAIN), (end, None)]
                inside = True
            elif " CIE " in line:
                inside = False
            elif line.startswith("   LOC"):
                columns = line.split()[2:]
            elif inside and (found := ROW.match(line)):
                kept = dict(zip(columns, found[4].split())).get("rbp", "u")
                self._rows.append((int(found[1], 16), (
                    found[2], int(found[3]),
                    int(kept[2:]) if kept.startswith("c-") else None)))
        # Of two for one address, the later one counts, but for the end of a function.
        self._rows.sort(key=lambda row: (row[0], row[1] is not None))
        self._addresses = [address for address, _ in self._rows]

    def at(self, address):
        """Returns the frame at an address: the register that the CFA is counted from, the
        distance, and how far below the CFA the caller's RBP is kept, or None. Returns None
        where the compiler has described nothing, as in boot.asm."""
        number = bisect.bisect_right(self._addresses, address) - 1
        return self._rows[number][1] if number >= 0 else None
