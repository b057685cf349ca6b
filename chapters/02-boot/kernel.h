/* kernel.h - where each chapter's C code begins. */
#ifndef KERNEL_H
#define KERNEL_H

#include <stdint.h>

/* boot.asm calls it in long mode, on a stack of STACK_SIZE bytes, with
 * interrupts off, after it has checked the loader's magic. It must not
 * return; if it does, the CPU halts.
 *
 * info_address: where the loader left the Multiboot2 information,
 * unchecked. */
void kernel_main(uintptr_t info_address);

#endif
