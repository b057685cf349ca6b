"""What the rows of the screen show, beside the text that the kernel has sent to COM1."""
import re

from screen import COLUMNS, ROWS

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
    that was sent has rows between them; None if there is none."""
    rows = {}
    for number, row in enumerate(screen.lines()):
        rows.setdefault(row.strip(), []).append(number)
    before, distance = None, 0
    for line in serial.replace("\r", "").split("\n"):
        found = rows.get(line.strip(), []) if line.strip() and line.isprintable() else []
        if len(found) == 1 and before and found[0] - before[1] > distance:
            return (f"{quoted(line.strip())} is in row {found[0]} of the screen, and should be in row "
                    f"{before[1] + distance}, {distance} below {quoted(before[0])}: does a row end "
                    f"elsewhere than after {COLUMNS} cells, or does the new line come twice?")
        if len(found) == 1:
            before, distance = (line.strip(), found[0]), 0
        distance += max(-(-len(line) // COLUMNS), 1)
    return None


def other_blanks(screen, serial):
    """Returns a line about a row of the screen that has the words of a line that was sent, and
    other blanks; None if there is none."""
    lines = screen.lines()
    sent = [line.expandtabs(TAB_WIDTH).rstrip() for line in serial.replace("\r", "").split("\n")]
    for line in filter(str.isprintable, filter(None, sent)):
        found = [number for number, row in enumerate(lines) if words(row) == words(line)]
        if len(found) != 1 or len(line) > COLUMNS or lines[found[0]] in sent:
            continue
        row, text = lines[found[0]], line.lstrip()
        column, wanted = len(row) - len(row.lstrip()), len(line) - len(text)
        if column != wanted:
            return (f"{quoted(text)} begins in column {column} of row {found[0]}, and should begin in "
                    f"column {wanted}: does a new line set the column to 0?")
        return (f"{quoted(row)}, row {found[0]} of the screen, has other blanks than the line that the kernel "
                f"has sent to COM1: does a tab end before a column that is a multiple of {TAB_WIDTH}?")
    return None


def cursor_astray(machine, kernel, screen):
    """Returns a line about a cursor that is not where the text ends, if the kernel moves it;
    None if all is well."""
    text = machine.serial().replace("\r", "")
    used = [number for number, row in enumerate(screen.lines()) if row]
    if kernel.symbol("vga_update_cursor") is None or not machine.is_halted() or not used \
            or not text.endswith("\n"):
        return None
    wanted = min(used[-1] + len(text) - len(text.rstrip("\n")), ROWS - 1) * COLUMNS
    cursor = machine.cursor()
    if cursor == wanted:
        return None
    return (f"The cursor is at cell {cursor} of the screen, and the text ends at cell {wanted}: is the "
            "cursor moved after the text, with this number's high byte in register 0x0e of the CRT "
            "controller, and its low byte in 0x0f?")


def not_cleared(kernel, screen):
    """Returns a line about a row that the firmware or GRUB has left, if the kernel can clear the
    screen; None if there is none."""
    left = [row for row in screen.lines() if BEFORE_THE_KERNEL.match(row)]
    if kernel.symbol("vga_clear") is None or not left:
        return None
    return (f"The screen still shows {quoted(left[0])}, which was there before the kernel: is vga_clear "
            "called before anything is printed, and does it write all cells?")


def unlike_shadow(machine, kernel, screen):
    """Returns a line about a cell of the screen that is not as in the copy that the kernel has of
    it; None if there is none, or no copy. A cell of 0 was never written."""
    shadow = kernel.symbol("shadow")
    if shadow is None or kernel.object_at(shadow) != ("shadow", COLUMNS * ROWS * 2):
        return None
    copy = machine.memory(shadow, COLUMNS * ROWS * 2)
    for number in range(COLUMNS * ROWS):
        row, column = divmod(number, COLUMNS)
        wanted = copy[2 * number], copy[2 * number + 1]
        if wanted != (0, 0) and screen.cells[row][column] != wanted:
            found = int.from_bytes(bytes(screen.cells[row][column]), "little")
            return (f"The cell in row {row}, column {column} of the screen is {found:#06x}, and in shadow it is "
                    f"{int.from_bytes(bytes(wanted), 'little'):#06x}: does each function of vga.c and "
                    "vga_scroll.c that changes one of them change the other, too?")
    return None


def astray(machine, kernel, screen, sent):
    """Returns a line about text mode's rows, if they are not as the text that was sent; None if
    they are. sent: its lines."""
    if line := missing(screen, sent):
        return (f"{quoted(line)}, which the kernel has sent to COM1, is not a row of the screen: has other "
                "text been left there, or has this been written over?")
    return other_blanks(screen, machine.serial()) or too_far_down(screen, machine.serial()) or \
        cursor_astray(machine, kernel, screen) or not_cleared(kernel, screen)
