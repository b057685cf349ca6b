/* console.h - where the kernel's text goes: to every device that can
 * show it. */
#ifndef CONSOLE_H
#define CONSOLE_H

#include <color.h>

/* Prints one character, in the current colors.
 *
 * '\n', '\r', '\t' and '\b' move the cursor, as vga_put_char says. The
 * blinking cursor itself stays where it is until console_flush. */
void console_put(char c);

/* Sets the colors of the text that follows.
 *
 * text: all 16 colors.
 * background: BLACK to LIGHT_GRAY; of the other eight, only the low
 * three bits count. A device without colors ignores both. */
void console_color(enum color text, enum color background);

/* Fills the screen with the current background and moves to its top
 * left. Must be called once before anything is printed: the first call
 * finds the screen, and if prepare_memory has not been called by then,
 * takes it for VGA text. What a serial port has sent stays sent. */
void console_clear(void);

/* Shows the cursor where the next character goes; on a screen of
 * pixels, it also shows the text. Call it once after each piece of
 * text, because both are slow. kprintf does. */
void console_flush(void);

/* From now on, text goes to COM1 only: for when what draws the screen
 * is what has failed. */
void console_leave_screen(void);

#endif
