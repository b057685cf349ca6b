/* prepare_memory.c - protects the kernel's pages, checks what the
 * loader passed, and reads the memory map. */
#include <prepare_memory.h>

#include <stddef.h>

#include <addresses.h>
#include <memory_map.h>
#include <multiboot2_info.h>
#include <paging.h>

const char *prepare_memory(uintptr_t info_address)
{
    const struct multiboot2_info *info = (const void *)info_address;
    const char *problem = paging_protect_kernel();

    if (problem != NULL)
        return problem;
    if (info_address < PAGE_SIZE || info_address >= MAPPED_SIZE)
        return "the Multiboot2 information lies outside of mapped "
               "memory";
    problem = multiboot2_info_check(info, MAPPED_SIZE - info_address);
    if (problem != NULL)
        return problem;
    problem = memory_map_init(info);
    if (problem != NULL)
        return problem;
    if (memory_map_available() < MINIMUM_MEMORY)
        return "too little memory: 4 MiB must be available";
    return NULL;
}
