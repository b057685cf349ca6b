"""Says why a kernel's text cannot be seen on the screen, or is not as the kernel has meant it."""
import re

import pixels
import rows
from rows import QUOTED, quoted
from screen import COLUMNS, ROWS, SIZE, TEXT_SCREEN, Screen

# Light gray on black, and the other way around.
GRUBS_ATTRIBUTES = {0x07, 0x70}
# Text that is not on the screen is looked for in this much memory, in bytes.
SEARCHED = 16 << 20
# So many letters make a word that is not on the screen by chance.
LEAST_WORD = 4
# The text mode's memory, of which the screen shows the beginning.
TEXT_MEMORY = 0x8000
# A blank, light gray on black, as the firmware leaves it.
BLANK = b" \x07"
# Control characters of the font, and the attributes that are letters in ASCII.
CONTROL, LETTERS = range(1, 0x10), range(0x21, 0x7F)
# Bytes that text has no use for, other than 0; a bell or a new page, only in front of any text.
NOT_TEXT = re.compile(r"^[\x07\x0c]|[\x01-\x06\x0b\x0e-\x1a\x1c-\x1f\x7f]")
# How a kernel says that it cannot draw.
NO_PIXELS = re.compile(r"The screen stays empty: .*")
# So many such cells, and so many attributes of one character, cannot be chance.
FEW = 2


def squeezed(text):
    """Returns a text without blanks and ends of lines: the screen has its own."""
    return "".join(text.split())


def in_memory(machine, kernel, text):
    """Returns where the memory has a text as the screen would, a byte and an attribute
    for each character; None if it is nowhere outside of the kernel."""
    pattern = b".".join(re.escape(bytes([byte])) for byte in text.encode("ascii"))
    for found in re.finditer(pattern, machine.memory(0, SEARCHED), re.DOTALL):
        if kernel.segment(found.start()) is None:
            return found.start()
    return None


def shows_all(screen, serial):
    """Does a screen show the text that was sent to COM1, or of a long one as much as it has room for?
    The first line of that is looked for."""
    lines = [line for line in serial.split("\n")[1 - ROWS:] if line.strip()]
    return bool(lines) and squeezed(lines[0]) in squeezed(screen.text())


def lines_about(machine, kernel, screen, start):
    """Returns an exit status, 1 if the kernel's text cannot be seen on the screen, and
    lines about that."""
    remarks = []
    if start not in (TEXT_SCREEN, None) and not shows_all(screen, machine.serial()):
        return 1, [f"The video card shows its memory from {start:#x} on, and not from "
                   f"{TEXT_SCREEN:#x}: the kernel has changed register 0x0c or 0x0d of the CRT "
                   "controller."]
    hidden, attribute = screen.hidden()
    if hidden:
        remarks.append(f"Text on the screen has the color of its background, attribute "
                       f"{attribute:#04x}, and cannot be seen: {quoted(hidden)}.")
    lines = [line.rstrip() for line in machine.serial().expandtabs(rows.TAB_WIDTH).split("\n")
             if line.strip() and line.isascii() and line.isprintable()]
    sent = [line.strip() for line in lines]
    visible, status = screen.text(), int(bool(hidden and not sent))
    # A word will do: the kernel may have written over another part of the text. A letter
    # may be there by chance.
    words = {word for word in " ".join(sent).split() if len(word) >= LEAST_WORD}
    is_unseen = bool(sent) and sent[-1][:QUOTED] not in visible and \
        words.isdisjoint(visible.split())
    if is_unseen and " ".join(sent[-1].split()) in hidden:
        status = 1
    elif is_unseen:
        which = f", whose memory starts at {start:#x}, does" if start else " does"
        line = f"The kernel has sent {quoted(sent[-1])} to COM1, but the screen{which} not show it."
        why = why_not_there(machine, kernel, screen, sent[-1]) if start else None
        # A kernel that has left the screen alone may be one for COM1.
        # Only the course's console is known to send the same text to both.
        status = int(why is not None or not visible
                     or bool(kernel.name_with("vga_put")) and not is_untouched(screen))
        remarks.append(line + (why or ""))
    elif sent and not hidden and machine.is_halted() and squeezed(sent[-1]) not in squeezed(visible):
        remarks.append((start and rows.other_blanks(screen, machine.serial()))
                       or f"The last line that the kernel has sent to COM1, {quoted(sent[-1])}, is "
                       "not on the screen as it was sent.")
    elif start and sent and not hidden and machine.is_halted() and (line := rows.astray(machine, kernel, screen, lines)):
        remarks.append(line)
    if "\0" in machine.serial():
        status = 1
        remarks.append("Bytes of 0 have come over COM1, after " + quoted(squeezed_line(
            machine.serial().partition("\0")[0])) + ": they end a string, and are not text. Has a "
                       "loop run past the end of one?")
    elif byte := NOT_TEXT.search(machine.serial()):
        before = squeezed_line(machine.serial()[:byte.start()])
        remarks.append(f"The byte {ord(byte[0]):#04x} has come over COM1, "
                       + (f"after {quoted(before)}" if before else "before any text")
                       + ": it is not text. What sends it, and from where is the text read? Code may also "
                       "have run past the end of a function that lacks its ret.")
    if not sent and not hidden and is_untouched(screen):
        status = 1
        remarks.append("The screen shows only what the firmware and GRUB left there"
                       + (", and nothing has come over COM1. " + past
                          if (past := past_the_screen(machine)) else
                          ": the kernel has written nothing to it, and has sent nothing to COM1."))
    return status, remarks


