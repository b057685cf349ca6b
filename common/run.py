#!/usr/bin/env python3
"""Boots a kernel where it is started, and says how that went.

With a display: in QEMU's window. In a terminal: in the terminal. With neither:
boots, waits until the kernel has settled, and prints the screen as text.
"""
import argparse
import os
import shutil
import signal
import subprocess
import sys

import crash
from machine import (CRASHED, EXITED, HALTED, Machine, MachineError,
                     end_on_sigterm)

# Emulation boots in one or two seconds; UEFI firmware takes five.
PATIENCE = 60
EXIT_SUCCESS = 33  # what isa-debug-exit makes of qemu_exit(true)
LOADER_MAGIC = 0x36D76289
WINDOWS = ("gtk", "sdl", "cocoa")


def choose_display(qemu):
    """Returns the display that this place allows: a window's name, "curses" or
    "none"."""
    offered = subprocess.run([qemu, "-display", "help"], text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                             check=True).stdout.split()
    window = next((name for name in WINDOWS if name in offered), None)
    has_display = (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
                   or sys.platform == "darwin")
    has_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    if has_display and window:
        return window
    if has_terminal and "curses" in offered:
        return "curses"
    return "none"


def halt_report(machine, explain):
    """Returns a line that says where the CPU has halted, and why one knows."""
    registers = machine.registers()
    address = registers.get("RIP", registers.get("EIP"))
    line = f"The CPU has halted in {explain.place(address - 1)}."
    if registers.get("EAX") == LOADER_MAGIC:
        line += (f" EAX = {LOADER_MAGIC:#x}, the loader's magic:"
                 " GRUB started this kernel.")
    return line


def report(machine, outcome, explain, log):
    """Prints how the boot went; returns the exit status of this program."""
    if outcome == HALTED:
        print(halt_report(machine, explain))
        return 0
    if outcome == CRASHED:
        shutil.copyfile(machine.log_path, log)
        print(explain.triple_fault(machine.log(), log), file=sys.stderr)
        return 1
    if outcome == EXITED:
        # 0: the user has closed the window.
        status = machine.exit_status()
        if status not in (0, EXIT_SUCCESS):
            print(f"QEMU ended with status {status}.", file=sys.stderr)
        return 0 if status in (0, EXIT_SUCCESS) else 1
    print(f"The kernel has not halted in {PATIENCE} seconds: is it in a loop?",
          file=sys.stderr)
    return 1


def run(options):
    """Boots the kernel and shows it."""
    display = "none" if options.verb == "test" else choose_display(options.qemu)
    explain = crash.Explain(options.kernel, options.addr2line)
    if display == "curses":
        print("To leave QEMU: press Esc, then 2, type quit and press Enter.")
    with Machine(options.iso, qemu=options.qemu, uefi=options.uefi,
                 display=display, flags=options.qemu_flag) as machine:
        outcome = machine.wait(PATIENCE)
        if display == "none":
            text = machine.serial() if options.uefi or outcome != HALTED \
                else machine.screen().text()
            print(text.strip("\n"))
        if options.uefi:
            print("This text came over COM1. The screen stays empty: UEFI firmware "
                  "has no VGA text mode, which GRUB warns of, too.")
        status = report(machine, outcome, explain, options.log)
        if options.must_exit and outcome != EXITED:
            print("The kernel has not left QEMU by itself.", file=sys.stderr)
            status = 1
        if display in WINDOWS and outcome not in (CRASHED, EXITED):
            print("Close the window, or press Ctrl-C here, to end.")
        if display != "none":
            machine.wait_for_exit()
    return status


def debug(options):
    """Boots the kernel under GDB, stopped at _start."""
    display = choose_display(options.qemu)
    display = display if display in WINDOWS else "none"
    with Machine(options.iso, qemu=options.qemu, uefi=options.uefi,
                 display=display, gdb=True, flags=options.qemu_flag) as machine:
        # Ctrl-C is for GDB: it stops the kernel.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        return subprocess.run([
            options.gdb, "-q", options.kernel,
            "-ex", "set confirm off",
            "-ex", f"target remote 127.0.0.1:{machine.gdb_port()}",
            "-ex", "break *_start", "-ex", "continue", *options.gdb_flags,
        ], check=False).returncode


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("verb", choices=["run", "test", "debug"])
    parser.add_argument("kernel", help="the ELF file, with symbols")
    parser.add_argument("iso", help="the image that boots it")
    parser.add_argument("gdb_flags", nargs="*", help="more arguments for GDB")
    parser.add_argument("--qemu", default="qemu-system-x86_64")
    parser.add_argument("--addr2line", default="addr2line")
    parser.add_argument("--gdb", default="gdb")
    parser.add_argument("--log", required=True,
                        help="where QEMU's log is kept when the kernel crashes")
    parser.add_argument("--must-exit", action="store_true",
                        help="the kernel must leave QEMU, with success")
    parser.add_argument("--uefi", help="the file of the UEFI firmware")
    parser.add_argument("--qemu-flag", action="append", default=[])
    options = parser.parse_args()
    end_on_sigterm()
    try:
        return debug(options) if options.verb == "debug" else run(options)
    except MachineError as error:
        print(f"QEMU: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
