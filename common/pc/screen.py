"""The text screen of a VGA card, read from the machine's memory."""

COLUMNS, ROWS = 80, 25
TEXT_SCREEN = 0xB8000
SIZE = COLUMNS * ROWS * 2  # bytes

# The font of a VGA card is code page 437; Python decodes its lower 32 codes
# as control characters, so they are given here.
LOW_GLYPHS = " ☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼"


def glyph(code):
    """Returns the character that a VGA card shows for a byte."""
    if code < 32:
        return LOW_GLYPHS[code]
    return "⌂" if code == 127 else bytes([code]).decode("cp437")


def ansi_color(vga):
    """Returns a terminal's number for a color. Its lowest bit is red, and bit 2 is
    blue; in VGA it is the other way around. Bright ones start at 60."""
    color = (vga & 4) >> 2 | (vga & 2) | (vga & 1) << 2
    return color + 60 if vga & 8 else color


def is_hidden(code, attribute):
    """Has a character the color of its background? (Bit 7 is for blinking.)"""
    return attribute & 15 == attribute >> 4 & 7 and not glyph(code).isspace()


class Screen:
    """The text screen: 25 rows of 80 cells, a byte and an attribute each."""

    def __init__(self, memory):
        self.cells = [
            [(memory[i], memory[i + 1])
             for i in range(row * COLUMNS * 2, (row + 1) * COLUMNS * 2, 2)]
            for row in range(ROWS)]

    def lines(self):
        """Returns the text of the 25 rows as it can be seen, without blanks at their
        ends."""
        return ["".join(" " if is_hidden(*cell) else glyph(cell[0]) for cell in row).rstrip()
                for row in self.cells]

    def hidden(self):
        """Returns the text that has the color of its background, and the first such
        attribute; nothing and None if there is none."""
        cells = [cell for row in self.cells for cell in [*row, (ord(" "), 0)]
                 if is_hidden(*cell) or glyph(cell[0]).isspace()]
        text = " ".join("".join(glyph(code) for code, _ in cells).split())
        return text, next((attribute for code, attribute in cells
                           if is_hidden(code, attribute)), None)

    def text(self):
        """Returns all text as one string, without empty rows at the end."""
        return "\n".join(self.lines()).rstrip("\n")

    def colored(self):
        """Returns all 25 rows with the escape sequences of a terminal for
        their colors (ECMA-48, 8.3.117, and for the bright ones, which it
        lacks, xterm's 90 to 97 and 100 to 107)."""
        rows = []
        for row in self.cells:
            text, last = "", None
            for code, attribute in row:
                if attribute != last:
                    foreground = ansi_color(attribute & 15) + 30
                    background = ansi_color(attribute >> 4) + 40
                    text += f"\x1b[0;{foreground};{background}m"
                    last = attribute
                text += glyph(code)
            rows.append(text + "\x1b[0m")
        return "\n".join(rows)
