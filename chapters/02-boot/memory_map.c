/* memory_map.c - reads the map from the Multiboot2 information. */
#include <memory_map.h>

/* Multiboot2 section 3.6.8: a tag of type 6. */
struct memory_map_tag {
    struct multiboot2_tag header;
    uint32_t entry_size; /* 24 now, perhaps more one day */
    uint32_t entry_version;
};

struct memory_map_entry {
    uint64_t start;
    uint64_t length;
    uint32_t type;
    uint32_t reserved;
};

/* The regions are read where the loader left them. */
static const char *entries;
static size_t entry_size, entry_count;

const char *memory_map_init(const struct multiboot2_info *info)
{
    const struct memory_map_tag *map =
        (const void *)multiboot2_info_find(info,
                                           MULTIBOOT2_TAG_MEMORY_MAP);

    entry_count = 0;
    if (map == NULL)
        return "the loader gave no memory map";
    if (map->header.size < sizeof *map)
        return "the memory map does not fit in its tag";
    if (map->entry_size < sizeof(struct memory_map_entry) ||
        map->entry_size % 8 != 0)
        return "the memory map has entries of an unknown size";

    size_t count = (map->header.size - sizeof *map) / map->entry_size;
    entries = (const char *)(map + 1);
    entry_size = map->entry_size;
    for (size_t i = 0; i < count; i++) {
        const struct memory_map_entry *entry =
            (const void *)(entries + i * entry_size);
        if (entry->length > UINT64_MAX - entry->start)
            return "a region of the memory map has no end";
    }
    entry_count = count;
    return NULL;
}

size_t memory_map_count(void)
{
    return entry_count;
}

/* Numbers that are in no specification mean reserved. */
static uint32_t known_type(uint32_t type)
{
    return type >= MEMORY_AVAILABLE && type <= MEMORY_DEFECTIVE
               ? type
               : MEMORY_RESERVED;
}

struct memory_region memory_map_region(size_t index)
{
    /* Field by field: for `= {0}` a compiler may call memset, which
     * does not exist before chapter 4. */
    struct memory_region region;

    region.start = region.length = region.type = 0;
    if (index < entry_count) {
        const struct memory_map_entry *entry =
            (const void *)(entries + index * entry_size);
        region.start = entry->start;
        region.length = entry->length;
        region.type = known_type(entry->type);
    }
    return region;
}

uint64_t memory_map_available(void)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < entry_count; i++)
        if (memory_map_region(i).type == MEMORY_AVAILABLE)
            sum += memory_map_region(i).length;
    return sum;
}
