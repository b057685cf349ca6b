/* prepare_memory.h - makes memory safe to use. */
#ifndef PREPARE_MEMORY_H
#define PREPARE_MEMORY_H

#include <stdint.h>

#include <multiboot2_info.h>

/* Checks the Multiboot2 information, protects the kernel's pages, reads
 * the memory map, and requires MINIMUM_MEMORY. Call it once, before
 * anything else needs memory.
 *
 * info_address: where the loader says that the information is; it may
 * be any number. Returns NULL if the kernel can go on, or a line that
 * says why not. */
const char *prepare_memory(uintptr_t info_address);

/* Returns the Multiboot2 information, once prepare_memory has found it
 * sound: even if it then found fault with something else. Until
 * then, and without sound information, it returns NULL. */
const struct multiboot2_info *loader_info(void);

#endif
