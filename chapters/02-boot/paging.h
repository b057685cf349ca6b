/* paging.h - page tables that protect the kernel from itself. */
#ifndef PAGING_H
#define PAGING_H

#include <stdint.h>

#include <addresses.h>

/* The page below the stack, which is not mapped (boot.asm). */
extern uint8_t stack_guard[];

/* Replaces the page tables of boot.asm. Every address below MAPPED_SIZE
 * stays mapped to itself, but each segment of the kernel gets the
 * permissions of its ELF program header, all other memory can be read
 * and written but not executed, and two pages are left out: page 0, for
 * null pointers, and the guard page below the stack. From then on,
 * CR0.WP makes even the kernel obey read-only pages.
 *
 * Returns NULL, or one line that says what is wrong with the kernel's
 * segments; the page tables of boot.asm then stay in use.
 * Source: Intel SDM vol. 3A, "4-Level Paging" and "Access Rights". */
const char *paging_protect_kernel(void);

#endif
