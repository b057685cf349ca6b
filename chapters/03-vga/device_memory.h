/* device_memory.h - makes the memory of a device usable. */
#ifndef DEVICE_MEMORY_H
#define DEVICE_MEMORY_H

#include <stdint.h>

/* Maps the memory of a device to itself, so that it can be read and
 * written, but not executed. The pages have LARGE_PAGE bytes, so its
 * neighbors may be mapped as well. Below MAPPED_SIZE, everything is
 * mapped already, and stays as it is. Call it after prepare_memory,
 * which makes new page tables.
 *
 * start: the first physical address. size: in bytes, at least 1.
 * Returns NULL, or one line that says why it cannot be used. It must
 * not overlap memory, which is any region in the loader's map that is
 * not reserved; the CPU must be able to address it; and the spare page
 * tables are enough for one device of up to 1 GiB. How the CPU caches
 * it is left to the firmware, which sets that for each device (MTRRs).
 * Source: Intel SDM vol. 3A, "4-Level Paging". */
const char *device_memory_map(uint64_t start, uint64_t size);

#endif
