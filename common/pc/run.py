#!/usr/bin/env python3
"""Boots a kernel, and says how that went.

With a display, it shows the screen in QEMU's window; in a terminal, there. With
neither, it waits until the kernel has settled, and prints the screen as text.
"""
import argparse
import os
import re
import shlex
import signal
import subprocess
import sys

import disk
import elf
from grub import is_at_prompt
from qemu import EXITED, HALTED, RUNNING, Machine, MachineError, end_on_signals
from report import seen, shown, verdict

# Flags of QEMU that run has its own use for.
TAKEN = {
    "-enable-kvm|-accel": "use ACCEL=kvm to let this processor run the kernel",
    "-serial": "make run already uses COM1, so this would be COM2. To see what comes over "
               "COM1, boot with FIRMWARE=uefi",
    "-d|-D": "make run reads QEMU's log to explain a crash, and then keeps it in build/",
    "-daemonize": "make run could neither wait for QEMU nor end it",
}
# Those that take a value, of the ones that a course may need.
WITH_VALUE = re.compile(r"--?(m|M|machine|cpu|smp|vga|device|drive|hd[abcd]|cdrom|boot|netdev|nic|name|rtc|object|"
                        r"global|usbdevice|monitor|display|bios|append|accel)")
# Where debuggers look for QEMU, unless they are told otherwise.
DEBUGGER_PORT = 1234
WINDOWS = ("gtk", "sdl", "cocoa")


def displays_here(qemu):
    """Returns the displays that this place allows, the best one first: windows
    by their names, "curses" and "none"."""
    has_display = (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
                   or sys.platform == "darwin")
    has_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    wanted = (WINDOWS if has_display else ()) + (("curses",) if has_terminal else ())
    # To ask QEMU takes as long as a tenth of a boot.
    offered = subprocess.run([qemu, "-display", "help"], text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                             check=False).stdout.split() if wanted else ()
    return [name for name in wanted if name in offered] + ["none"]


def windows_here(qemu):
    """Returns those that leave the terminal to others."""
    return [name for name in displays_here(qemu) if name != "curses"]


def seconds(text):
    """Returns a number of seconds; raises ValueError with what is wrong with it."""
    if re.fullmatch(r"\d+(\.\d*)?|\.\d+", text) and float(text) > 0:
        return float(text)
    raise ValueError(f"PATIENCE={text} is not a number of seconds, such as 10")


def qemu_flags(text):
    """Returns QEMUFLAGS as words; raises ValueError with what is wrong with them."""
    try:
        flags = shlex.split(text)
    except ValueError as error:
        raise ValueError(f"QEMUFLAGS={text} has " + (
            "an unmatched quotation mark" if "quotation" in str(error)
            else "a backslash at its end")) from None
    for flag, why in TAKEN.items():
        if any(re.fullmatch(f"-?(?:{flag})", word) for word in flags):
            raise ValueError(f"QEMUFLAGS={text} does not work here: {why}")
    for word in flags:
        if re.match(r"-\w+ ", word):
            raise ValueError(f"QEMUFLAGS={text} has quotation marks around \"{word}\", so QEMU would take that for one "
                             "word. In a Makefile, the value needs none")
    if flags and WITH_VALUE.fullmatch(flags[-1]):
        raise ValueError(f"QEMUFLAGS={text} lacks the value of {flags[-1]}. Several words need quotation marks, as in "
                         "QEMUFLAGS='-m 4'")
    return flags


def start(options, displays, **more):
    """Starts QEMU with the first of the displays that works. Returns it, and the
    Machine."""
    for display in displays:
        if display == "curses":
            print("QEMU ends when the kernel halts. To end it sooner, press Ctrl-C.",
                  flush=True)
        try:
            return display, Machine(
                options.image, qemu=options.qemu, uefi=options.uefi,
                display=display, accel=options.accel,
                drive="cdrom" if options.image.endswith(".iso") else "disk",
                flags=options.qemu_flags, **more)
        except MachineError as error:
            if display not in WINDOWS:
                raise
            print(f"QEMU does not start with a window: {error}", flush=True)
    raise MachineError("no display works")


def judge(machine, outcome, options):
    """Returns what the kernel has shown, the exit status, and a few lines."""
    kernel = elf.Kernel(options.kernel, options.addr2line)
    screen, address = (None, None) if outcome == EXITED else seen(machine, kernel)
    if outcome == RUNNING and machine.is_halted():
        # It has come to its end at the last moment, and may have drawn until then.
        outcome = HALTED
        screen, address = seen(machine, kernel)
    return shown(machine, outcome, screen), \
        *verdict(machine, kernel, outcome, screen, address, options)


