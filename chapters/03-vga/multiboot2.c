/* multiboot2.c - tells the loader that this file is a kernel, and which
 * screens it can use. */
#include <multiboot2.h>

/* Section 3.1.3: each tag starts at a multiple of 8. If a loader does
 * not know an optional one, it goes on without it. */
#define TAG      __attribute__((aligned(8)))
#define OPTIONAL 1

/* Section 3.1.9: the console that the kernel can print to. */
#define TAG_CONSOLE_FLAGS  4
#define EGA_TEXT_SUPPORTED 2
/* Section 3.1.10: the screen of pixels that the kernel would like. */
#define TAG_FRAMEBUFFER    5
#define ANY                0

#define LENGTH ((uint32_t)sizeof request)

/* No code names this object; only the loader reads it. So `used` keeps
 * the compiler from dropping it. */
static const struct {
    struct multiboot2_header header;
    TAG struct {
        struct multiboot2_header_tag tag;
        uint32_t flags;
    } console;
    TAG struct {
        struct multiboot2_header_tag tag;
        uint32_t width, height; /* in pixels */
        uint32_t depth;         /* the bits of a pixel */
    } framebuffer;
    TAG struct multiboot2_header_tag end;
} request __attribute__((section(".multiboot2"), used, aligned(8))) = {
    .header.magic = MULTIBOOT2_HEADER_MAGIC,
    .header.architecture = MULTIBOOT2_ARCHITECTURE_I386,
    .header.header_length = LENGTH,
    .header.checksum = 0u - (MULTIBOOT2_HEADER_MAGIC +
                             MULTIBOOT2_ARCHITECTURE_I386 + LENGTH),
    .console.tag.type = TAG_CONSOLE_FLAGS,
    .console.tag.flags = OPTIONAL,
    .console.tag.size = sizeof request.console,
    .console.flags = EGA_TEXT_SUPPORTED,
    .framebuffer.tag.type = TAG_FRAMEBUFFER,
    .framebuffer.tag.flags = OPTIONAL,
    .framebuffer.tag.size = sizeof request.framebuffer,
    .framebuffer.width = ANY,
    .framebuffer.height = ANY,
    .framebuffer.depth = 32,
    .end.type = MULTIBOOT2_HEADER_TAG_END,
    .end.size = sizeof request.end,
};
