/* framebuffer.h - text on a screen that has only pixels, as UEFI
 * firmware leaves it. */
#ifndef FRAMEBUFFER_H
#define FRAMEBUFFER_H

#include <stddef.h>
#include <stdint.h>

#include <multiboot2_info.h>

/* Finds out what the screen is, from the loader's tag of type 8
 * (Multiboot2, section 3.6.12), and clears it if it has pixels. Call it
 * after prepare_memory, and before the functions below.
 *
 * info: sound information, or NULL if there is none. Without it, or
 * without the tag, the screen is taken to be VGA text.
 * Returns NULL, or one line that says why nothing can be shown. It can
 * draw on a screen whose pixels have 15 to 32 bits, and mix red, green
 * and blue. */
const char *framebuffer_init(const struct multiboot2_info *info);

/* Returns NULL if the screen is VGA text. If not, VGA_TEXT must be left
 * alone, and this is the text screen: VGA_ROWS x VGA_COLUMNS cells in
 * normal memory. What is stored there shows after framebuffer_draw. */
uint16_t *framebuffer_cells(void);

/* Draws each cell that has changed since the last call, and an
 * underline as the cursor. Each pixel of such a cell is written once;
 * none is read. Cells that do not fit on a small screen are left out.
 * Where the screen cannot be used, it does nothing.
 *
 * cursor: the number of its cell, row * VGA_COLUMNS + column. */
void framebuffer_draw(size_t cursor);

#endif
