#!/usr/bin/env python3
"""photograph.py KERNEL-ISO PNG - boots a kernel, and writes what its screen
shows as a picture. The blinking cursor is left out, for two photographs of the
same screen must be the same."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "common"))
from machine import HALTED, Machine, end_on_signals  # noqa: E402

# The CRT controller's cursor start register; bit 5 turns the cursor off.
CRTC_INDEX, CRTC_DATA, CURSOR_START, CURSOR_OFF = 0x3D4, 0x3D5, 0x0A, 0x20


def photograph(iso, png):
    """Boots an ISO until it halts, and photographs it."""
    with Machine(iso) as machine:
        outcome = machine.wait(60)
        if outcome != HALTED:
            sys.exit(f"photograph: the kernel has not halted, but {outcome}")
        machine.monitor(f"o /b {CRTC_INDEX:#x} {CURSOR_START:#x}")
        machine.monitor(f"o /b {CRTC_DATA:#x} {CURSOR_OFF:#x}")
        machine.photograph(png)


if __name__ == "__main__":
    end_on_signals()
    photograph(*sys.argv[1:3])
