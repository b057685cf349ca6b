/* device_memory.c - adds the memory of a device to the page tables. */
#include <device_memory.h>

#include <cpuid.h>
#include <stdbool.h>
#include <stddef.h>

#include <addresses.h>
#include <cpu.h>
#include <memory_map.h>
#include <registers.h>

enum {
    ENTRIES = 512, /* in a table of any level */
    /* Each of the two lower levels needs one table where a device
     * begins, and a second one if the device extends past its end. */
    SPARE_TABLES = 4,
};

/* The leaf of CPUID that says how many bits an address has. */
#define CPUID_ADDRESS_SIZES 0x80000008

/* The bits of an entry that hold an address. */
#define PTE_ADDRESS   0x000FFFFFFFFFF000
/* The end of the lower half of the virtual addresses. In the upper
 * half, bits 48 to 63 are 1, so none equals a physical address (SDM
 * vol. 1, "Canonical Addressing"). */
#define ADDRESSES_END 0x0000800000000000

/* The spare tables are enough for this much, wherever it begins. */
#define MOST 0x40000000

static uint64_t spare_tables[SPARE_TABLES][ENTRIES]
    __attribute__((aligned(PAGE_SIZE)));
static size_t spare_tables_used;

static bool overlaps_memory(uint64_t start, uint64_t end)
{
    for (size_t i = 0; i < memory_map_count(); i++) {
        struct memory_region region = memory_map_region(i);
        if (region.type != MEMORY_RESERVED && region.start < end &&
            region.start + region.length > start)
            return true;
    }
    return false;
}

/* Returns the table that an entry points to. An empty entry gets a
 * spare table first; if these are used up, it returns NULL. */
static uint64_t *next_table(uint64_t *entry)
{
    if (!(*entry & PTE_PRESENT)) {
        if (spare_tables_used == SPARE_TABLES)
            return NULL;
        *entry = (uintptr_t)spare_tables[spare_tables_used++] |
                 PTE_PRESENT | PTE_WRITABLE;
    }
    return (uint64_t *)(*entry & PTE_ADDRESS);
}

/* Returns false if the spare tables are used up. The CPU does not cache
 * entries that are not present, so there is nothing to flush. */
static bool map_page(uint64_t address)
{
    uint64_t *pml4 = (uint64_t *)(read_cr3() & PTE_ADDRESS);
    uint64_t *page_directory_pointers =
        next_table(&pml4[address >> 39 & (ENTRIES - 1)]);

    if (page_directory_pointers == NULL)
        return false;
    uint64_t *page_directory = next_table(
        &page_directory_pointers[address >> 30 & (ENTRIES - 1)]);
    if (page_directory == NULL)
        return false;
    page_directory[address >> 21 & (ENTRIES - 1)] =
        address | PTE_PRESENT | PTE_WRITABLE | PTE_LARGE |
        PTE_NO_EXECUTE;
    return true;
}

/* The first physical address that the CPU does not have (SDM vol. 2A,
 * "CPUID", leaf 0x80000008), or the first virtual one that cannot be
 * the same number. */
static uint64_t addresses_end(void)
{
    unsigned a, b, c, d, bits = 36;

    if (__get_cpuid(CPUID_ADDRESS_SIZES, &a, &b, &c, &d))
        bits = a & 0xFF;
    return bits < 47 ? (uint64_t)1 << bits : ADDRESSES_END;
}

const char *device_memory_map(uint64_t start, uint64_t size)
{
    const uint64_t all = addresses_end();

    if (size > MOST)
        return "its memory is too large";
    if (start > all - size)
        return "its memory lies beyond the addresses that there are";
    if (memory_map_count() == 0)
        return "without a memory map, its memory cannot be checked";
    if (overlaps_memory(start, start + size))
        return "its memory overlaps that of the machine";

    uint64_t page = start / LARGE_PAGE * LARGE_PAGE;
    if (page < MAPPED_SIZE)
        page = MAPPED_SIZE;
    for (; page < start + size; page += LARGE_PAGE)
        if (!map_page(page))
            return "the spare page tables are used up";
    return NULL;
}
