"""Reports which lines of the chapters' sources no listing shows."""
import re

from pages import ROOT

SOURCES = ("chapters/*/*.[ch]", "chapters/*/*.asm", "chapters/*/*.ld")


def listed(wanted):
    """Returns {file: set of the lines that the pages list}."""
    found = {}
    for line in wanted:
        if listing := re.fullmatch(r"(.+):(\d+)-(\d+)", line):
            name, first, last = listing.groups()
            found.setdefault(name, set()).update(range(int(first), int(last) + 1))
    return found


def ranges(lines):
    """[3, 4, 5, 9] -> '3-5, 9'"""
    found = []
    for line in lines:
        if found and line == found[-1][1] + 1:
            found[-1][1] = line
        else:
            found.append([line, line])
    return ", ".join(f"{first}-{last}" if first < last else str(first)
                     for first, last in found)


def report(wanted):
    """Returns a line for each source that is not listed whole, and a sum. wanted:
    what the pages want of others, as book.lua reports it."""
    shown, lines, total = listed(wanted), [], 0
    missing_total = 0
    for path in sorted(path for pattern in SOURCES for path in ROOT.glob(pattern)
                       if path.is_file()):
        name = str(path.relative_to(ROOT))
        # Empty lines between two listings are not missed.
        text = path.read_text(errors="replace")
        filled = [number for number, line
                  in enumerate(text.splitlines(), 1) if line.strip()]
        missing = [number for number in filled if number not in shown.get(name, ())]
        total += len(filled)
        missing_total += len(missing)
        if missing:
            lines.append(f"{name}: {ranges(missing)}" if len(missing) < len(filled)
                         else f"{name}: not listed at all")
    share = 100 * (total - missing_total) // max(total, 1)
    return "\n".join([*lines, f"{share} % of {total} lines are listed.", ""])
