#!/usr/bin/env python3
"""photograph.py FOLDER MAKE - builds and boots each kernel of screens.tsv, and
photographs its screen: FOLDER/chapters/03-vga/screens/panic.png and the like. A
photograph that is newer than its kernel stays.

The blinking cursor is turned off, so that two photographs of the same screen are the
same.
"""
import concurrent.futures
import csv
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "common" / "pc"))
from qemu import HALTED, Machine, end_on_signals  # noqa: E402

# The CRT controller's cursor start register; bit 5 turns the cursor off.
CRTC_INDEX, CRTC_DATA, CURSOR_START, CURSOR_OFF = 0x3D4, 0x3D5, 0x0A, 0x20


def screens():
    """Returns the lines of screens.tsv."""
    with open(HERE / "screens.tsv", encoding="utf-8") as table:
        return list(csv.DictReader(
            (line for line in table if line[0] != "#"), delimiter="\t"))


def firmware():
    """Returns the file of the UEFI firmware."""
    found = subprocess.run(["sh", ROOT / "common/host/tools.sh", "find", "ovmf"], text=True,
                           stdout=subprocess.PIPE, check=False).stdout.strip()
    if not found:
        raise RuntimeError("there is no UEFI firmware: type make setup-all")
    return found


def photograph(iso, png, flags=(), uefi=None):
    """Boots an ISO until it halts, and photographs it."""
    with Machine(str(iso), flags=flags, uefi=uefi) as machine:
        outcome = machine.wait(60)
        if outcome != HALTED:
            raise RuntimeError(f"{iso} has not halted, but {outcome}")
        machine.monitor(f"o /b {CRTC_INDEX:#x} {CURSOR_START:#x}")
        machine.monitor(f"o /b {CRTC_DATA:#x} {CURSOR_OFF:#x}")
        machine.photograph(str(png))


def is_fresh(picture, *inputs):
    """Is a photograph newer than what it shows, and what decides how?"""
    return picture.exists() and all(
        path.stat().st_mtime < picture.stat().st_mtime
        for path in (*inputs, Path(__file__), HERE / "screens.tsv"))


def photograph_screen(screen, folder, make):
    """Photographs a line of screens.tsv; returns what went wrong, if anything."""
    demo = "" if screen["demo"] == "-" else screen["demo"]
    flags = [] if screen["flags"] == "-" else screen["flags"].split()
    built = subprocess.run(
        [make, "--no-print-directory", "-C", ROOT / "chapters" / screen["chapter"],
         "iso", f"DEMO={demo}", f"FIRMWARE={screen['boot']}"], text=True, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, check=False)
    if built.returncode != 0:
        return built.stdout
    iso = Path(built.stdout.splitlines()[-1])
    picture = folder / screen["picture"]
    if is_fresh(picture, iso):
        return ""
    picture.parent.mkdir(parents=True, exist_ok=True)
    try:
        photograph(iso, picture, flags, firmware() if screen["boot"] == "uefi" else None)
    except (OSError, RuntimeError) as problem:
        return f"photograph: {problem}\n"
    return ""


def take(folder, make):
    """Photographs all lines of screens.tsv; returns what went wrong, if anything.
    They are taken side by side, but for two screens of one kernel: it is built
    once."""
    groups = {}
    for screen in screens():
        groups.setdefault((screen["chapter"], screen["demo"]), []).append(screen)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return "".join(pool.map(lambda group: "".join(
            photograph_screen(screen, folder, make) for screen in group),
            groups.values()))


def main():
    problems = take(Path(sys.argv[1]), sys.argv[2])
    sys.stderr.write(problems)
    return 1 if problems else 0


if __name__ == "__main__":
    end_on_signals()
    sys.exit(main())
