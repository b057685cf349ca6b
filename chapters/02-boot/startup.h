/* startup.h - the first steps of every kernel from this chapter on. */
#ifndef STARTUP_H
#define STARTUP_H

#include <stdint.h>

/* Each chapter's kernel begins here: boot.asm calls it in long mode, on
 * a stack of 16 KiB, with interrupts off. It must not return; if it
 * does, the CPU halts.
 *
 * magic: what the loader left in EAX. boot.asm has checked it.
 * info_address: where the loader left the Multiboot2 information,
 * unchecked. */
void kernel_main(uint32_t magic, uintptr_t info_address);

/* Protects the kernel's pages, checks the Multiboot2 information, reads
 * the memory map from it, and asks for enough memory.
 *
 * info_address: where the loader says that the information is.
 * Returns NULL if the kernel can go on, or a line that says why not. */
const char *startup(uintptr_t info_address);

#endif
