/* multiboot2.c - tells the loader that this file is a kernel. */
#include <multiboot2.h>

#define HEADER_LENGTH ((uint32_t)sizeof(struct multiboot2_header))

/* No code names this object, only the loader reads it: `used` keeps the
 * compiler from dropping it, and linker.ld places its section first. */
static const struct multiboot2_header header
    __attribute__((section(".multiboot2"), used, aligned(8))) = {
        .magic = MULTIBOOT2_HEADER_MAGIC,
        .architecture = MULTIBOOT2_ARCHITECTURE_I386,
        .header_length = HEADER_LENGTH,
        .checksum = 0u - (MULTIBOOT2_HEADER_MAGIC +
                          MULTIBOOT2_ARCHITECTURE_I386 + HEADER_LENGTH),
        .end.type = MULTIBOOT2_HEADER_TAG_END,
        .end.size = sizeof(struct multiboot2_header_tag),
};
