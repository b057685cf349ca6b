"""What the kernels' screens must show, cell by cell.

Each screen is written here from what the chapters promise, not taken from a
boot. An attribute byte is background * 16 + foreground.
"""
import re

COLUMNS, ROWS = 80, 25
GRAY, YELLOW, GREEN, TITLE, RED = 0x07, 0x0E, 0x0A, 0x1F, 0x4F
COLORS = ["black", "blue", "green", "cyan", "red", "magenta", "brown",
          "light gray", "dark gray", "light blue", "light green", "light cyan",
          "light red", "pink", "yellow", "white"]


class Page:
    """A screen that is filled with blanks, and written to."""

    def __init__(self, attribute=GRAY):
        self.cells = [[(32, attribute)] * COLUMNS for _ in range(ROWS)]

    def put(self, row, column, text, attribute=GRAY):
        """Writes a text at a place; the attribute is that of its cells."""
        for i, character in enumerate(text):
            self.cells[row][column + i] = (ord(character), attribute)

    def differences(self, screen):
        """Returns a line for each row in which a screen is not this page."""
        return [f"row {number}: {shown(is_there)!r}, not {shown(wanted)!r}"
                for number, (is_there, wanted)
                in enumerate(zip(screen.cells, self.cells))
                if is_there != wanted]


def shown(row):
    """Returns a row's text, and where its attributes change."""
    text = "".join(chr(code) for code, _ in row).rstrip()
    changes = [(column, hex(attribute)) for column, (_, attribute)
               in enumerate(row)
               if column == 0 or row[column - 1][1] != attribute]
    return text, changes


def titled(text):
    """Returns a page with the title row that all kernels share."""
    page = Page()
    page.put(0, 0, f" Bare-Metal C  | {text}".ljust(COLUMNS), TITLE)
    return page


def chapter_2():
    page = Page()
    page.put(0, 0, "Hello World!", GREEN)
    return page


def refusal(text):
    page = Page()
    page.put(0, 0, text, RED)
    return page


def chapter_3(memory_map):
    """memory_map: the lines of the table, which depend on the machine."""
    page = titled("chapter 3: text on the screen")
    page.put(2, 0, " The 16 colors", YELLOW)
    for number, name in enumerate(COLORS):
        attribute = number if number else 0x70
        page.put(3 + number // 4, number % 4 * 20, f" {number:2} {name:12}",
                 attribute)
    page.put(8, 0, " The memory map", YELLOW)
    page.put(9, 0, f"  {'first address':18}  {'last address':18}  {'KiB':>10}"
             "  type")
    for number, line in enumerate(memory_map):
        page.put(10 + number, 0, line)
    return page


def memory_map_lines(lines):
    """Returns the lines of the memory map in a screen of chapter 3, and the MiB
    that they say are available. Checks each line, and their sum."""
    region = re.compile(r"  0x([0-9a-f]{16})  0x([0-9a-f]{16})  ( *\d+)  "
                        r"(available|reserved|ACPI tables|"
                        r"keep for hibernation|defective)$")
    found, available, before, more, kind = [], 0, -1, [], None
    for line in lines:
        match = region.match(line)
        if not match:
            break
        first, last = int(match[1], 16), int(match[2], 16)
        assert before < first <= last, line
        # Neighbors of one type are one.
        assert (first, match[4]) != (before + 1, kind), line
        kind = match[4]
        assert match[3] == f"{(last - first + 1) // 1024:10}", line
        if match[4] == "available":
            available += last - first + 1
        before = last
        found.append(line)
    if found and lines[len(found)].startswith("  ... and "):
        # What is left out may be available.
        more = [lines[len(found)]]
        assert len(found) == 11 and re.fullmatch(r"  \.\.\. and [1-9]\d* more", more[0])
        [available] = [int(number) << 20 for number in re.findall(
            r"^  (\d+) MiB are available$", lines[len(found) + 1])]
    total = f"  {available // 2**20} MiB are available"
    assert found and lines[len(found + more)] == total, lines
    return found + more + [total], available // 2**20


def chapter_4():
    page = titled("chapter 4: memory functions")
    page.put(2, 0, " The kernel tests its memory functions:")
    tests = ["memcpy copies 0 to 80 bytes, all alignments",
             "memmove moves up and down, all overlaps",
             "memset fills with the low 8 bits",
             "memcmp finds the first byte that differs",
             "bcmp finds any byte that differs",
             "a size of 0 touches nothing",
             "no byte too many is touched, next to unmapped pages",
             "a byte too many is a page fault, and is caught",
             "rep movsb, rep stosb and repe cmpsb do the same",
             "a struct of 12000 bytes is copied"]
    for number, name in enumerate(tests):
        page.put(4 + number, 0, "  ok    ", GREEN)
        page.put(4 + number, 8, f"  {name}")
    page.put(5 + len(tests), 0, f"  {len(tests)} passed, 0 failed")
    return page
