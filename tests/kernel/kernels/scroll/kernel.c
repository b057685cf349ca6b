/* kernel.c - prints 100 lines, of which the last 24 stay on the screen.
 */
#include <console.h>
#include <cpu.h>
#include <kernel.h>
#include <kprintf.h>

void kernel_main(uintptr_t info_address)
{
    (void)info_address;
    console_clear();
    for (int line = 1; line <= 100; line++)
        kprintf("line %d of 100\n", line);
    halt_forever();
}
