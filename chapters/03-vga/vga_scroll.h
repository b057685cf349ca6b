/* vga_scroll.h - moves the text screen up by one row. */
#ifndef VGA_SCROLL_H
#define VGA_SCROLL_H

#include <stdint.h>

/* Moves all rows up by one: the first is lost, the last becomes blank.
 *
 * screen: video memory, VGA_ROWS x VGA_COLUMNS cells; each cell that
 * changes is written once, and none is read. shadow: a copy of the
 * screen in normal memory, which scrolls with it. blank: the cell that
 * fills the last row. */
void vga_scroll(volatile uint16_t *screen, uint16_t *shadow,
                uint16_t blank);

#endif
