"""Reports which lines of the chapters' sources no listing shows."""
from pages import ROOT

SOURCES = ("chapters/*/*.[ch]", "chapters/*/*.asm", "chapters/*/*.ld")


def listed(listings):
    """Returns {file: set of the lines that the pages list}."""
    found = {}
    for listing in listings:
        found.setdefault(listing["file"], set()).update(
            range(listing["first"], listing["last"] + 1))
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


def report(listings):
    """Returns a line for each source that is not listed whole, and a sum. listings:
    those of all pages, as page.lua describes them."""
    shown, lines, total = listed(listings), [], 0
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
