/* prepare_memory.h - makes memory safe to use. */
#ifndef PREPARE_MEMORY_H
#define PREPARE_MEMORY_H

#include <stdint.h>

/* Protects the kernel's pages, checks the Multiboot2 information, reads
 * the memory map from it, and requires MINIMUM_MEMORY. Call it once,
 * before anything else needs memory.
 *
 * info_address: where the loader says that the information is; it may
 * be any number. Returns NULL if the kernel can go on, or a line that
 * says why not. */
const char *prepare_memory(uintptr_t info_address);

#endif
