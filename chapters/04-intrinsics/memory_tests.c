/* memory_tests.c - tests that compare the memory functions with loops
 * over bytes, which are plainly right. */
#include <memory_tests.h>

#include <stddef.h>
#include <stdint.h>

#include <memory.h>

enum {
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

bool memcpy_copies(void)
{
    return moves(memcpy);
}

bool memmove_moves(void)
{
    return moves(memmove);
}

bool memset_fills(void)
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

bool memcmp_compares(void)
{
    return compares(memcmp, true);
}

bool bcmp_compares(void)
{
    return compares(bcmp, false);
}

/* A size of 0 must not touch memory: page 0 would fault. volatile keeps
 * the compiler from seeing through it. */
bool size_0_touches_nothing(void)
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
bool large_struct_is_copied(void)
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

/* The test turns `rep` on even where this CPU is slow at it. */
bool rep_does_the_same(void)
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
        to[size - 1] ^= 0x80;
        passed = passed && sign(memcmp(to, from, size)) ==
                               sign(to[size - 1] - from[size - 1]);
    }
    memory_rep_from = measured;
    return passed;
}
