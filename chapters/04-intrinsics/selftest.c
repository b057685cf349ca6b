/* selftest.c - the kernel tests its own memory functions, as they were
 * built and where they run. */
#include <selftest.h>

#include <stddef.h>
#include <stdint.h>

#include <addresses.h>
#include <console.h>
#include <exceptions.h>
#include <kprintf.h>
#include <memory.h>
#include <paging.h>
#include <vectors.h>

enum {
    MAX_SIZE = 80,  /* several words, and all remainders */
    MAX_OFFSET = 8, /* a word: all alignments */
    MARGIN = 8, /* bytes around a test's area that must not change */
    /* Room for an area on either side of another. */
    BUFFER = MARGIN + 3 * MAX_SIZE + MARGIN,
};

static uint8_t memory[BUFFER], before[BUFFER], expected[BUFFER];

/* Fills all three buffers alike at one place. Neighbors differ. */
static void reset_byte(size_t i)
{
    memory[i] = before[i] = expected[i] = (uint8_t)(i * 7 + 1);
}

static void reset(void)
{
    for (size_t i = 0; i < BUFFER; i++)
        reset_byte(i);
}

static bool as_expected(void)
{
    for (size_t i = 0; i < BUFFER; i++)
        if (memory[i] != expected[i])
            return false;
    return true;
}

typedef void *move_function(void *, const void *, size_t);

/* Moves within one buffer, and compares with a copy that reads from a
 * second one. */
static bool moves_once(move_function *move, size_t to, size_t from,
                       size_t size)
{
    reset();
    for (size_t i = 0; i < size; i++)
        expected[to + i] = before[from + i];
    return move(memory + to, memory + from, size) == memory + to &&
           as_expected();
}

/* All alignments of both areas, and all the ways in which they can
 * overlap, or only just miss each other. */
static bool moves(move_function *move)
{
    for (size_t size = 0; size <= MAX_SIZE; size++) {
        for (size_t from = MARGIN; from < MARGIN + MAX_OFFSET; from++)
            for (size_t to = MARGIN; to < MARGIN + MAX_OFFSET; to++)
                if (!moves_once(move, to, from, size))
                    return false;
        for (size_t to = MARGIN; to <= MARGIN + 2 * MAX_SIZE; to++)
            if (!moves_once(move, to, MARGIN + MAX_SIZE, size))
                return false;
    }
    return true;
}

static bool memcpy_copies(void)
{
    return moves(memcpy);
}

static bool memmove_moves(void)
{
    return moves(memmove);
}

static bool memset_fills(void)
{
    for (size_t size = 0; size <= MAX_SIZE; size++)
        for (size_t to = MARGIN; to < MARGIN + MAX_OFFSET; to++) {
            reset();
            for (size_t i = 0; i < size; i++)
                expected[to + i] = 0xA5;
            /* Only the low 8 bits count. */
            if (memset(memory + to, 0x7FA5, size) != memory + to)
                return false;
            if (!as_expected())
                return false;
        }
    return true;
}

static int sign(int number)
{
    return (number > 0) - (number < 0);
}

static bool compares(int (*compare)(const void *, const void *, size_t),
                     bool sign_counts)
{
    for (size_t size = 0; size <= MAX_SIZE; size++)
        for (size_t offset = 0; offset < MAX_OFFSET; offset++) {
            reset();
            if (compare(memory + offset, before + offset, size) != 0)
                return false;
            /* One byte differs; those after it must not count. */
            for (size_t i = 0; i < size; i++) {
                memory[offset + i] = 0xFF;
                before[offset + i] = 0x01;
                memory[offset + i + 1] = 0x01;
                before[offset + i + 1] = 0xFF;
                int result =
                    compare(memory + offset, before + offset, size);
                if (result == 0 || (sign_counts && sign(result) != 1))
                    return false;
                result =
                    compare(before + offset, memory + offset, size);
                if (result == 0 || (sign_counts && sign(result) != -1))
                    return false;
                reset_byte(offset + i);
                reset_byte(offset + i + 1);
            }
        }
    return true;
}

static bool memcmp_compares(void)
{
    return compares(memcmp, true);
}

static bool bcmp_compares(void)
{
    return compares(bcmp, false);
}

/* A size of 0 must not touch memory: page 0 would fault. volatile keeps
 * the compiler from seeing through it. */
static bool size_0_touches_nothing(void)
{
    void *volatile nowhere = NULL;
    volatile size_t nothing = 0;

    memcpy(nowhere, nowhere, nothing);
    memmove(nowhere, nowhere, nothing);
    memset(nowhere, 0, nothing);
    return memcmp(nowhere, nowhere, nothing) == 0 &&
           bcmp(nowhere, nowhere, nothing) == 0;
}

/* For a struct of this size, compilers call memcpy: without memory.c,
 * this function does not link. */
static bool large_struct_is_copied(void)
{
    static struct {
        uint32_t words[3000];
    } original, copy;

    for (uint32_t i = 0; i < 3000; i++)
        original.words[i] = i * 2654435761u;
    copy = original;
    for (uint32_t i = 0; i < 3000; i++)
        if (copy.words[i] != i * 2654435761u)
            return false;
    return true;
}

