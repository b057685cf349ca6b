"""Says how a boot went: what the kernel has shown, how it ended, and what is wrong."""
import re
import sys
import time

import crash
import elf
import stack
from qemu import CRASHED, EXITED, HALTED
from screen import TEXT_SCREEN

# What isa-debug-exit makes of qemu_exit(true) and qemu_exit(false).
EXIT_SUCCESS, EXIT_FAILURE = 33, 35
# The attribute byte of what a kernel says when it gives up.
WHITE_ON_RED = 0x4F
# Text that is not on the screen is looked for in this much memory, in bytes.
SEARCHED = 16 << 20
# As much of a text is quoted.
QUOTED = 40


def shown(machine, outcome, uefi):
    """Returns what the kernel has shown: its screen, or what came over COM1
    where there is no screen (any more)."""
    if uefi or outcome == EXITED:
        text = machine.serial().strip("\n")
    elif sys.stdout.isatty():
        text = machine.screen().colored()
    else:
        text = machine.screen().text()
    if uefi:
        text += ("\nThis text came over COM1. The screen stays empty: UEFI "
                 "firmware has no VGA text mode, which GRUB warns of, too.")
    return text


# ---- GRUB ----

def is_at_prompt(machine):
    """Does GRUB wait for commands, on the screen or on COM1?"""
    lines = machine.screen().text().splitlines() or [""]
    return lines[-1].startswith("grub>") or \
        re.search(r"grub> *\Z", machine.serial()) is not None


def grubs_reason(machine):
    """Returns why GRUB shows its prompt: types the command that makes GRUB say so."""
    def errors():
        return [line for line in machine.screen().lines() + machine.firmware_lines()
                if line.startswith("error:")]
    before = len(errors())
    machine.type("multiboot2 /boot/kernel.elf\n")
    time.sleep(1)
    if errors()[before:]:
        return f"It says: {errors()[-1].strip()}"
    return ("It can load the kernel, so the mistake must be in grub.cfg: the file needs the "
            "lines multiboot2 /boot/kernel.elf and boot.")


# ---- text that does not appear ----

def quoted(text):
    return f'"{text[:QUOTED]}..."' if len(text) > QUOTED else f'"{text}"'


def in_memory(machine, kernel, text):
    """Returns where the memory has a text as the screen would, a byte and an attribute
    for each character; None if it is nowhere outside of the kernel."""
    pattern = b".".join(re.escape(bytes([byte])) for byte in text.encode("ascii"))
    for found in re.finditer(pattern, machine.memory(0, SEARCHED), re.DOTALL):
        if kernel.segment(found.start()) is None:
            return found.start()
    return None


def unseen(machine, kernel):
    """Returns whether nothing of what the kernel has sent to COM1 can be seen on the
    screen, and lines about text there that cannot."""
    screen = machine.screen()
    remarks = []
    hidden, attribute = screen.hidden()
    if hidden:
        remarks.append(f"Text on the screen has the color of its background, attribute "
                       f"{attribute:#04x}, and cannot be seen: {quoted(hidden)}.")
    sent = [line for line in map(str.strip, machine.serial().splitlines())
            if line and line.isascii() and line.isprintable()]
    # A word will do: the kernel may have written over another part of the text.
    is_unseen = bool(sent) and set(" ".join(sent).split()).isdisjoint(screen.text().split())
    if is_unseen and sent[0] not in hidden:
        line = (f"The kernel has sent {quoted(sent[0])} to COM1, but the screen, whose "
                f"memory starts at {TEXT_SCREEN:#x}, does not show it.")
        place = in_memory(machine, kernel, sent[0])
        if place is not None:
            line += (f" The same text is in memory at {place:#x}: check the address that the "
                     "kernel writes to.")
        remarks.append(line)
    if not sent and not hidden and screen.text().startswith("SeaBIOS") and \
            screen.text().endswith("Welcome to GRUB!"):
        remarks.append("The screen shows only what the firmware and GRUB left there: the "
                       "kernel has written nothing to it, and has sent nothing to COM1.")
    return is_unseen, remarks


