/* panic.c - says what went wrong, and where, and stops. */
#include <panic.h>

#include <stdarg.h>

#include <console.h>
#include <cpu.h>
#include <kprintf.h>

static bool panicking;

bool panic_has_begun(void)
{
    return panicking;
}

bool panic_begin(void)
{
    disable_interrupts();
    if (panicking)
        return false;
    panicking = true;
    console_color(WHITE, RED);
    console_clear();
    kprintf("\n KERNEL PANIC\n\n");
    return true;
}

void panic_end(void)
{
    kprintf("\n The CPU is halted.\n");
    halt_forever();
}

void panic_at(const char *file, int line, const char *format, ...)
{
    va_list arguments;

    /* If a panic panics in its turn, the first message is the one that
     * counts: leave it on the screen. */
    if (!panic_begin())
        halt_forever();
    kprintf(" ");
    va_start(arguments, format);
    kvprintf(format, arguments);
    va_end(arguments);
    kprintf("\n\n at %s:%d\n", file, line);
    panic_end();
}
