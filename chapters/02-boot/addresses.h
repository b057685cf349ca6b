/* addresses.h - where the PC's devices are, and how memory is laid out.
 * boot.asm reads these lines too: keep them `#define NAME number`. */
#ifndef ADDRESSES_H
#define ADDRESSES_H

/* The text screen of a VGA card: 25 rows of 80 cells of two bytes. */
#define VGA_TEXT    0xB8000
#define VGA_COLUMNS 80
#define VGA_ROWS    25

/* The first serial port, a 16550 UART: its I/O ports start here. */
#define COM1 0x3F8

/* The sizes of the pages that the CPU maps (SDM vol. 3A, "4-Level
 * Paging"). */
#define PAGE_SIZE  0x1000
#define LARGE_PAGE 0x200000

/* boot.asm and paging.c map this much, each address to itself. */
#define MAPPED_SIZE 0x40000000

#endif
