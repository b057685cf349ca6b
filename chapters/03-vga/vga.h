/* vga.h - the text screen of a VGA card: 25 rows of 80 characters. */
#ifndef VGA_H
#define VGA_H

/* The colours of the text mode, by number in an attribute byte. */
enum vga_color {
    VGA_BLACK,
    VGA_BLUE,
    VGA_GREEN,
    VGA_CYAN,
    VGA_RED,
    VGA_MAGENTA,
    VGA_BROWN,
    VGA_LIGHT_GRAY,
    VGA_DARK_GRAY,
    VGA_LIGHT_BLUE,
    VGA_LIGHT_GREEN,
    VGA_LIGHT_CYAN,
    VGA_LIGHT_RED,
    VGA_PINK,
    VGA_YELLOW,
    VGA_WHITE,
};

/* Sets the colours of what is printed from now on.
 *
 * text: all 16 colours.
 * background: VGA_BLACK to VGA_LIGHT_GRAY. The bit that would select
 * the other eight makes the text blink instead; it is left out. */
void vga_set_color(enum vga_color text, enum vga_color background);

/* Fills the screen with blanks in the current colours and moves the
 * cursor to the top left. Must be called once before anything is
 * printed. */
void vga_clear(void);

/* Prints one character at the cursor, in the current colours.
 *
 * '\n' goes to the start of the next row, '\r' to the start of this
 * one, '\t' prints blanks up to the next multiple of 8, '\b' goes one
 * column back but not beyond the first. A byte that is not printable
 * ASCII shows as a filled square. Text that reaches the right edge goes
 * on in the next row; below the last row, the screen scrolls. */
void vga_put_char(char c);

/* Moves the blinking cursor of the screen to where the next character
 * goes. vga_put_char leaves it behind, because moving it is slow: call
 * this once after each piece of text. */
void vga_update_cursor(void);

#endif
