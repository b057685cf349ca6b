/* framebuffer.c - draws a text screen, pixel by pixel. */
#include <framebuffer.h>

#include <stdbool.h>

#include <addresses.h>
#include <color.h>
#include <device_memory.h>
#include <font.h>

enum {
    CELLS = VGA_COLUMNS * VGA_ROWS,
    COLORS = WHITE + 1,
    CURSOR_HEIGHT = 2, /* in pixels, at the bottom of a cell */
    BLANK = LIGHT_GRAY << 8 | ' ',
    /* Marks the cell with the cursor. To a VGA card this bit says that
     * the text blinks; vga.c never sets it. */
    CURSOR = 0x8000,
};

/* The kinds of screens (Multiboot2 section 3.6.12). */
enum { INDEXED, RGB, EGA_TEXT };

/* A pixel of 32 bits. It may start at any byte. */
typedef uint32_t __attribute__((aligned(1), may_alias)) pixel32;

/* Where a color is within a pixel, in bits. */
struct color_field {
    uint8_t position, size;
};

struct framebuffer_tag {
    struct multiboot2_tag header;
    uint64_t address;
    uint32_t pitch; /* from one row of pixels to the next, in bytes */
    uint32_t width, height; /* in pixels */
    uint8_t bits_per_pixel;
    uint8_t kind;
    uint16_t reserved; /* 2 bytes in GRUB, 1 in the document */
    struct color_field red, green, blue; /* if it is RGB */
};

/* The 16 colors of a VGA card: 0xRRGGBB. */
static const uint32_t vga_colors[COLORS] = {
    0x000000, 0x0000AA, 0x00AA00, 0x00AAAA, 0xAA0000, 0xAA00AA,
    0xAA5500, 0xAAAAAA, 0x555555, 0x5555FF, 0x55FF55, 0x55FFFF,
    0xFF5555, 0xFF55FF, 0xFFFF55, 0xFFFFFF,
};

static enum { TEXT, PIXELS, UNUSABLE } screen;
static uint16_t cells[CELLS], drawn[CELLS];

/* If it has pixels: where those of the text begin, and how many cells
 * fit. Distances are in bytes. */
static volatile uint8_t *first_pixel;
static size_t pitch, pixel_size;
static size_t columns, rows;
static uint32_t pixels[COLORS]; /* each color as a pixel */

static bool fits(struct color_field field, int bits)
{
    return field.size > 0 && field.position + field.size <= bits;
}

static const char *problem_with(const struct framebuffer_tag *tag)
{
    const size_t size = offsetof(struct framebuffer_tag, blue) +
                        sizeof(struct color_field);
    const int bits = tag->bits_per_pixel;

    if (tag->header.size < size || tag->kind != RGB || bits < 15 ||
        bits > 32 || !fits(tag->red, bits) || !fits(tag->green, bits) ||
        !fits(tag->blue, bits))
        return "its pixels are of an unknown kind";
    if (tag->width < FONT_WIDTH || tag->height < FONT_HEIGHT)
        return "it is smaller than a character";
    if (tag->pitch < (uint64_t)tag->width * ((bits + 7) / 8))
        return "its rows overlap";
    return device_memory_map(tag->address,
                             (uint64_t)tag->pitch * tag->height);
}

/* Returns a pixel's bits for a share of 0 to 255 of one color. */
static uint32_t in_field(struct color_field field, uint32_t share)
{
    share &= 0xFF;
    if (field.size < 8)
        return share >> (8 - field.size) << field.position;
    return share << (field.size - 8) << field.position;
}

static void put_pixel(volatile uint8_t *to, uint32_t pixel)
{
    if (pixel_size == sizeof pixel)
        *(volatile pixel32 *)to = pixel;
    else
        for (size_t i = 0; i < pixel_size; i++)
            to[i] = (uint8_t)(pixel >> 8 * i);
}

/* Puts the text into the middle of the screen; what is around it stays
 * black. */
static void set_up(const struct framebuffer_tag *tag)
{
    volatile uint8_t *start =
        (volatile uint8_t *)(uintptr_t)tag->address;

    pitch = tag->pitch;
    pixel_size = (tag->bits_per_pixel + 7) / 8;
    columns = tag->width / FONT_WIDTH;
    if (columns > VGA_COLUMNS)
        columns = VGA_COLUMNS;
    rows = tag->height / FONT_HEIGHT;
    if (rows > VGA_ROWS)
        rows = VGA_ROWS;
    first_pixel = start +
                  (tag->height - rows * FONT_HEIGHT) / 2 * pitch +
                  (tag->width - columns * FONT_WIDTH) / 2 * pixel_size;
    for (int i = 0; i < COLORS; i++)
        pixels[i] = in_field(tag->red, vga_colors[i] >> 16) |
                    in_field(tag->green, vga_colors[i] >> 8) |
                    in_field(tag->blue, vga_colors[i]);

    for (size_t y = 0; y < tag->height; y++)
        for (size_t x = 0; x < tag->width; x++)
            put_pixel(start + y * pitch + x * pixel_size,
                      pixels[BLACK]);
    for (size_t i = 0; i < CELLS; i++)
        cells[i] = drawn[i] = BLANK;
}

const char *framebuffer_init(const struct multiboot2_info *info)
{
    const struct framebuffer_tag *tag =
        info == NULL ? NULL
                     : (const void *)multiboot2_info_find(
                           info, MULTIBOOT2_TAG_FRAMEBUFFER);

    if (tag == NULL ||
        tag->header.size < offsetof(struct framebuffer_tag, red) ||
        tag->kind == EGA_TEXT)
        return NULL;
    screen = UNUSABLE;
    const char *problem = problem_with(tag);
    if (problem != NULL)
        return problem;
    set_up(tag);
    screen = PIXELS;
    return NULL;
}

uint16_t *framebuffer_cells(void)
{
    return screen == TEXT ? NULL : cells;
}

static void draw(size_t row, size_t column, uint16_t cell)
{
    const uint64_t *glyph = font[cell & 0xFF];
    const uint32_t text = pixels[cell >> 8 & 15];
    const uint32_t background = pixels[cell >> 12 & 7];

    for (size_t y = 0; y < FONT_HEIGHT; y++) {
        volatile uint8_t *to = first_pixel +
                               (row * FONT_HEIGHT + y) * pitch +
                               column * FONT_WIDTH * pixel_size;
        uint64_t bits = glyph[y / 8] << y % 8 * 8; /* from bit 63 on */
        if ((cell & CURSOR) && y >= FONT_HEIGHT - CURSOR_HEIGHT)
            bits = UINT64_MAX;
        for (size_t x = 0; x < FONT_WIDTH; x++, bits <<= 1)
            put_pixel(to + x * pixel_size,
                      bits >> 63 ? text : background);
    }
}

void framebuffer_draw(size_t cursor)
{
    if (screen != PIXELS)
        return;
    for (size_t row = 0; row < rows; row++)
        for (size_t column = 0; column < columns; column++) {
            size_t i = row * VGA_COLUMNS + column;
            uint16_t cell = cells[i] | (i == cursor ? CURSOR : 0);
            if (drawn[i] != cell) {
                draw(row, column, cell);
                drawn[i] = cell;
            }
        }
}
