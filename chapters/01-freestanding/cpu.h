/* cpu.h - the instruction that C has no word for. */
#ifndef CPU_H
#define CPU_H

/* Stops the CPU until an interrupt comes (Intel SDM volume 2, HLT).
 * Only a kernel may: Linux ends a process that tries.
 *
 * A macro, because a function could be called instead of inlined, and
 * a call needs a stack, which the loader does not promise. */
#define HALT() __asm__ volatile("hlt")

#endif
