/* console.c - sends text to the screen and to COM1. The rest of the
 * kernel prints through it, so a new device is added only here. */
#include <console.h>

#include <stdbool.h>
#include <stddef.h>

#include <framebuffer.h>
#include <prepare_memory.h>
#include <serial.h>
#include <vga.h>

static bool has_screen = true;

static void print_to_com1(const char *text)
{
    while (*text != '\0')
        serial_put_char(*text++);
}

/* Looks for the screen. If it cannot be used, COM1 says why. */
static void find_screen(void)
{
    static bool is_known;

    if (is_known)
        return;
    is_known = true;
    const char *problem = framebuffer_init(loader_info());
    if (framebuffer_cells() != NULL)
        vga_set_cells(framebuffer_cells());
    if (problem == NULL)
        return;
    print_to_com1("The screen stays empty: ");
    print_to_com1(problem);
    print_to_com1("\n");
}

void console_put(char c)
{
    if (has_screen)
        vga_put_char(c);
    serial_put_char(c);
}

void console_color(enum color text, enum color background)
{
    vga_set_color(text, background);
}

void console_clear(void)
{
    find_screen();
    vga_clear();
}

void console_flush(void)
{
    if (!has_screen)
        return;
    if (framebuffer_cells() == NULL)
        vga_update_cursor();
    else
        framebuffer_draw(vga_cursor());
}

void console_leave_screen(void)
{
    has_screen = false;
}
