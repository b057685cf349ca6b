/* edge_tests.c - tests at the edge of a page that is not mapped, where
 * even reading a byte too many is noticed: it is a page fault. */
#include <memory_tests.h>

#include <stddef.h>
#include <stdint.h>

#include <addresses.h>
#include <exceptions.h>
#include <memory.h>
#include <paging.h>
#include <vectors.h>

static uint8_t copy[MAX_SIZE];

/* Reads and writes size bytes at start, next to an unmapped page, so
 * that a byte too many faults. Leaves the bytes as they were. */
static bool fits(uint8_t *start, size_t size)
{
    for (size_t i = 0; i < size; i++)
        copy[i] = (uint8_t)~start[i];
    memcpy(copy, start, size);
    if (memcmp(copy, start, size) != 0 || bcmp(start, copy, size) != 0)
        return false;
    memset(start, 0x5A, size);
    for (size_t i = 0; i < size; i++)
        if (start[i] != 0x5A)
            return false;
    memmove(start, copy, size);
    return memcmp(start, copy, size) == 0;
}

/* Page 0 and the guard page below the stack are not mapped. Page 1
 * follows page 0, and before the guard page is a page table of boot.asm
 * that is no longer in use. */
bool no_byte_too_many(void)
{
    for (size_t size = 0; size <= MAX_SIZE; size++)
        if (!fits((uint8_t *)PAGE_SIZE, size) ||
            !fits(stack_guard - size, size))
            return false;
    return true;
}

/* An area that ends one byte inside the guard page. */
struct area {
    uint8_t *start;
    size_t size;
};

static void copies_area(void *argument)
{
    const struct area *area = argument;

    memcpy(copy, area->start, area->size);
}

static void compares_area(void *argument)
{
    const struct area *area = argument;
    /* volatile: so that the compiler does not drop the call. */
    volatile int result = memcmp(copy, area->start, area->size);

    (void)result;
}

static void sets_area(void *argument)
{
    const struct area *area = argument;

    memset(area->start, 0x5A, area->size);
}

static void moves_area(void *argument)
{
    const struct area *area = argument;

    memmove(area->start, copy, area->size);
}

/* Is a byte too many noticed at all? If not, the test before this one
 * proves nothing. */
bool byte_too_many_faults(void)
{
    static const struct {
        void (*call)(void *);
        uint64_t error; /* what the page fault must say */
    } calls[] = {
        {copies_area, 0},
        {compares_area, 0},
        {sets_area, PAGE_FAULT_WRITE},
        {moves_area, PAGE_FAULT_WRITE},
    };

    for (size_t size = 1; size <= MAX_SIZE; size++)
        for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
            struct area area = {stack_guard + 1 - size, size};
            memcpy(copy, area.start, size - 1);
            if (!exceptions_catch(calls[i].call, &area))
                return false;
            const struct exception *fault = exceptions_caught();
            if (fault->cr2 - (uintptr_t)stack_guard >= PAGE_SIZE ||
                fault->error != calls[i].error)
                return false;
        }
    return true;
}
