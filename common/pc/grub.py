"""Asks GRUB, when it waits at its prompt, why it has not started the kernel."""
import re
import time

PROMPT = "grub>"
# How many seconds GRUB has to show what was typed, and to answer.
ECHO_PATIENCE = 10
ANSWER_PATIENCE = 15
# The seconds between two keys. On a busy machine, keys that follow each other fast get lost.
PACES = (0.02, 0.1, 0.4)
CLEAR_LINE = "\x15"


def prompt_line(machine):
    """Returns what stands after GRUB's prompt on the screen; None if there is no prompt."""
    lines = machine.screen().text().splitlines() or [""]
    return lines[-1][len(PROMPT):].strip() if lines[-1].startswith(PROMPT) else None


def is_at_prompt(machine):
    """Does GRUB wait for commands, on the screen or on COM1?"""
    return prompt_line(machine) is not None or \
        re.search(rf"{PROMPT} *\Z", machine.serial()) is not None


def wait_for(condition, seconds):
    """Waits until a function says so, at most so many seconds; returns whether it did."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def enter(machine, command):
    """Types a command, and presses Enter only when GRUB shows it as it was meant; returns
    whether it did. (On COM1, it cannot be seen so clearly.)"""
    if prompt_line(machine) is None:
        machine.type(f"{command}\n", PACES[1])
        return True
    for pace in PACES:
        machine.type(CLEAR_LINE + command, pace)
        if wait_for(lambda: prompt_line(machine) == command, ECHO_PATIENCE):
            machine.type("\n")
            return True
    return False


def reason(machine, kernel):
    """Returns why GRUB shows its prompt: types the commands that make GRUB say so. Some
    versions look for the memory only when they boot."""
    def complete(lines):  # without the last one, which GRUB may still be writing
        return [line for line in lines if line.strip()][:-1]

    def errors(kept=list):
        return [line for line in kept(machine.screen().lines()) + kept(machine.firmware_lines())
                if line.startswith("error:")]
    before = len(errors())
    for command in ("multiboot2 /boot/kernel.elf", "boot"):
        if not enter(machine, command):
            return ("It does not take commands from here, perhaps because this machine is busy. "
                    f"Type at its prompt: {command}")
        wait_for(lambda: errors(complete)[before:] or prompt_line(machine) == "",
                 ANSWER_PATIENCE if prompt_line(machine) is not None else 1)
        if errors()[before:]:
            return f"It says: {errors()[-1].strip()}{explained(errors()[-1], kernel)}"
    if said := re.search(r"too little memory\b.*", machine.serial()):
        return (f"From here, it can start the kernel, which says: {said[0]}. GRUB's menu needs "
                "memory, too: give the machine more (-m in QEMUFLAGS).")
    return ("It can load the kernel, so the mistake must be in grub.cfg: the file needs the "
            "lines multiboot2 /boot/kernel.elf and boot, a } for each {, and a fi for each if.")


def explained(error, kernel):
    """Returns what may be behind an error of GRUB, as a sentence with a blank before it."""
    if "out of memory" in error:
        start = min((segment.start for segment in kernel.segments
                     if segment.end > segment.start), default=0)
        return f" linker.ld has put the kernel at {start:#x}: is there free memory?"
    if "overlap" in error:
        return (" Two segments of the kernel, perhaps an empty one at address 0 among them, ask for "
                "the same memory: readelf -lW build/kernel.elf lists them.")
    return ""
