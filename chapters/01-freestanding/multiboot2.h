/* multiboot2.h - the header that a Multiboot2 loader looks for in a
 * kernel. The numbers and the fields are those of the Multiboot2
 * specification, version 2.0. */
#ifndef MULTIBOOT2_H
#define MULTIBOOT2_H

#include <stdint.h>

/* Section 3.1.2: the first number of the header, which a loader looks
 * for. */
#define MULTIBOOT2_HEADER_MAGIC      0xE85250D6
/* Section 3.1.2: start the kernel in the 32-bit protected mode of an
 * i386. */
#define MULTIBOOT2_ARCHITECTURE_I386 0
/* Section 3.1.3: the tag that closes the list of tags. */
#define MULTIBOOT2_HEADER_TAG_END    0
/* Section 3.3: what a Multiboot2 loader leaves in EAX. */
#define MULTIBOOT2_LOADER_MAGIC      0x36D76289

/* Section 3.1.1: how the header begins. By section 3.1 it is 8-byte
 * aligned and lies within the first 32 KiB of the kernel's file. */
struct multiboot2_header {
    uint32_t magic;
    uint32_t architecture;
    uint32_t header_length; /* of the header and its tags, in bytes */
    uint32_t checksum;      /* makes the sum of these four zero */
};

/* Section 3.1.3: tags follow it, up to the end tag. */
struct multiboot2_header_tag {
    uint16_t type;
    uint16_t flags;
    uint32_t size; /* of the whole tag, in bytes */
};

#endif
