/* paging.c - gives each segment of the kernel its own permissions. */
#include <paging.h>

#include <stddef.h>
#include <stdint.h>

#include <addresses.h>
#include <cpu.h>
#include <elf64.h>
#include <registers.h>

enum {
    ENTRIES = 512, /* in a table of any level */
    /* Segments start at multiples of 4 KiB, so they need small pages.
     * The page directory maps the rest of the GiB in large pages. */
    SMALL_PAGES = SMALL_PAGES_END / PAGE_SIZE,
    PAGE_TABLES = SMALL_PAGES / ENTRIES,
};

typedef uint64_t table[ENTRIES] __attribute__((aligned(PAGE_SIZE)));

/* One table of each upper level. The page tables follow one another, so
 * that page_table[n] maps page n. */
static table pml4, page_directory_pointers, page_directory;
static uint64_t page_table[SMALL_PAGES]
    __attribute__((aligned(PAGE_SIZE)));

/* The kernel's own ELF header, which linker.ld keeps in memory. */
extern const struct elf64_header __ehdr_start;

/* An entry that points to the next level's table: the permissions are
 * left to the last level. */
static uint64_t table_entry(const uint64_t *next)
{
    return (uintptr_t)next | PTE_PRESENT | PTE_WRITABLE;
}

/* The page-table bits for a segment's p_flags. x86 pages can always be
 * read. */
static uint64_t permissions(uint32_t p_flags)
{
    uint64_t bits = PTE_PRESENT;

    if (p_flags & PF_W)
        bits |= PTE_WRITABLE;
    if (!(p_flags & PF_X))
        bits |= PTE_NO_EXECUTE;
    return bits;
}

/* Returns NULL, or what is wrong with this segment. */
static const char *
map_segment(const struct elf64_program_header *segment)
{
    uint64_t first = segment->p_vaddr / PAGE_SIZE;
    uint64_t end =
        (segment->p_vaddr + segment->p_memsz + PAGE_SIZE - 1) /
        PAGE_SIZE;

    if ((segment->p_flags & PF_W) && (segment->p_flags & PF_X))
        return "a segment of the kernel is both writable and "
               "executable";
    if (end > SMALL_PAGES)
        return "the kernel does not fit below SMALL_PAGES_END: "
               "raise it in addresses.h";

    for (uint64_t page = first; page < end; page++)
        page_table[page] =
            page * PAGE_SIZE | permissions(segment->p_flags);
    return NULL;
}

const char *paging_protect_kernel(void)
{
    const struct elf64_program_header *segments =
        (const void *)((uintptr_t)&__ehdr_start + __ehdr_start.e_phoff);

    pml4[0] = table_entry(page_directory_pointers);
    page_directory_pointers[0] = table_entry(page_directory);
    for (uint64_t i = 0; i < PAGE_TABLES; i++)
        page_directory[i] = table_entry(&page_table[i * ENTRIES]);
    for (uint64_t i = PAGE_TABLES; i < MAPPED_SIZE / LARGE_PAGE; i++)
        page_directory[i] =
            i * LARGE_PAGE | permissions(PF_R | PF_W) | PTE_LARGE;

    for (uint64_t page = 0; page < SMALL_PAGES; page++)
        page_table[page] = page * PAGE_SIZE | permissions(PF_R | PF_W);
    for (size_t i = 0; i < __ehdr_start.e_phnum; i++) {
        if (segments[i].p_type != PT_LOAD)
            continue;
        const char *problem = map_segment(&segments[i]);
        if (problem != NULL)
            return problem;
    }
    page_table[0] = 0;
    page_table[(uintptr_t)stack_guard / PAGE_SIZE] = 0;

    write_cr3((uintptr_t)pml4);
    write_cr0(read_cr0() | CR0_WP);
    return NULL;
}
