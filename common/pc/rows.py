"""What the rows of the screen show, beside the text that the kernel has sent to COM1."""
import collections
import re

from screen import COLUMNS, ROWS, SIZE, Screen

# As much of a text is quoted.
QUOTED = 40
TAB_WIDTH = 8
# Rows that the firmware and GRUB leave.
BEFORE_THE_KERNEL = re.compile(r"SeaBIOS|iPXE|Booting from|GRUB loading|Welcome to GRUB!")


def quoted(text):
    return f'"{text[:QUOTED]}..."' if len(text) > QUOTED else f'"{text}"'


def words(text):
    """Returns a text with one blank between its words."""
    return " ".join(text.split())


def missing(screen, sent):
    """Returns the last line sent that should be a row of the screen, and is none; None if
    all is well. What was there before the screen was cleared, or has scrolled away, need
    not be there."""
    rows = {words(row): number for number, row in enumerate(screen.lines())}
    lines = [words(line) for line in sent if len(line) <= COLUMNS]
    end = len(lines)
    while end and lines[end - 1] in rows:
        end -= 1
    if end == len(lines):
        return lines[-1] if lines else None
    top = min(rows[line] for line in lines[end:])
    is_below = any(rows.get(line, top) < top for line in lines[:end])
    return lines[end - 1] if is_below else None


def too_far_down(screen, serial):
    """Returns a line about a row of the screen that is further below another than the text
    that was sent has rows between them; None if there is none, or if only some are: then the
    kernel may have put its cursor there."""
    rows, lines = {}, [line.expandtabs(TAB_WIDTH) for line in serial.split("\n")]
    for number, row in enumerate(screen.lines()):
        rows.setdefault(row.strip(), []).append(number)
    times = collections.Counter(line.strip() for line in lines)
    before, distance, is_long, pairs = None, 0, False, []
    for line in lines:
        text = line.strip()
        found = rows.get(text, []) if text.isprintable() and times[text] == 1 else []
        if text and len(found) == 1 and len(line) <= COLUMNS:
            if before:
                surplus = found[0] - before[1] - distance
                pairs.append((surplus > 0, is_long,
                              f"{quoted(text)} is in row {found[0]} of the screen, and should be in row "
                              f"{before[1] + distance}, {distance} below {quoted(before[0])}: does a row end "
                              f"elsewhere than after {COLUMNS} cells, or does the new line come twice?"))
            before, distance, is_long = (text, found[0]), 0, False
        distance += len(line) // COLUMNS + 1
        is_long |= len(line) >= COLUMNS - 1
    is_single = any(not is_wrong and not is_long for is_wrong, is_long, _ in pairs)
    return next((said for is_wrong, is_long, said in pairs if is_wrong and (is_long or not is_single)), None)


def other_blanks(screen, serial):
    """Returns a line about rows of the screen that begin where the ones above them have ended, or
    about a row with a tab that ends elsewhere; None if there are none. A kernel may put other text
    where it likes."""
    rows = {}
    for number, row in enumerate(screen.lines()):
        rows.setdefault(words(row), []).append((number, row))
    # How many characters were sent before each line: without a return to column 0, so far right.
    sent, shifts, starts = 0, {}, [0]
    for line in (line.expandtabs(TAB_WIDTH) for line in serial.split("\n")):
        found = rows.get(words(line), []) if line.strip() and line.isprintable() else []
        if len(found) == 1 and len(line) <= COLUMNS:
            number, row = found[0]
            column, wanted = len(row) - len(row.lstrip()), len(line) - len(line.lstrip())
            for start in starts[:-1] if column != wanted else ():
                shifts.setdefault(start, []).append((line.strip(), number, column, wanted))
                if (sent - start + wanted) % COLUMNS != column:
                    shifts[start].pop()
        sent += len(line)
        starts.append(sent)
    for found in shifts.values():
        if len(found) > 1:
            text, number, column, wanted = found[0]
            return (f"{quoted(text)} begins in column {column} of row {number}, and should begin in "
                    f"column {wanted}: does a new line set the column to 0?")
    for line in (line for line in serial.split("\n") if "\t" in line):
        found = rows.get(words(line), [])
        line = line.expandtabs(TAB_WIDTH).rstrip()
        if len(found) == 1 and len(line) <= COLUMNS and found[0][1] != line:
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
    wanted = min(used[-1] + len(text) - len(text.rstrip("\n")), ROWS - 1) * COLUMNS
    cursor = machine.cursor()
    if cursor == wanted or cursor >= COLUMNS * ROWS:  # there, it is hidden
        return None
    return (f"The cursor is at cell {cursor} of the screen, and the text ends at cell {wanted}: is the "
            "cursor moved after the text, with this number's high byte in register 0x0e of the CRT "
            "controller, and its low byte in 0x0f?")


def not_cleared(kernel, screen, sent):
    """Returns a line about a row that the firmware or GRUB has left, if the kernel can clear the
    screen; None if there is none."""
    left = [row for row in screen.lines() if BEFORE_THE_KERNEL.match(row) and row.strip() not in sent]
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


def astray(machine, kernel, screen, sent):
    """Returns a line about text mode's rows, if they are not as the text that was sent; None if
    they are. sent: its lines."""
    if line := missing(screen, sent):
        return (f"{quoted(line)}, which the kernel has sent to COM1, is not a row of the screen: has other "
                "text been left there, or has this been written over?")
    return other_blanks(screen, machine.serial()) or too_far_down(screen, machine.serial()) or \
        cursor_astray(machine, kernel, screen) or not_cleared(kernel, screen, sent)