/* Reads and writes size bytes at start, next to an unmapped page, so
 * that a byte too many faults. Leaves the bytes as they were. */
static bool fits(uint8_t *start, size_t size)
{
    reset();
    memcpy(memory, start, size);
    if (memcmp(memory, start, size) != 0 ||
        bcmp(start, memory, size) != 0)
        return false;
    memset(start, 0x5A, size);
    for (size_t i = 0; i < size; i++)
        if (start[i] != 0x5A)
            return false;
    memmove(start, memory, size);
    return memcmp(start, memory, size) == 0;
}

/* Page 0 and the guard page below the stack are not mapped. Page 1
 * follows page 0, and before the guard page is a page table of boot.asm
 * that is no longer in use. A byte too many is a page fault, which
 * selftest_run catches. */
static bool no_byte_too_many(void)
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

    memcpy(memory, area->start, area->size);
}

static void compares_area(void *argument)
{
    const struct area *area = argument;
    /* volatile: so that the compiler does not drop the call. */
    volatile int result = memcmp(memory, area->start, area->size);

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

    memmove(area->start, memory, area->size);
}

/* Is a byte too many noticed at all? If not, the test before this one
 * proves nothing. */
static bool byte_too_many_faults(void)
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
            memcpy(memory, area.start, size - 1);
            if (!exceptions_catch(calls[i].call, &area))
                return false;
            const struct exception *fault = exceptions_caught();
            if (fault->cr2 - (uintptr_t)stack_guard >= PAGE_SIZE ||
                fault->error != calls[i].error)
                return false;
        }
    return true;
}

/* The test turns `rep` on even where this CPU is slow at it. */
static bool rep_does_the_same(void)
{
    enum { SIZE = 700, GAP = 64 };
    static uint8_t area[2 * SIZE + 2 * GAP];
    const struct memory_rep_from measured = memory_rep_from;
    bool passed = true;

    memory_rep_from = (struct memory_rep_from){0, 0, 0};
    for (size_t size = SIZE - 80; size <= SIZE; size++) {
        uint8_t *to = area + size % GAP;
        uint8_t *from = to + GAP + size;
        for (size_t i = 0; i < size; i++)
            from[i] = (uint8_t)(i * 7 + size);
        memset(to, 0xA5, size);
        to[size] = 0x11;
        passed = passed && to[0] == 0xA5 && to[size - 1] == 0xA5;
        memmove(to, from, size);
        for (size_t i = 0; i < size; i++)
            passed = passed && to[i] == (uint8_t)(i * 7 + size);
        passed = passed && to[size] == 0x11;
        passed = passed && memcmp(to, from, size) == 0;
        to[size - 1]++;
        passed = passed && sign(memcmp(to, from, size)) ==
                               sign(to[size - 1] - from[size - 1]);
    }
    memory_rep_from = measured;
    return passed;
}

static const struct {
    const char *name;
    bool (*passes)(void);
} tests[] = {
    {"memcpy copies 0 to 80 bytes, all alignments", memcpy_copies},
    {"memmove moves up and down, all overlaps", memmove_moves},
    {"memset fills with the low 8 bits", memset_fills},
    {"memcmp finds the first byte that differs", memcmp_compares},
    {"bcmp finds any byte that differs", bcmp_compares},
    {"a size of 0 touches nothing", size_0_touches_nothing},
    {"no byte too many is touched, next to unmapped pages",
     no_byte_too_many},
    {"a byte too many is a page fault, and is caught",
     byte_too_many_faults},
    {"rep movsb, rep stosb and repe cmpsb do the same",
     rep_does_the_same},
    {"a struct of 12000 bytes is copied", large_struct_is_copied},
};

enum { COUNT = sizeof tests / sizeof tests[0] };

static size_t passed;

static void print_fault(const struct exception *fault)
{
    if (fault->rip == fault->cr2)
        kprintf("          page fault: it jumped to 0x%lx\n",
                fault->rip);
    else
        kprintf("          page fault at 0x%lx, in the code at 0x%lx\n",
                fault->cr2, fault->rip);
}

/* What exceptions_catch calls for a test. */
static void run_test(void *number)
{
    if (tests[*(const size_t *)number].passes())
        passed++;
}

void selftest_run(void)
{
    passed = 0;
    for (size_t i = 0; i < COUNT; i++) {
        const size_t passed_before = passed;
        bool faults = exceptions_catch(run_test, &i);
        bool passes = passed > passed_before;
        /* White on red is what `make run` takes for a failure. */
        console_color(passes ? LIGHT_GREEN : WHITE,
                      passes ? BLACK : RED);
        kprintf("  %-6s", passes ? "ok" : "FAILED");
        console_color(LIGHT_GRAY, BLACK);
        kprintf("  %s\n", tests[i].name);
        if (faults)
            print_fault(exceptions_caught());
    }
    kprintf("\n  %zu passed, %zu failed\n", passed, COUNT - passed);
}

bool selftest_passed(void)
{
    return passed == COUNT;
}
