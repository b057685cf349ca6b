"""Says how a disk without a known kernel has booted: where the CPU is, in which mode, and
which byte of the disk that is."""
import os
import re

import crash
from qemu import CRASHED, EXITED, HALTED
from qemu_log import CR0_PE, EFER_LMA

SECTOR = 512
# Where the BIOS puts the first sector. Most loaders put the next ones after it.
BOOT_SECTOR = 0x7C00
# What a PC keeps below 1 MiB for the programs in its read-only memory, the video card's
# BIOS first.
BIOS = range(0xC0000, 0x100000)
# As many bytes of the memory are compared with the disk.
COMPARED = 4
# What SeaBIOS says when it starts no disk.
NOT_STARTED = "No bootable device."
SIGNATURE = b"\x55\xAA"
# A line of NASM's listing that makes bytes: its number, the first byte's, the bytes, how
# deeply it is included, and the source.
LISTED = re.compile(r" *\d+ ([0-9A-F]{8}) [0-9A-F(\[][^ ]* +(?:<\d+> ?)?(.*)")


def check(path):
    """Raises ValueError if a file cannot be a disk."""
    if not os.path.isfile(path):
        raise ValueError(f"There is no file {path}")
    if os.path.getsize(path) == 0:
        raise ValueError(f"{path} is empty: it has no first sector")


def is_refused(machine):
    """Has the BIOS found nothing to start?"""
    return NOT_STARTED in machine.screen().text()


def mode(register):
    """Returns the CPU's mode. register: a function from names to values, or None."""
    if not (register("CR0") or 0) & CR0_PE:
        return "in real mode"
    if not (register("EFER") or 0) & EFER_LMA:
        return "in protected mode"
    return "in long mode"


class Disk:
    """A disk: its bytes, and NASM's listing of them, if there is one beside it."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.image = file.read()
        self._lines = []  # (the first byte's number, the source's line)
        listing = os.path.splitext(path)[0] + ".lst"
        if os.path.exists(listing):
            with open(listing, encoding="utf-8", errors="replace") as file:
                self._lines = [(int(found[1], 16), found[2]) for line in file if (
                    found := LISTED.match(line))]

    def instruction(self, at):
        """Returns the line of the source that a byte comes from; nothing if that is not
        known."""
        line = max((entry for entry in self._lines if entry[0] <= at), default=(0, ""))[1]
        return " ".join(line.partition(";")[0].split())

    def place(self, machine, address):
        """Returns an address, and which byte of the disk lies there, if one does; or that it
        is the BIOS's."""
        if address in BIOS:
            return f"{address:#x}, in the BIOS"
        at = address - BOOT_SECTOR
        content = self.image[at:at + COMPARED] if at >= 0 else b""
        if not content or machine.memory(address, len(content)) != content:
            return f"{address:#x}, where nothing of the disk lies"
        line = self.instruction(at)
        return (f"{address:#x}, byte {at % SECTOR:#x} of the disk's sector {at // SECTOR}"
                + (f": {line}" if line else ""))


def linear(registers):
    """Returns the address of the next instruction. In real mode, the segment counts 16."""
    pointer = registers.get("RIP", registers.get("EIP"))
    return pointer if registers["CR0"] & CR0_PE else pointer + registers["CS"] * 16


def is_old_code_segment(event):
    """Is CS still the one of real mode, although protected mode is on?"""
    return bool(event.bits("CR0") & CR0_PE) and event.register("CS") == 0


def crashed(machine, disk, log_path):
    """Returns lines about a reset, and keeps QEMU's log."""
    log = crash.kept_log(machine, log_path)
    chain = crash.chain_of_reset(log)
    if not chain:
        return crash.without_records(machine.registers(), log_path, "Triple fault" in log)
    first = chain[0]
    what = f"crashed with {first}" if first.is_exception else f"executed {first}"
    return (f"The CPU has {what} {mode(first.register)}, and nothing handles it.\n"
            + ("CS is still 0, as in real mode: no far jump has loaded it.\n"
               if is_old_code_segment(first) else "") +
            f"  at {disk.place(machine, first.pc)}\n"
            f"  the registers at that moment are in {log_path}")


def report(machine, outcome, options):
    """Returns the text to show, the exit status, and a few lines."""
    disk = Disk(options.image)
    if outcome == EXITED:
        return machine.serial().strip("\n"), 0, "QEMU has ended."
    text = machine.screen().text()
    if outcome == CRASHED:
        return text, 1, crashed(machine, disk, options.log)
    if is_refused(machine):
        why = "" if disk.image[SECTOR - 2:SECTOR] == SIGNATURE else \
            ": its first sector does not end in 0x55, 0xAA"
        return text, 1, f"The BIOS has not started the disk{why}."
    registers = machine.registers()
    if outcome == HALTED:
        return text, 0, (f"The CPU has halted {mode(registers.get)}, at "
                         f"{disk.place(machine, linear(registers) - 1)}.")
    return text, 1, (f"The CPU has not halted in {options.patience:g} seconds. It is "
                     f"{mode(registers.get)}, at {disk.place(machine, linear(registers))}.")
