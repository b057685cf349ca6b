/* kernel.c - prints 100 lines, of which the last 24 stay on the screen.
 */
#include <cpu.h>
#include <kprintf.h>
#include <startup.h>
#include <vga.h>

void kernel_main(uint32_t magic, uintptr_t info_address)
{
    (void)magic;
    (void)info_address;
    vga_clear();
    for (int line = 1; line <= 100; line++)
        kprintf("line %d of 100\n", line);
    halt_forever();
}
