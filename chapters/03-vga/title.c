/* title.c - the first row of the kernels' screens. */
#include <title.h>

#include <kprintf.h>
#include <vga.h>

void print_title(const char *text)
{
    vga_set_color(VGA_LIGHT_GRAY, VGA_BLACK);
    vga_clear();
    vga_set_color(VGA_WHITE, VGA_BLUE);
    kprintf(" Bare-Metal C  | %-63s", text);
    vga_set_color(VGA_LIGHT_GRAY, VGA_BLACK);
    kprintf("\n\n");
}