def asked(command):
    """Starts a command, and returns a function that waits for what it prints. It may print nothing,
    or fail."""
    if not command:
        return lambda: ""
    # It runs while QEMU boots.
    process = subprocess.Popen(  # pylint: disable=consider-using-with
        shlex.split(command), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True)
    return lambda: process.communicate()[0].strip()


def run(options):
    """Boots the kernel, or the disk, and shows it."""
    is_lost, report = (is_at_prompt, judge) if options.kernel else (disk.is_refused, disk.report)
    displays = displays_here(options.qemu)
    if options.verb == "test":
        displays = ["none"]
    elif options.uefi:  # pixels are nothing for a terminal
        displays = windows_here(options.qemu)
    remark = asked(options.remark)
    display, machine = start(options, displays)
    with machine:
        outcome = machine.wait(options.patience, until=lambda: is_lost(machine))
        if display == "curses" and outcome == RUNNING:
            machine.wait_for_exit()
            if line := remark():
                print(line)
            return 0
        text, status, line = report(machine, outcome, options)
        line = "\n".join(filter(None, [line, remark()]))
        if display == "curses":
            machine.close()  # it still has the terminal
        if display not in WINDOWS:
            print(text)
        print(line, flush=True)
        if display in WINDOWS and outcome != EXITED:
            print("Close the window, or press Ctrl-C here, to end.", flush=True)
            machine.wait_for_exit()
    if options.must_exit and outcome != EXITED:
        print("The kernel should have left QEMU, but it has not.")
        return 1
    return status


def debug(options):
    """Boots the kernel under GDB, stopped at _start."""
    with start(options, windows_here(options.qemu), gdb=True)[1] as machine:
        # Ctrl-C is for GDB: it stops the kernel.
        signal.signal(signal.SIGINT, lambda *_: None)
        return subprocess.run([
            options.gdb, "-q", options.kernel,
            "-ex", "set confirm off",
            "-ex", f"target remote 127.0.0.1:{machine.gdb_port()}",
            "-ex", "break *_start", "-ex", "continue", *options.gdb_flags,
        ], check=False).returncode


def debug_server(options):
    """Boots the kernel, stopped at the CPU's first instruction, and waits for a
    debugger, such as that of an editor."""
    displays = windows_here(options.qemu)
    with start(options, displays, gdb=True, port=DEBUGGER_PORT)[1] as machine:
        print(f"QEMU waits for a debugger on port {DEBUGGER_PORT}. Ctrl-C ends it.",
              flush=True)
        machine.wait_for_exit()
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("verb", choices=["run", "boot", "test", "debug", "debug-server"])
    parser.add_argument("image", help="of a CD, .iso; or of a disk")
    parser.add_argument("kernel", nargs="?",
                        help="the ELF file, with symbols, that the image boots")
    parser.add_argument("--qemu", default="qemu-system-x86_64")
    parser.add_argument("--addr2line", default="addr2line")
    parser.add_argument("--gdb", default="gdb")
    parser.add_argument("--gdb-flags", nargs=argparse.REMAINDER, default=[],
                        help="arguments for GDB: all that follow")
    parser.add_argument("--log", required=True,
                        help="where QEMU's log is kept when the kernel crashes")
    # Emulation boots in one or two seconds; UEFI firmware takes five.
    parser.add_argument("--patience", default="60",
                        help="how many seconds the kernel may take to halt")
    parser.add_argument("--remark", default="",
                        help="a command whose output is printed after the report")
    parser.add_argument("--must-exit", action="store_true",
                        help="the kernel must leave QEMU, with success")
    parser.add_argument("--accel", default="tcg")
    parser.add_argument("--uefi", help="the file of the UEFI firmware")
    parser.add_argument("--qemu-flags", default="",
                        help="more arguments for QEMU, quoted as for a shell")
    options = parser.parse_args()
    try:
        options.patience = seconds(options.patience)
        options.qemu_flags = qemu_flags(options.qemu_flags)
        disk.check(options.image)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    end_on_signals()
    # The screen may have characters that the terminal's encoding has not.
    sys.stdout.reconfigure(errors="replace")
    try:
        return {"debug": debug, "debug-server": debug_server}.get(
            options.verb, run)(options)
    except FileNotFoundError as error:
        print(f"There is no program {error.filename}", file=sys.stderr)
        return 1
    except MachineError as error:
        print(f"QEMU: {error}", file=sys.stderr)
        return 1
    except OSError as error:  # such as a full disk
        print(f"{error.filename or options.log}: {error.strerror}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
