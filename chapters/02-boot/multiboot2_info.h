/* multiboot2_info.h - the Multiboot2 information: what the loader tells
 * the kernel, as a list of tags. Source: Multiboot2
 * specification 2.0, 3.6. */
#ifndef MULTIBOOT2_INFO_H
#define MULTIBOOT2_INFO_H

#include <stddef.h>
#include <stdint.h>

#define MULTIBOOT2_TAG_END         0 /* section 3.6.2 */
#define MULTIBOOT2_TAG_MEMORY_MAP  6 /* section 3.6.8 */
#define MULTIBOOT2_TAG_FRAMEBUFFER 8 /* section 3.6.12 */

/* Each tag starts with this, 8-byte aligned. */
struct multiboot2_tag {
    uint32_t type;
    uint32_t size; /* with this header, without the padding, in bytes */
};

/* The information starts with this; the first tag follows. */
struct multiboot2_info {
    uint32_t total_size; /* of everything, in bytes */
    uint32_t reserved;
};

/* Walks through all tags and compares their sizes with the end of the
 * information, so that code that reads them later stays inside it.
 *
 * info: 8-byte aligned, as section 3.6.2 promises.
 * readable: how many bytes at info may be read; no others are read.
 * Returns NULL if every tag is sound, or one line that says what is
 * wrong. */
const char *multiboot2_info_check(const struct multiboot2_info *info,
                                  size_t readable);

/* Finds the first tag of a type.
 *
 * info: must have passed multiboot2_info_check.
 * Returns NULL if there is no such tag. */
const struct multiboot2_tag *
multiboot2_info_find(const struct multiboot2_info *info, uint32_t type);

#endif
