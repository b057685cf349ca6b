/* font.h - what characters look like on a screen of pixels. */
#ifndef FONT_H
#define FONT_H

#include <stdint.h>

enum { FONT_CHARACTERS = 256, FONT_WIDTH = 8, FONT_HEIGHT = 16 };

/* The characters of code page 437, as a VGA card has them; 0x07 and
 * 0x0E are missing, so they are blank. Each is two numbers of eight
 * rows, from the top: a byte for each row, the first row in the highest
 * byte, the leftmost pixel in a byte's highest bit. */
extern const uint64_t font[FONT_CHARACTERS][2];

#endif
