#!/usr/bin/env python3
"""generate.py PCF OFL - prints font.c: the 256 glyphs of a font of 8x16 pixels, and its
license.

PCF: a font in X11's Portable Compiled Format, packed with gzip, whose characters have the
codes of a PC's text screen (code page 437). OFL: the text of the license. Source of the
format: X.Org, "The X11 PCF bitmap font file format", and libXfont's pcfread.c.
"""
import gzip
import struct
import sys

# The tables that are read.
METRICS, BITMAPS, ENCODINGS = 1 << 2, 1 << 3, 1 << 5
# The bits of a table's format.
COMPRESSED, BIG_ENDIAN, HIGH_BIT_FIRST, PADDING = 0x100, 1 << 2, 1 << 3, 3
NO_GLYPH = 0xFFFF
WIDTH, HEIGHT = 8, 16

FILE = """\
/* font.c - what the 256 characters of a PC's text screen look like, in
 * 8 x 16 pixels. `make font` made it from the glyphs of Terminus
 * Font; only the file format differs. */
/* clang-format off */
/* This file is under the license of the glyphs:
 *
{license}
 */
#include <font.h>

/* A line for each character, its number first. */
const uint64_t font[][2] = {{
{glyphs}
}};
"""


def tables(data):
    """Yields each table of a PCF file: its kind, its format and its contents."""
    magic, count = struct.unpack_from("<4sI", data)
    if magic != b"\1fcp":
        sys.exit("generate.py: this is not a PCF font")
    for number in range(count):
        kind, form, size, offset = struct.unpack_from("<4I", data, 8 + 16 * number)
        yield kind, ("<", ">")[bool(form & BIG_ENDIAN)], form, data[offset + 4:offset + size]


def read(path):
    """Returns the glyphs of a font, each as 16 bytes, by their codes."""
    with gzip.open(path) as file:
        found = {kind: rest for kind, *rest in tables(file.read())}
    order, form, table = found[METRICS]
    if not form & COMPRESSED:
        sys.exit("generate.py: the metrics are not compressed")
    count, = struct.unpack_from(f"{order}H", table)
    metrics = [table[2 + 5 * number:][:5] for number in range(count)]
    for left, _, width, ascent, descent in metrics:
        if left != 0x80 or width - 0x80 != WIDTH or ascent + descent - 0x100 != HEIGHT:
            sys.exit(f"generate.py: a glyph is not {WIDTH} x {HEIGHT} pixels")

    order, form, table = found[BITMAPS]
    if not form & HIGH_BIT_FIRST:
        sys.exit("generate.py: the leftmost pixel is not the highest bit")
    offsets = struct.unpack_from(f"{order}{count}I", table, 4)
    bitmaps, step = table[4 + 4 * count + 16:], 1 << (form & PADDING)

    order, form, table = found[ENCODINGS]
    first, last, first_row, last_row, _ = struct.unpack_from(f"{order}5H", table)
    if first_row or last_row:
        sys.exit("generate.py: the codes have more than one byte")
    numbers = struct.unpack_from(f"{order}{last - first + 1}H", table, 10)
    return {first + index: bitmaps[offsets[number]:][:step * HEIGHT:step]
            for index, number in enumerate(numbers) if number != NO_GLYPH}


def line(code, glyph):
    """Returns a character's line of the table: its rows from the top, eight in a number,
    the first in the highest byte."""
    return "    /* {:02x} */ {{0x{}, 0x{}}},".format(code, glyph[:8].hex(), glyph[8:].hex())


def main():
    glyphs = read(sys.argv[1])
    with open(sys.argv[2], encoding="utf-8") as file:
        text = [f" * {words}".rstrip() for words in file.read().splitlines()]
    print(FILE.format(license="\n".join(text), glyphs="\n".join(
        line(code, glyphs.get(code, bytes(HEIGHT))) for code in range(256))), end="")


if __name__ == "__main__":
    main()
