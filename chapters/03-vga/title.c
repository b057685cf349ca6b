/* title.c - the first row of the kernels' screens. */
#include <title.h>

#include <console.h>
#include <kprintf.h>

void print_title(const char *text)
{
    console_color(LIGHT_GRAY, BLACK);
    console_clear();
    console_color(WHITE, BLUE);
    kprintf(" Bare-Metal C  | %-63s", text);
    console_color(LIGHT_GRAY, BLACK);
    kprintf("\n\n");
}
