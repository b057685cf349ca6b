/* vga_scroll.c - scrolls with the memory functions: a row that does not
 * change costs one comparison, and one call moves the copy in normal
 * memory. */
#include <vga_scroll.h>

#include <stddef.h>

#include <addresses.h>
#include <fortify.h>

/* Writes the cells of a row in which wanted differs from shown. */
static void write_row(volatile uint16_t *screen, const uint16_t *shown,
                      const uint16_t *wanted)
{
    if (memcmp(shown, wanted, VGA_COLUMNS * sizeof *shown) == 0)
        return;
    for (size_t column = 0; column < VGA_COLUMNS; column++)
        if (shown[column] != wanted[column])
            screen[column] = wanted[column];
}

void vga_scroll(volatile uint16_t *screen, uint16_t *shadow,
                uint16_t blank)
{
    const size_t last =
        (VGA_ROWS - 1) * VGA_COLUMNS; /* the last row's start */
    uint16_t blank_row[VGA_COLUMNS];

    for (size_t column = 0; column < VGA_COLUMNS; column++)
        blank_row[column] = blank;
    for (size_t i = 0; i < last; i += VGA_COLUMNS)
        write_row(&screen[i], &shadow[i], &shadow[i + VGA_COLUMNS]);
    write_row(&screen[last], &shadow[last], blank_row);
    memmove(shadow, shadow + VGA_COLUMNS, last * sizeof *shadow);
    memcpy(&shadow[last], blank_row, sizeof blank_row);
}
