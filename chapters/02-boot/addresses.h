/* addresses.h - where things lie, in memory and among the ports.
 * boot.asm reads these lines too: keep them `#define NAME number`. */
#ifndef ADDRESSES_H
#define ADDRESSES_H

/* The kernel's memory, from high to low. Every mapped page is mapped to
 * itself: its virtual address is its physical address.
 *
 *   MAPPED_SIZE      1 GiB  from here up, at most a device (chapter 3)
 *                           free memory, in pages of LARGE_PAGE
 *   SMALL_PAGES_END  8 MiB  from here down, pages of PAGE_SIZE
 *                           free memory
 *                           .bss: page tables, variables
 *                           the stack, STACK_SIZE, from its top down
 *                           stack_guard: one page, not mapped
 *                           the page tables of boot.asm
 *                           .data: variables with a value
 *                           .text: code
 *                    1 MiB  .rodata: headers, constants (linker.ld)
 *                           the firmware, the video card
 *   VGA_TEXT       736 KiB  the text screen
 *                           free memory, and the firmware's data
 *   0                       page 0: not mapped, for null pointers
 */
#define MAPPED_SIZE     0x40000000
#define SMALL_PAGES_END 0x800000
#define STACK_SIZE      0x4000

/* What must be available: the loader and the kernel fit in 3 MiB; 4
 * MiB leaves them room to grow. */
#define MINIMUM_MEMORY 0x400000

/* The sizes of the pages that the CPU maps (SDM vol. 3A, "4-Level
 * Paging"). */
#define PAGE_SIZE  0x1000
#define LARGE_PAGE 0x200000

/* The text screen of a VGA card: 25 rows of 80 cells of two bytes. */
#define VGA_TEXT    0xB8000
#define VGA_COLUMNS 80
#define VGA_ROWS    25

/* The first serial port, a 16550 UART: its I/O ports start here. */
#define COM1 0x3F8

#endif
