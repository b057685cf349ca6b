"""What the rows of the screen show, beside the text that the kernel has sent to COM1."""
import collections
import itertools
import re

from screen import COLUMNS, ROWS, SIZE, Screen

# As much of a text is quoted.
QUOTED = 40
TAB_WIDTH = 8
# Rows that the firmware and GRUB leave.
BEFORE_THE_KERNEL = re.compile(r"SeaBIOS|iPXE|Booting from|GRUB loading|Welcome to GRUB!")
# A line that was sent, by its number, and the row of the screen that shows it.
Row = collections.namedtuple("Row", "index line number row")


def quoted(text):
    return f'"{text[:QUOTED]}..."' if len(text) > QUOTED else f'"{text}"'


def margin(line):
    """Returns how many blanks a line begins with."""
    return len(line) - len(line.lstrip())


def words(text):
    """Returns a text with one blank between its words."""
    return " ".join(text.split())


def missing(screen, sent):
    """Returns the last line sent that should be a row of the screen, and is none; None if
    all is well. What was there before the screen was cleared, or has scrolled away, need
    not be there."""
    rows = {words(row): number for number, row in enumerate(screen.lines())}
    lines = [words(line) for line in sent if len(line) <= COLUMNS]  # longer ones have several rows
    end = len(lines)
    while end and lines[end - 1] in rows:
        end -= 1
    if end == len(lines):
        return lines[-1] if lines else None
    top = min(rows[line] for line in lines[end:])
    is_below = any(rows.get(line, top) < top for line in lines[:end])
    return lines[end - 1] if is_below else None


def rows_by_words(screen):
    """Returns the rows of a screen by their words: {words: [(number, row), ...]}."""
    found = {}
    for number, row in enumerate(screen.lines()):
        found.setdefault(words(row), []).append((number, row))
    return found


def found_once(rows, lines):
    """Returns the Rows of lines that were sent once, and are one row of the screen."""
    times = collections.Counter(map(words, lines))
    return [Row(index, line, *rows[words(line)][0]) for index, line in enumerate(lines)
            if line.strip() and line.isprintable() and len(line) <= COLUMNS
            and times[words(line)] == len(rows.get(words(line), ())) == 1]


def is_full(screen, number):
    """Was the last cell of a row written with the text in front of it?"""
    return screen.cells[number][-1][1] == screen.cells[number][-2][1]


