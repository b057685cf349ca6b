/* vga.h - the text screen of a VGA card: 25 rows of 80 characters. */
#ifndef VGA_H
#define VGA_H

#include <stddef.h>
#include <stdint.h>

#include <color.h>

/* Makes these cells the screen, instead of those at VGA_TEXT: memory
 * for VGA_ROWS x VGA_COLUMNS of them. Call it before vga_clear. */
void vga_set_cells(volatile uint16_t *cells);

/* Sets the colors of the text that follows.
 *
 * text: all 16 colors.
 * background: BLACK to LIGHT_GRAY. The bit that would select the other
 * eight makes the text blink instead; it is left out. */
void vga_set_color(enum color text, enum color background);

/* Fills the screen with blanks in the current colors; the next
 * character goes to the top left. Must be called once before anything
 * is printed. */
void vga_clear(void);

/* Prints one character at the cursor, in the current colors.
 *
 * '\n' goes to the start of the next row, '\r' to the start of this
 * one, '\t' prints blanks up to the next multiple of 8, '\b' goes one
 * column back but not beyond the first. A byte that is not printable
 * ASCII shows as a filled square. Text that reaches the right edge goes
 * on in the next row; below the last row, the screen scrolls. */
void vga_put_char(char c);

/* Returns the number of the cell in which the cursor belongs: row *
 * VGA_COLUMNS + column. After a character in the last column, that is
 * still its cell. */
size_t vga_cursor(void);

/* Moves the blinking cursor to where the next character goes. No other
 * function here moves it, because that is slow: call this once after
 * each piece of text. */
void vga_update_cursor(void);

#endif
