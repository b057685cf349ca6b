/* multiboot2_info.c - walks through the loader's tags, trusting no
 * size. */
#include <multiboot2_info.h>

/* Tags start at multiples of 8 (section 3.6.2). */
enum { TAG_ALIGNMENT = 8 };

static const struct multiboot2_tag *
first(const struct multiboot2_info *info)
{
    return (const void *)(info + 1);
}

static const struct multiboot2_tag *
next(const struct multiboot2_tag *tag)
{
    size_t words =
        ((size_t)tag->size + TAG_ALIGNMENT - 1) / TAG_ALIGNMENT;

    return (const void *)((const char *)tag + words * TAG_ALIGNMENT);
}

const char *multiboot2_info_check(const struct multiboot2_info *info,
                                  size_t readable)
{
    if ((uintptr_t)info % TAG_ALIGNMENT != 0)
        return "the Multiboot2 information is not 8-byte aligned";
    if (readable < sizeof *info || info->total_size > readable)
        return "the Multiboot2 information lies outside of mapped "
               "memory";

    const char *end = (const char *)info + info->total_size;
    const struct multiboot2_tag *tag = first(info);
    for (;;) {
        /* Compare first: if tag were beyond end, the size_t below would
         * wrap. */
        if ((const char *)tag > end ||
            (size_t)(end - (const char *)tag) < sizeof *tag)
            return "the Multiboot2 information has no end tag";
        if (tag->size < sizeof *tag ||
            tag->size > (size_t)(end - (const char *)tag))
            return "a Multiboot2 tag does not fit in the information";
        if (tag->type == MULTIBOOT2_TAG_END)
            return NULL;
        tag = next(tag);
    }
}

const struct multiboot2_tag *
multiboot2_info_find(const struct multiboot2_info *info, uint32_t type)
{
    for (const struct multiboot2_tag *tag = first(info);
         tag->type != MULTIBOOT2_TAG_END; tag = next(tag))
        if (tag->type == type)
            return tag;
    return NULL;
}