def too_far_down(screen, serial):
    """Returns a line about a row of the screen that is further below another than the text
    that was sent has rows between them; None if there is none, or if only some are: then the
    kernel may have put its cursor there."""
    lines = [line.expandtabs(TAB_WIDTH) for line in serial.split("\n")]
    rows, pairs = found_once(rows_by_words(screen), lines), []
    for before, row in zip(rows, rows[1:]):
        between = lines[before.index:row.index]
        distance = sum((max(len(line), 1) - 1) // COLUMNS + 1 for line in between)
        wanted = before.number + distance
        # A kernel may begin a new row as soon as one is full: the text's \n ends an empty one.
        full = [line for line in between if line and len(line) % COLUMNS == 0]
        last = wanted + len(full) - (before.line in full and not is_full(screen, before.number))
        pairs.append((row.number > last, any(len(line) >= COLUMNS - 1 for line in between),
                      f"{quoted(row.line.strip())} is in row {row.number} of the screen, and should be in row "
                      f"{wanted}, {distance} below {quoted(before.line.strip())}: does a row end elsewhere than "
                      f"after {COLUMNS} cells, or does the new line come twice?"))
    is_single = any(not is_wrong and not is_long for is_wrong, is_long, _ in pairs)
    return next((said for is_wrong, is_long, said in pairs if is_wrong and (is_long or not is_single)), None)


def shifted(rows, lines):
    """Returns a line about rows that begin where the ones above them have ended; None if there are
    not two. A kernel may put other text where it likes."""
    moved = [(row, margin(row.row), margin(row.line)) for row in found_once(rows, lines)
             if margin(row.row) != margin(row.line)]
    # How many characters were sent before each line: without a return to column 0, so far right.
    ends = list(itertools.accumulate(map(len, lines), initial=0))
    for first, start in enumerate(ends):
        found = [(row, column, wanted) for row, column, wanted in moved if row.index > first
                 and (ends[row.index] - start + wanted) % COLUMNS == column]
        if len(found) > 1:
            row, column, wanted = found[0]
            return (f"{quoted(row.line.strip())} begins in column {column} of row {row.number}, and should "
                    f"begin in column {wanted}: does a new line set the column to 0?")
    return None


def other_blanks(screen, serial):
    """Returns a line about rows of the screen that begin where the ones above them have ended, or
    about a row with a tab that ends elsewhere; None if there are none."""
    rows, sent = rows_by_words(screen), serial.split("\n")
    lines = [line.expandtabs(TAB_WIDTH) for line in sent]
    if line := shifted(rows, lines):
        return line
    for raw, line in zip(sent, lines):
        found = rows.get(words(line), [])
        line = line.rstrip()
        if "\t" in raw and len(found) == 1 and len(line) <= COLUMNS and found[0][1] != line:
            return (f"{quoted(found[0][1])}, row {found[0][0]} of the screen, has other blanks than the line that "
                    f"the kernel has sent to COM1: does a tab end before a column that is a multiple of {TAB_WIDTH}?")
    return None


def cursor_astray(machine, kernel, screen):
    """Returns a line about a cursor that is not where the text ends, if the kernel moves it;
    None if all is well."""
    text, lines = machine.serial(), screen.lines()
    used = [number for number, row in enumerate(lines) if row]
    end = text[len(text.rstrip()):]
    if kernel.symbol("vga_update_cursor") is None or not machine.is_halted() or not used \
            or not end or end.strip("\n") or words(lines[used[-1]]) != words(text.rstrip().rpartition("\n")[2]):
        return None
    wanted = min(used[-1] + len(end), ROWS - 1) * COLUMNS
    cursor = machine.cursor()
    # Outside of the screen it is hidden, unless the number's low byte has come into the high one.
    if cursor == wanted or cursor >= COLUMNS * ROWS and cursor >> 8 != wanted & 0xFF:
        return None
    return (f"The cursor is at cell {cursor} of the screen, and the text ends at cell {wanted}: is the "
            "cursor moved after the text, with this number's high byte in register 0x0e of the CRT "
            "controller, and its low byte in 0x0f?")


def not_cleared(kernel, screen, sent):
    """Returns a line about a row that the firmware or GRUB has left, if the kernel can clear the
    screen; None if there is none."""
    left = [row for row in screen.lines() if BEFORE_THE_KERNEL.match(row)
            and words(row) not in map(words, sent)]
    if kernel.symbol("vga_clear") is None or not left:
        return None
    return (f"The screen still shows {quoted(left[0])}, which was there before the kernel: is vga_clear "
            "called before anything is printed, and does it write all cells?")


def unlike_shadow(machine, kernel, screen):
    """Returns a line about a row of the screen that shows text which was sent, and not what the copy
    that the kernel has of it says; None if there is none, or no copy. Other text may have been
    written past the copy."""
    shadow = kernel.symbol("shadow")
    if shadow is None or kernel.object_at(shadow) != ("shadow", SIZE):
        return None
    copy = Screen(machine.memory(shadow, SIZE))
    sent = {words(line) for line in machine.serial().split("\n")}
    for number, (row, wanted) in enumerate(zip(screen.lines(), copy.lines())):
        if row and words(row) != words(wanted) and words(row) in sent:
            return (f"Row {number} of the screen is {quoted(row.strip())}, and in shadow it is "
                    f"{quoted(wanted.strip())}: does each function of vga.c and vga_scroll.c that changes one of "
                    "them change the other, too?")
    return None


def new_line_shown(screen, serial):
    """Returns a line about a row whose text goes up to a cell with the code of '\\n', and was sent with
    one; None if there is none."""
    sent = {words(line) for line in serial.split("\n") if line.strip()}
    for number, row in enumerate(screen.cells):
        codes = bytes(code for code, _ in row)
        at = codes.find(b"\n")
        if at > 0 and words(codes[:at].decode("cp437")) in sent:
            return (f"The screen shows '\\n' as a character, in row {number}, column {at}: it is for the code to begin "
                    "a new row there.")
    return None


def astray(machine, kernel, screen, sent):
    """Returns a line about text mode's rows, if they are not as the text that was sent; None if
    they are. sent: its lines."""
    if len(sent) > 1 and all(len(line.strip()) == 1 for line in sent):
        return (f"{len(sent)} lines of one character have come over COM1: is serial_put_char('\\n') called after "
                "each character?")
    if line := new_line_shown(screen, machine.serial()) or other_blanks(screen, machine.serial()):
        return line
    if line := missing(screen, sent):
        return (f"{quoted(line.strip())}, which the kernel has sent to COM1, is not a row of the screen: has other "
                "text been left there, or has this been written over?")
    return too_far_down(screen, machine.serial()) or \
        cursor_astray(machine, kernel, screen) or not_cleared(kernel, screen, sent)
