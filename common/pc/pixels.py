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


def font(kernel):
    """Returns the glyphs of a kernel's font, from its file: for each code, 16 bytes; nothing
    if it has no font."""
    content = kernel.content("font", GLYPHS * HEIGHT)
    numbers = struct.unpack(f"<{len(content) // 8}Q", content)
    rows = b"".join(number.to_bytes(8, "big") for number in numbers)
    return [rows[at:at + HEIGHT] for at in range(0, len(rows), HEIGHT)]


def glyphs(kernel):
    """Returns which character has which glyph: {16 bytes: code}."""
    found, shapes = {}, font(kernel)
    # Of characters that look alike, those of ASCII count. So they do with the cursor, where
    # a q looks like a g.
    for code in (*range(32, 127), *range(GLYPHS)) if shapes else ():
        found.setdefault(shapes[code], code)
    return found


def only_color(picture):
    """Returns the color that all pixels of a picture have, as 6 hexadecimal digits; None if
    they differ."""
    _, _, data = picture
    return data[:3].hex() if data == data[:3] * (len(data) // 3) else None


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


def _cells(picture):
    """Yields each cell of the text that a picture shows: its row, its column, and its rows of
    pixels. picture: its width and height, and its pixels, 3 bytes each."""
    width, height, data = picture
    columns, rows = min(width // WIDTH, COLUMNS), min(height // HEIGHT, ROWS)
    left, top = (width - columns * WIDTH) // 2, (height - rows * HEIGHT) // 2
    for row in range(rows):
        for column in range(columns):
            start = ((top + row * HEIGHT) * width + left + column * WIDTH) * 3
            yield row, column, tuple(data[at:at + WIDTH * 3] for at in range(
                start, start + HEIGHT * width * 3, width * 3))


def read(picture, codes):
    """Returns the text screen that a picture shows. codes: which glyph is which character."""
    known = {}  # most cells are like another
    memory = bytearray(b" \x07" * (COLUMNS * ROWS))
    for row, column, cell in _cells(picture):
        if cell not in known:
            known[cell] = _cell(cell, codes)
        at = (row * COLUMNS + column) * 2
        memory[at:at + 2] = known[cell]
    return Screen(memory)


def _are_alike(one, other):
    """Are two colors the same, but for what a pixel with 5 bits for each part of it loses?"""
    return all((a ^ b) & 0xF8 == 0 for a, b in zip(one, other))


def _drawn(rows, shape):
    """Returns the two colors of a cell, of what belongs to a glyph and of what does not; None
    for one that has several. The cursor's rows do not count."""
    colors = (set(), set())
    for row, bits in zip(rows[:-len(CURSOR)], shape):
        for x in range(WIDTH):
            colors[not bits & 0x80 >> x].add(row[3 * x:3 * x + 3])
    return [min(each) if len(each) == 1 else None for each in colors]


def first_wrong(picture, shapes, wanted):
    """Returns a line about the first letter that a picture does not show as it should, or about most
    blanks; None if all is well. shapes: what font() has returned. wanted: the Screen that the kernel has in its
    memory."""
    by_number, blanks = {number: color for color, number in COLORS.items()}, []
    for row, column, cell in _cells(picture):
        code, attribute = wanted.cells[row][column]
        if chr(code) == " ":
            blanks.append((cell[0][:3], by_number[attribute >> 4 & 7]))
        colors = by_number[attribute & 15], by_number[attribute >> 4 & 7]
        if not chr(code).isalnum() or colors[0] == colors[1]:
            continue
        found = _drawn(cell, shapes[code])
        if None not in found and all(map(_are_alike, found, colors)):
            continue
        letter = f'"{chr(code)}", in row {row}, column {column} of the screen, '
        if None in found:
            return letter + "is not drawn as font.c has it: do its pixels go from the highest bit to " \
                "the lowest, and its rows from top to bottom?"
        if found[0] == found[1]:
            return letter + "cannot be seen: is framebuffer_draw called, and does it draw each pixel of " \
                "a glyph, at the right place?"
        if all(map(_are_alike, found, reversed(colors))):
            return letter + "has the colors of its text and of its background exchanged."
        return letter + (f"is 0x{found[0].hex()} on 0x{found[1].hex()}, and should be "
                         f"0x{colors[0].hex()} on 0x{colors[1].hex()}: are vga_colors and the bits of "
                         "each color in a pixel right?")
    wrong = [pair for pair in blanks if not _are_alike(*pair)]
    # A kernel may draw something else in a part of the screen.
    if 2 * len(wrong) > len(blanks):
        found, color = wrong[-1]
        return (f"Most of the screen's blank cells are 0x{found.hex()}, and should be 0x{color.hex()}: with what color "
                "is the screen filled before any text is drawn?")
    return None
