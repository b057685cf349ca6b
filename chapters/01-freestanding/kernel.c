/* kernel.c - the smallest kernel: it says OK, and it stops. */
#include <stdint.h>

#include <cpu.h>

/* The text screen of a PC: one 16-bit cell for each character, row by
 * row. Other targets define their own SCREEN. */
#ifndef SCREEN
#define SCREEN ((volatile uint16_t *)0xB8000)
#endif

_Noreturn void _start(void);

/* The entry point: the loader jumps here, and there is nothing to
 * return to. The loader leaves the CPU in 32-bit protected mode
 * (Multiboot2 section 3.3), although this file is compiled for 64-bit
 * mode. It still runs, because a store of 16 bits to a fixed address,
 * `hlt`, and a short `jmp` mean the same in both modes. Interrupts are
 * off, so the CPU rests for good, unless system management mode ends it
 * (SDM vol. 3C, "Auto HALT Restart"): then the loop halts again. */
void _start(void)
{
    SCREEN[0] = 0x0A4F; /* O, bright green on black */
    SCREEN[1] = 0x0A4B; /* K, the same */

    for (;;)
        HALT();
}