# ---- the verdict ----

def gave_up(machine, place):
    """Has the kernel halted because it could not go on? Then it says why in white on
    red, or halts in a function whose name says so."""
    return re.search(r"\b(panic|refuse)", place) is not None or any(
        attribute == WHITE_ON_RED and chr(code) > " "
        for row in machine.screen().cells for code, attribute in row)


def pointer(registers, name):
    """Returns RIP or RSP; in 32-bit code, EIP or ESP."""
    return registers.get(f"R{name}", registers.get(f"E{name}"))


def halted(machine, kernel, options):
    """Returns the exit status for a kernel whose CPU has halted, and lines about it."""
    registers = machine.registers()
    # The CPU has stopped after the instruction that halted it.
    address = pointer(registers, "IP") - 1
    if not kernel.has_code_at(address):
        return 1, [f"The CPU has halted at {address + 1:#x}, which is not in the kernel: the "
                   "kernel has not started, or has left its code."]
    place = kernel.place(address)
    line = f"The CPU has halted in {place}."
    if returned := kernel.called_before_label(address):
        line = f"{returned} has returned, and the CPU has halted in {place}."
    if gave_up(machine, place):
        return 1, [line]
    if options.sign:
        register, value = re.match(r"(\w+) = (\w+),", options.sign).groups()
        if registers.get(register) == int(value, 0):
            return 0, [f"{line} {options.sign}."]
    status, remarks = 0, []
    if not options.uefi:
        status, remarks = unseen(machine, kernel)
    if lost := stack.lost(kernel, pointer(registers, "SP")):
        remarks.append(lost)
    return int(status), [*remarks, line]


def still_running(machine, kernel, options):
    """Returns lines about a kernel that has not settled in time."""
    if machine.is_told_to_wait():
        return ["QEMU has not started the CPU: -S in QEMUFLAGS tells it to wait."]
    if is_at_prompt(machine):
        return ["GRUB has not started the kernel, and shows its prompt. "
                f"{grubs_reason(machine)}"]
    if again := crash.again_and_again(kernel, machine.log()):
        return [again]
    registers = machine.registers()
    address = pointer(registers, "IP")
    if not kernel.has_code_at(address):
        return [f"The kernel has not started in {options.patience:g} seconds, or has left "
                f"its code: the CPU is at {address:#x}, which is not in the kernel."]
    line = (f"The kernel has not halted in {options.patience:g} seconds: is it in a loop? "
            f"The CPU is in {kernel.place(address)}.")
    if options.accel != "tcg":
        line += f" Or does ACCEL={options.accel} hang here? Try without it."
    remarks = [] if options.uefi else unseen(machine, kernel)[1]
    return [*remarks, *filter(None, [stack.lost(kernel, pointer(registers, "SP"))]), line]


def left(machine):
    """Returns the exit status for a kernel that has left QEMU, and a line about it."""
    status = machine.exit_status()
    if status == EXIT_SUCCESS:
        return 0, "The kernel has left QEMU: success."
    if status == EXIT_FAILURE:
        return 1, "The kernel has left QEMU: failure."
    if machine.is_switched_off():
        return 0, "The kernel has switched the machine off."
    return status, f"QEMU has ended with status {status}."


def verdict(machine, outcome, options):
    """Returns the exit status for how the boot went, and a few lines about it."""
    kernel = elf.Kernel(options.kernel, options.addr2line)
    if outcome == CRASHED:
        with open(options.log, "w", encoding="utf-8") as log:
            log.write(machine.log())
        return 1, crash.triple_fault(kernel, machine.log(), options.log, machine.memory)
    if outcome == EXITED:
        return left(machine)
    if outcome == HALTED:
        status, lines = halted(machine, kernel, options)
        return status, "\n".join(lines)
    return 1, "\n".join(still_running(machine, kernel, options))
