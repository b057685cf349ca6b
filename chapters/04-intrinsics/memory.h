/* memory.h - the memory functions that the compiler may call on its
 * own: GCC assumes that memcpy, memmove, memset and memcmp exist,
 * whatever the flags (GCC manual, 2.1 "C Language"). */
#ifndef MEMORY_H
#define MEMORY_H

#include <stddef.h>

/* In all of these, size is in bytes and may be 0: then the pointers are
 * not used at all. The direction flag must be clear (System V
 * ABI 3.2.1). No pointer is checked. Source: C11, 7.24. */

/* Copies size bytes. The same as memmove: areas that overlap are copied
 * correctly. Returns destination. */
void *memcpy(void *destination, const void *source, size_t size);

/* Copies size bytes as if through a third place: the areas may overlap.
 * Returns destination. */
void *memmove(void *destination, const void *source, size_t size);

/* Sets size bytes to value's low 8 bits. Returns destination. */
void *memset(void *destination, int value, size_t size);

/* Compares size bytes, as numbers from 0 to 255. Returns 0 if they are
 * equal; a number less than 0 if the first byte that differs is less in
 * left; a number greater than 0 if that byte is greater in left. */
int memcmp(const void *left, const void *right, size_t size);

/* Returns 0 if size bytes are equal, else another number. clang may
 * call it for a memcmp whose sign does not matter. POSIX.1-2001. */
int bcmp(const void *left, const void *right, size_t size);

/* The sizes from which the functions use `rep movsb`, `rep stosb` and
 * `repe cmpsb`; for up to 32 bytes, and for areas that overlap, they
 * never do. SIZE_MAX, which means never, until memory_init sets them;
 * the functions are correct with any numbers. */
struct memory_rep_from {
    size_t move, set, compare;
};
extern struct memory_rep_from memory_rep_from;

/* Measures from which size `rep` is faster here, and sets
 * memory_rep_from. Before it is called, all of the above work as well,
 * but may be slower. If the CPU's clock does not work, `rep` is never
 * used. */
void memory_init(void);

#endif
