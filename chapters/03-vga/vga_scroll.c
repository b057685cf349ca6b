/* vga_scroll.c - scrolls, and writes only the cells that change. */
#include <vga_scroll.h>

#include <stddef.h>

#include <addresses.h>

void vga_scroll(volatile uint16_t *screen, uint16_t *shadow,
                uint16_t blank)
{
    const size_t cells = VGA_ROWS * VGA_COLUMNS;

    for (size_t i = 0; i < cells; i++) {
        size_t below = i + VGA_COLUMNS;
        uint16_t cell = below < cells ? shadow[below] : blank;

        if (shadow[i] != cell) {
            shadow[i] = cell;
            screen[i] = cell;
        }
    }
}
