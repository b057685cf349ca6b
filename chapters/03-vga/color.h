/* color.h - the 16 colors of a PC's text screen. */
#ifndef COLOR_H
#define COLOR_H

/* In the order of their numbers in an attribute byte. The low three
 * bits are blue, green and red; the fourth makes the color bright. */
enum color {
    BLACK,
    BLUE,
    GREEN,
    CYAN,
    RED,
    MAGENTA,
    BROWN,
    LIGHT_GRAY,
    DARK_GRAY,
    LIGHT_BLUE,
    LIGHT_GREEN,
    LIGHT_CYAN,
    LIGHT_RED,
    PINK,
    YELLOW,
    WHITE,
};

#endif
