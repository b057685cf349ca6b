/* kernel.c - prints a '!', at which its serial port panics. */
#include <console.h>
#include <cpu.h>
#include <kernel.h>
#include <kprintf.h>

void kernel_main(uintptr_t info_address)
{
    (void)info_address;
    console_clear();
    kprintf("%s, %d times!\nThis is never printed.\n", "Hello", 3);
    halt_forever();
}
