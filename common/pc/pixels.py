"""Reads text from a screen of pixels, by the kernel's own font.

The text is in the middle of the screen: 80 x 25 cells of 8 x 16 pixels, in the 16 colors
of a VGA card, drawn with the glyphs at the kernel's symbol font, which are 16 bytes each.
"""
import itertools
import struct

from screen import COLUMNS, ROWS, Screen

WIDTH, HEIGHT = 8, 16  # of a cell, in pixels
GLYPHS = 256
# The last rows of a cell with the cursor.
CURSOR = b"\xFF\xFF"
LIGHT_GRAY = 7
FULL_BLOCK = 0xDB
# The character for a cell whose pixels are none.
UNKNOWN = 0xB1

# Dark ones have the lower half of the bits; brown is dark yellow, made less green.
COLORS = {bytes(85 * (number >> 3) + 170 * (number >> bit & 1) for bit in (2, 1, 0)): number
          for number in range(16)}
COLORS[b"\xAA\x55\x00"] = COLORS.pop(b"\xAA\xAA\x00")


def glyphs(kernel):
    """Returns which character has which glyph, from the kernel's file: {16 bytes: code};
    nothing if it has no font."""
    content = kernel.content("font", GLYPHS * HEIGHT)
    numbers = struct.unpack(f"<{len(content) // 8}Q", content)
    rows = b"".join(number.to_bytes(8, "big") for number in numbers)
    found = {}
    # Of characters that look alike, those of ASCII count. So they do with the cursor, where
    # a q looks like a g.
    for code in (*range(32, 127), *range(GLYPHS)) if rows else ():
        found.setdefault(rows[code * HEIGHT:(code + 1) * HEIGHT], code)
    return found


def _bits(rows, color):
    """Returns the glyph of rows of pixels, whose text has a color."""
    return bytes(sum(0x80 >> x for x in range(WIDTH) if row[3 * x:3 * x + 3] == color)
                 for row in rows)


def _cell(rows, codes):
    """Returns the character and the attribute of a cell, from its rows of pixels."""
    pixels = {row[x:x + 3] for row in rows for x in range(0, len(row), 3)}
    if not pixels <= COLORS.keys():
        return UNKNOWN, LIGHT_GRAY
    if len(pixels) == 1:
        color = COLORS[min(pixels)]
        # No background is bright, so this is a filled square.
        return (FULL_BLOCK, color) if color > 7 else (ord(" "), color << 4 | LIGHT_GRAY)
    if len(pixels) > 2:
        return UNKNOWN, LIGHT_GRAY
    for text, background in itertools.permutations(sorted(pixels, reverse=True)):
        glyph = _bits(rows, text)
        code = codes.get(glyph)
        if code is None and glyph.endswith(CURSOR):  # what is above it has to do
            code = next((code for other, code in codes.items()
                         if other.startswith(glyph[:-len(CURSOR)])), None)
        if code is not None and COLORS[background] < 8:
            return code, COLORS[background] << 4 | COLORS[text]
    return UNKNOWN, LIGHT_GRAY


def read(picture, codes):
    """Returns the text screen that a picture shows. picture: its width and height, and its
    pixels, 3 bytes each. codes: which glyph is which character."""
    width, height, data = picture
    columns, rows = min(width // WIDTH, COLUMNS), min(height // HEIGHT, ROWS)
    left, top = (width - columns * WIDTH) // 2, (height - rows * HEIGHT) // 2
    known = {}  # most cells are like another
    memory = bytearray(b" \x07" * (COLUMNS * ROWS))
    for row in range(rows):
        for column in range(columns):
            start = ((top + row * HEIGHT) * width + left + column * WIDTH) * 3
            cell = tuple(data[at:at + WIDTH * 3] for at in range(
                start, start + HEIGHT * width * 3, width * 3))
            if cell not in known:
                known[cell] = _cell(cell, codes)
            at = (row * COLUMNS + column) * 2
            memory[at:at + 2] = known[cell]
    return Screen(memory)
