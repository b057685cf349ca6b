/* console.c - sends text to the VGA screen and to COM1. The rest of the
 * kernel prints through it, so a new device is added only here. */
#include <console.h>

#include <serial.h>
#include <vga.h>

void console_put(char c)
{
    vga_put_char(c);
    serial_put_char(c);
}

void console_color(enum color text, enum color background)
{
    vga_set_color(text, background);
}

void console_clear(void)
{
    vga_clear();
}

void console_flush(void)
{
    vga_update_cursor();
}
