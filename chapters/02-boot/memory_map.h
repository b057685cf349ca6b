/* memory_map.h - which addresses are memory, and which are free. */
#ifndef MEMORY_MAP_H
#define MEMORY_MAP_H

#include <stddef.h>
#include <stdint.h>

#include <multiboot2_info.h>

/* The types of a region (Multiboot2 section 3.6.8). */
enum memory_type {
    MEMORY_AVAILABLE = 1,
    MEMORY_RESERVED = 2, /* not usable: a device's, the firmware's */
    MEMORY_ACPI = 3, /* holds ACPI tables; free once they are read */
    MEMORY_HIBERNATE = 4, /* must be kept when the machine hibernates */
    MEMORY_DEFECTIVE = 5,
};

/* One region of physical addresses. */
struct memory_region {
    uint64_t start;  /* the first address */
    uint64_t length; /* in bytes; start + length does not wrap */
    uint32_t type;   /* see enum memory_type */
};

/* Finds the memory map in the Multiboot2 information and checks it.
 *
 * info: must have passed multiboot2_info_check; it is not copied, so
 * its memory must stay as it is. Returns NULL, or one line that says
 * what is wrong; the map is then empty. */
const char *memory_map_init(const struct multiboot2_info *info);

/* Returns the number of regions. They are in the loader's order. */
size_t memory_map_count(void);

/* Returns region number index, 0 to memory_map_count() - 1. Beyond
 * that, it returns a region of length 0. */
struct memory_region memory_map_region(size_t index);

/* Returns the length of all available regions together, in bytes.
 * Memory that two of them have in common counts twice. */
uint64_t memory_map_available(void);

#endif
