/* vga.c - text, colors and a cursor on the VGA text screen.
 *
 * Video memory is slow, and slowest to read. So a copy of it is kept in
 * normal memory: all reads go there, and only cells that change are
 * written. */
#include <vga.h>

#include <stddef.h>
#include <stdint.h>

#include <addresses.h>
#include <cpu.h>
#include <vga_scroll.h>

enum {
    CELLS = VGA_COLUMNS * VGA_ROWS,
    TAB_WIDTH = 8,
    SQUARE = 0xFE, /* of the font, code page 437 */
};

/* The CRT controller: an index port, a data port, and two of its
 * registers, which hold the cursor's cell number (IBM VGA, "Cursor
 * Location"). */
enum {
    CRTC_INDEX = 0x3D4,
    CRTC_DATA = 0x3D5,
    CRTC_CURSOR_HIGH = 0x0E,
    CRTC_CURSOR_LOW = 0x0F,
};

/* volatile: the card sees each store, although the kernel never reads
 * it. */
static volatile uint16_t *screen = (volatile uint16_t *)VGA_TEXT;
static uint16_t shadow[CELLS];

/* After a character in the last column, column is VGA_COLUMNS: only the
 * next character starts a new row, so a full screen does not scroll. */
static size_t row, column;
static uint8_t attribute = LIGHT_GRAY;

/* A cell is a character in its low byte and an attribute in its high
 * byte. */
static uint16_t cell(uint8_t character)
{
    return (uint16_t)(attribute << 8 | character);
}

static void put_cell(uint8_t character)
{
    size_t index = row * VGA_COLUMNS + column;

    if (shadow[index] != cell(character)) {
        shadow[index] = cell(character);
        screen[index] = cell(character);
    }
}

static void new_line(void)
{
    column = 0;
    if (row + 1 < VGA_ROWS)
        row++;
    else
        vga_scroll(screen, shadow, cell(' '));
}

static void put_printable(uint8_t character)
{
    if (column == VGA_COLUMNS)
        new_line();
    put_cell(character);
    column++;
}

void vga_set_cells(volatile uint16_t *cells)
{
    screen = cells;
}

void vga_set_color(enum color text, enum color background)
{
    attribute = (uint8_t)((background & 7) << 4 | (text & 15));
}

void vga_clear(void)
{
    /* The shadow may not show what is on the screen: the firmware was
     * there first, or a panic has interrupted a scroll. Write every
     * cell. */
    for (size_t i = 0; i < CELLS; i++) {
        shadow[i] = cell(' ');
        screen[i] = shadow[i];
    }
    row = column = 0;
}

void vga_put_char(char c)
{
    switch (c) {
    case '\n':
        new_line();
        break;
    case '\r':
        column = 0;
        break;
    case '\t':
        do
            put_printable(' ');
        while (column % TAB_WIDTH != 0);
        break;
    case '\b':
        if (column > 0)
            column--;
        break;
    default:
        put_printable(c >= ' ' && c <= '~' ? (uint8_t)c : SQUARE);
    }
}

size_t vga_cursor(void)
{
    size_t visible = column < VGA_COLUMNS ? column : VGA_COLUMNS - 1;

    return row * VGA_COLUMNS + visible;
}

void vga_update_cursor(void)
{
    size_t index = vga_cursor();

    outb(CRTC_INDEX, CRTC_CURSOR_HIGH);
    outb(CRTC_DATA, (uint8_t)(index >> 8));
    outb(CRTC_INDEX, CRTC_CURSOR_LOW);
    outb(CRTC_DATA, (uint8_t)index);
}
