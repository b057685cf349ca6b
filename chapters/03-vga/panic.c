/* panic.c - says what went wrong, and where, and stops. */
#include <panic.h>

#include <stdarg.h>
#include <stdbool.h>

#include <console.h>
#include <cpu.h>
#include <kprintf.h>

void panic_at(const char *file, int line, const char *format, ...)
{
    static bool panicking;
    va_list arguments;

    disable_interrupts();
    /* If what follows panics in its turn, the first message is the one
     * that counts: leave it on the screen. */
    if (panicking)
        halt_forever();
    panicking = true;

    console_color(WHITE, RED);
    console_clear();
    kprintf("\n KERNEL PANIC\n\n ");
    va_start(arguments, format);
    kvprintf(format, arguments);
    va_end(arguments);
    kprintf("\n\n at %s:%d\n\n The CPU is halted.\n", file, line);
    halt_forever();
}
