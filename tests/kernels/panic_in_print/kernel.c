/* kernel.c - prints a '!', at which its serial port panics. */
#include <cpu.h>
#include <kprintf.h>
#include <startup.h>
#include <vga.h>

void kernel_main(uint32_t magic, uintptr_t info_address)
{
    (void)magic;
    (void)info_address;
    vga_clear();
    kprintf("%s, %d times!\nThis is never printed.\n", "Hello", 3);
    halt_forever();
}
