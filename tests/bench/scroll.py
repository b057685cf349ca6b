#!/usr/bin/env python3
"""Counts what a scrolled line of text costs on a screen of pixels: how many of them the
console writes, and how many it would write if it drew the whole screen anew.
"""
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "kernel")]
import course  # noqa: E402  (needs the path above)
from test_framebuffer import OBJECTS, SCREENS  # noqa: E402
from test_host import link  # noqa: E402

LINES = 5
ALL = 80 * 25 * 8 * 16


def main():
    with tempfile.TemporaryDirectory(prefix="bare-metal-c-") as folder:
        program = link(Path(folder), "framebuffer_host.c", OBJECTS, "03-vga")
        written = int(course.run(program, *SCREENS["as under OVMF"], 1, -LINES, 0).stdout)
    print(f"A scrolled line, of {LINES} that differ in length: {written // LINES} pixels are "
          f"written, of {ALL}: {written / LINES / ALL:.1%}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
