"""Boots a kernel in Bochs, a second emulator, and looks at the result.

Bochs runs without a window, under its debugger, until the kernel executes one
of its `hlt` instructions (Bochs user manual, "The Bochs internal debugger").
"""
import functools
import os
import re
import subprocess
import tempfile
from pathlib import Path

import course
import screen

# How many seconds Bochs may take.
PATIENCE = 2 * course.PATIENCE

# ips: the firmware waits by its clock, so the fewer instructions make a second, the
# shorter it takes. sound: without a card, the default driver's thread now and then
# aborts Bochs 2.7, because it clears a buffer by a size that was never set.
CONFIGURATION = """
config_interface: textconfig
display_library: term
cpu: model={cpu}, ips=4000000, reset_on_triple_fault=0
memory: guest={memory}, host={memory}
romimage: file=/usr/share/bochs/BIOS-bochs-latest
vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
ata0-master: {drive}
boot: {boot}
com1: enabled=1, mode=file, dev=serial
sound: driver=dummy
log: log
panic: action=fatal
"""


class Result:
    """What Bochs has shown when the kernel halted."""

    def __init__(self, folder, output):
        self.screen = screen.Screen((folder / "memory").read_bytes())
        # Bochs makes the file for the first byte.
        serial = folder / "serial"
        self.serial = serial.read_text() if serial.exists() else ""
        self.rip = number("rip", output)
        self.cr0 = number("CR0", output)
        self.efer = number("EFER", output)


def number(register, output):
    """Returns a register that the debugger has printed."""
    found = re.search(rf"^{register}[:=] ?(?:0x)?([0-9a-f_]+)", output,
                      re.MULTILINE)
    return int(found[1].replace("_", ""), 16)


def halts(kernel):
    """Returns the addresses of the kernel's `hlt` instructions."""
    code = course.run("objdump", "-d", kernel.elf).stdout
    return re.findall(r"^ *([0-9a-f]+):\t[0-9a-f ]+\thlt", code, re.MULTILINE)


@functools.cache
def command():
    """Returns how Bochs is called with its debugger: up to version 2.8, that is what it
    was built with, and later a flag."""
    course.needs("bochs", "bochs-bios", "bochs-vgabios", "bochs-term")
    flag = "-debugger" if "-debugger" in course.run(
        "bochs", "--help", check=False).stdout else ""
    # Bochs goes on after its terminal is gone, and after SIGTERM.
    return (f"timeout --foreground --signal=KILL {PATIENCE} "
            f"bochs {flag} -q -f bochsrc -rc commands")


def boot(kernel, cpu="corei7_sandy_bridge_2600k", disk=None, memory=128):
    """Boots a kernel until it halts, and returns the Result. disk: an image of a disk that
    has the kernel, in place of the ISO; memory: MiB."""
    drive = ("disk", f'type=disk, path="{disk}", mode=volatile') if disk else \
        ("cdrom", f'type=cdrom, path="{kernel.iso}", status=inserted')
    with tempfile.TemporaryDirectory(prefix="bare-metal-c-") as name:
        folder = Path(name)
        (folder / "bochsrc").write_text(
            CONFIGURATION.format(
                cpu=cpu, boot=drive[0], drive=drive[1], memory=memory))
        breakpoints = [f"pb 0x{address}" for address in halts(kernel)]
        (folder / "commands").write_text("\n".join(
            breakpoints + ["c", "r", "creg", 'writemem "memory" 0xb8000 4000',
                           "q"]) + "\n")
        # `script` gives Bochs the terminal that it wants to draw on.
        output = subprocess.run(
            ["script", "-qc", command(), "/dev/null"],
            cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=PATIENCE + 10, check=False,
            env=dict(os.environ, TERM="xterm")).stdout
        text = output.decode(errors="replace").replace("\r", "")
        text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
        assert (folder / "memory").exists(), text[-3000:]
        return Result(folder, text)
