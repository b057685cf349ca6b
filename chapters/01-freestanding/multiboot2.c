/* multiboot2.c - tells the loader that this file is a kernel. */
#include <multiboot2.h>

#define LENGTH ((uint32_t)sizeof request)

/* No code names this object; only the loader reads it. So `used` keeps
 * the compiler from dropping it. linker.ld puts its section first. */
static const struct {
    struct multiboot2_header header;
    struct multiboot2_header_tag end;
} request __attribute__((section(".multiboot2"), used, aligned(8))) = {
    .header.magic = MULTIBOOT2_HEADER_MAGIC,
    .header.architecture = MULTIBOOT2_ARCHITECTURE_I386,
    .header.header_length = LENGTH,
    .header.checksum = 0u - (MULTIBOOT2_HEADER_MAGIC +
                             MULTIBOOT2_ARCHITECTURE_I386 + LENGTH),
    .end.type = MULTIBOOT2_HEADER_TAG_END,
    .end.size = sizeof request.end,
};
