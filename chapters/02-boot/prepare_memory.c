/* prepare_memory.c - checks what the loader passed, protects the
 * kernel's pages, and reads the memory map. */
#include <prepare_memory.h>

#include <stddef.h>

#include <addresses.h>
#include <memory_map.h>
#include <paging.h>

static const struct multiboot2_info *sound_info;

const char *prepare_memory(uintptr_t info_address)
{
    const struct multiboot2_info *info = (const void *)info_address;
    const char *problem;

    if (info_address < PAGE_SIZE || info_address >= MAPPED_SIZE)
        return "the Multiboot2 information lies outside of mapped "
               "memory";
    problem = multiboot2_info_check(info, MAPPED_SIZE - info_address);
    if (problem != NULL)
        return problem;
    sound_info = info;
    problem = paging_protect_kernel();
    if (problem != NULL)
        return problem;
    problem = memory_map_init(info);
    if (problem != NULL)
        return problem;
    _Static_assert(MINIMUM_MEMORY == 4 << 20, "the message says 4 MiB");
    if (memory_map_available() < MINIMUM_MEMORY)
        return "too little memory: 4 MiB must be available";
    return NULL;
}

const struct multiboot2_info *loader_info(void)
{
    return sound_info;
}
