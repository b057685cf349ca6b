/* kernel.c - the smallest kernel: it starts, and it stops. */
#include <cpu.h>

_Noreturn void _start(void);

/* The entry point: the loader jumps here, and there is nothing to
 * return to. The loader leaves the CPU in 32-bit protected mode
 * (Multiboot2 section 3.3), although this file is compiled for 64-bit
 * mode. It still runs, because `hlt` and a short `jmp` are the same
 * bytes, f4 eb fd, in both modes. Interrupts are off, so only a
 * non-maskable one ends `hlt`; then the loop halts again. */
void _start(void)
{
    for (;;)
        HALT();
}