def squeezed_line(text):
    """Returns the beginning of the last line of a text."""
    return text.rstrip("\n").rpartition("\n")[2].strip()


def cells_of(machine, kernel):
    """Returns the Screen that a kernel which draws its text has in its memory; None if it has
    none."""
    cells = kernel.symbol("cells")
    return None if cells is None else Screen(machine.memory(cells, SIZE))


def drawn_wrong(machine, kernel, screen, wanted, is_usual_card):
    """Returns an exit status, 1 if a kernel that draws its text has not drawn it, or not as it
    should be, and lines about that. It may have said why it draws none. screen: what can be
    read from the pixels; None if nothing can be. wanted: what cells_of() has returned.
    is_usual_card: is it QEMU's own choice?"""
    if kernel.symbol("framebuffer_draw") is None:
        return 0, []
    if said := NO_PIXELS.search(machine.serial()):
        return (1, [f'"{said[0]}" But QEMU\'s usual card has pixels that a kernel can use: is the '
                    "framebuffer's tag read right, and are the checks of it right?"]) \
            if is_usual_card else (0, [])
    font = pixels.font(kernel)
    if wanted and font:
        if screen is None and not wanted.text().strip():
            return 1, ["The kernel could have drawn its text, but its array of cells has none: does "
                       "vga.c write to the cells of the framebuffer (vga_set_cells)?"]
        if line := pixels.first_wrong(machine.picture(), font, wanted):
            return 1, [line]
    if screen is None:
        return 1, ["The kernel could have drawn its text: is framebuffer_draw called, and does it "
                   "draw at the right place, in the right colors?"]
    return 0, []


def why_not_there(machine, kernel, screen, text):
    """Returns a sentence about why the screen does not show a text, or where the text is
    instead; None if that cannot be said, as when the kernel uses COM1 only."""
    if said := NO_PIXELS.search(machine.serial()):
        return f' It has said: "{said[0]}"'
    physical = machine.physical(TEXT_SCREEN)
    if physical != TEXT_SCREEN:
        return (f" The page tables map {TEXT_SCREEN:#x} to {physical:#x}."
                if physical is not None else f" The page tables do not map {TEXT_SCREEN:#x}.")
    place = in_memory(machine, kernel, text)
    if place is None:
        writer = kernel.name_with("vga_put")
        return f" Does {writer} write to {TEXT_SCREEN:#x}?" \
            if writer and is_untouched(screen) else None
    if TEXT_SCREEN <= place < TEXT_SCREEN + SIZE:
        return " Its characters are where the attributes belong, at odd addresses."
    row, column = divmod((place - TEXT_SCREEN) // 2, COLUMNS)
    if ROWS <= row < TEXT_MEMORY // (2 * COLUMNS) and machine.start_of_screen() == TEXT_SCREEN:
        return (f" The same text is in memory at {place:#x}, which would be column {column} of row {row}: the screen "
                f"has rows 0 to {ROWS - 1}.")
    return (f" The same text is in memory at {place:#x}: check the address that the kernel "
            "writes to.")


def is_untouched(screen):
    """Does the screen show what the firmware and GRUB have left?"""
    return screen.text().startswith("SeaBIOS") and \
        screen.text().endswith("Welcome to GRUB!") and \
        {attribute for row in screen.cells for _, attribute in row} <= GRUBS_ATTRIBUTES


def swapped(screen):
    """Returns a line about cells whose character and attribute have changed places; None if
    there are none."""
    cells = [(row, column) for row, line in enumerate(screen.cells)
             for column, (code, attribute) in enumerate(line)
             if code in CONTROL and attribute in LETTERS or (attribute, code) == tuple(BLANK)]
    attributes = {}
    for row, column in cells:
        code, attribute = screen.cells[row][column]
        attributes.setdefault(code, set()).add(attribute)
    # Nor can a whole row of blanks.
    are_letters = any(len(found) >= FEW for found in attributes.values())
    if len(cells) < FEW or not are_letters and len(cells) < COLUMNS:
        return None
    row, column = cells[0]
    code, attribute = screen.cells[row][column]
    return (f"{len(cells)} cells, the first in row {row}, column {column}, have a character like "
            f"{code:#04x} and an attribute like {attribute:#04x}: have the two changed places? The "
            "character is the low byte of a cell.")


def past_the_screen(machine):
    """Returns a line about what has been written after the screen's last cell; None if
    nothing has."""
    rest = machine.memory(TEXT_SCREEN + SIZE, TEXT_MEMORY - SIZE)
    at = next((i for i in range(0, len(rest), 2) if rest[i:i + 2] not in (BLANK, b"\0\0")), None)
    if at is None:
        return None
    return (f"Something has been written at {TEXT_SCREEN + SIZE + at:#x}, after the screen's last "
            f"cell: the screen has rows 0 to 24, of {COLUMNS} cells each.")
