/* loader_addresses.h - where the loader's parts lie in memory. NASM and
 * the build read these lines: keep them `#define NAME number`. */
#ifndef LOADER_ADDRESSES_H
#define LOADER_ADDRESSES_H

/* From high to low, below the video card. Segments of a kernel may lie
 * anywhere from LOADER_END on.
 *
 *   LOADER_END      0x18000  free memory
 *   CHUNK           0x10000  what has been read of the kernel's file
 *   SEGMENTS         0xD000  the program headers of the kernel's file
 *   INFORMATION      0xB000  the Multiboot2 information
 *   LOADER           0x7E00  the second stage
 *   BOOT_SECTOR      0x7C00  where the BIOS puts the first sector
 *                            the stack, from there down
 *                     0x500  the interrupt vectors, the BIOS's data
 */
#define BOOT_SECTOR 0x7C00
#define LOADER      0x7E00
#define INFORMATION 0xB000
#define SEGMENTS    0xD000
#define CHUNK       0x10000
#define LOADER_END  0x18000

/* A sector's bytes. How many sectors are read at once: some BIOSes take
 * no more than 127. How many entries the memory map may have, which no
 * BIOS comes near, and how many program headers the kernel. */
#define SECTOR_SIZE   512
#define CHUNK_SECTORS 64
#define MAP_ENTRIES   128
#define MAX_SEGMENTS  32

#endif
