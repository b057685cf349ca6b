/* memory_host.c - proves the kernel's memory functions in a process:
 * every small size, alignment and overlap, next to pages that must not
 * be touched, and sizes of some GiB.
 *
 * The functions come from the kernel's object, with kernel_ before
 * their names. Usage: memory_host small|large words|rep|mixed: `rep` is
 * used never, always, or from another size on in each function. */
#define _GNU_SOURCE
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void *kernel_memcpy(void *, const void *, size_t);
void *kernel_memmove(void *, const void *, size_t);
void *kernel_memset(void *, int, size_t);
int kernel_memcmp(const void *, const void *, size_t);
int kernel_bcmp(const void *, const void *, size_t);
struct {
    size_t move, set, compare;
} kernel_memory_rep_from = {SIZE_MAX, SIZE_MAX, SIZE_MAX};

enum {
    PAGE = 4096,
    AREA = 4 * PAGE, /* between two pages that cannot be touched */
    MIDDLE = 80000,  /* more than 16 bits count */
    ALL_SIZES = 512, /* every size up to this one */
    MARGIN = 40 /* bytes beside what is written that are compared */
};

/* Sizes around those where rep movsb takes over. */
static const size_t more_sizes[] = {575,  576,  607,  608,  639, 640,
                                    641,  672,  767,  768,  769, 1023,
                                    1024, 1025, 1279, 1280, 1300};
#define SIZES (ALL_SIZES + 1 + sizeof more_sizes / sizeof more_sizes[0])

static unsigned char *area, *second_area;
static unsigned char pattern[AREA];
static unsigned long checks;

static _Noreturn void fail(const char *what, size_t size, long to,
                           long from)
{
    printf("%s is wrong: size %zu, to %ld, from %ld\n", what, size, to,
           from);
    exit(1);
}

/* Returns a size to check, for each i below SIZES. */
static size_t size_number(size_t i)
{
    return i <= ALL_SIZES ? i : more_sizes[i - ALL_SIZES - 1];
}

/* Returns AREA bytes between two pages that nobody may touch. */
static unsigned char *new_area(void)
{
    unsigned char *pages = mmap(NULL, AREA + 2 * PAGE, PROT_NONE,
                                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (pages == MAP_FAILED ||
        mprotect(pages + PAGE, AREA, PROT_READ | PROT_WRITE) != 0)
        abort();
    return pages + PAGE;
}

/* The ABI wants the direction flag clear when a function returns
 * (System V ABI 3.2.1). */
static void check_flags(const char *what)
{
    uint64_t flags;

    __asm__ volatile("pushfq; pop %0" : "=r"(flags));
    if (flags & 1 << 10)
        fail(what, 0, 0, 0);
}

typedef void *mover(void *, const void *, size_t);

/* Moves once, compares all around with what should be there, and puts
 * the area back as it was. */
static void check_move(const char *name, mover *move, size_t to,
                       size_t from, size_t size)
{
    size_t low = to < MARGIN ? 0 : to - MARGIN;
    size_t high = to + size + MARGIN > AREA ? AREA : to + size + MARGIN;

    if (move(area + to, area + from, size) != area + to)
        fail("what a function returns", size, (long)to, (long)from);
    if (memcmp(area + to, pattern + from, size) != 0 ||
        memcmp(area + low, pattern + low, to - low) != 0 ||
        memcmp(area + to + size, pattern + to + size,
               high - to - size) != 0)
        fail(name, size, (long)to, (long)from);
    memcpy(area + to, pattern + to, size);
    checks++;
}

/* One size, each distance between from and to that overlaps, and some
 * more; at the area's start, at its end, and at each alignment. */
static void check_moves_of(const char *name, mover *move, size_t size)
{
    long reach = (long)size + 8;

    for (long distance = -reach; distance <= reach; distance++) {
        size_t span = size + (size_t)labs(distance);
        size_t to = distance > 0 ? (size_t)distance : 0;
        size_t from = distance < 0 ? (size_t)-distance : 0;
        check_move(name, move, to, from, size);
        check_move(name, move, AREA - span + to, AREA - span + from,
                   size);
        for (size_t at = PAGE; at < PAGE + 8; at++)
            check_move(name, move, at + to, at + from, size);
    }
    check_flags(name);
}

/* Nothing is moved: nothing may be touched. */
static void check_no_move(const char *name, mover *move)
{
    if (move(area - 1, area + AREA, 0) != area - 1)
        fail(name, 0, -1, AREA);
}

static void check_set(size_t to, int value, size_t size)
{
    size_t low = to < MARGIN ? 0 : to - MARGIN;
    size_t high = to + size + MARGIN > AREA ? AREA : to + size + MARGIN;

    if (kernel_memset(area + to, value, size) != area + to)
        fail("what memset returns", size, (long)to, value);
    for (size_t i = 0; i < size; i++)
        if (area[to + i] != (unsigned char)value)
            fail("memset", size, (long)to, value);
    if (memcmp(area + low, pattern + low, to - low) != 0 ||
        memcmp(area + to + size, pattern + to + size,
               high - to - size) != 0)
        fail("memset", size, (long)to, value);
    memcpy(area + to, pattern + to, size);
    checks++;
}

static void check_sets_of(size_t size)
{
    static const int values[] = {0, 1, 0x80, 0xFF, 0x17FA5, -1};

    for (size_t v = 0; v < sizeof values / sizeof values[0]; v++) {
        check_set(0, values[v], size);
        check_set(AREA - size, values[v], size);
        for (size_t at = PAGE; at < PAGE + 16; at++)
            check_set(at, values[v], size);
    }
    check_flags("memset");
}

static int sign(int number)
{
    return (number > 0) - (number < 0);
}

/* Compares with a byte that differs at each place, and with one more
 * behind it that says the opposite. */
static void check_compare(unsigned char *left, unsigned char *right,
                          size_t size)
{
    memcpy(left, pattern, size);
    memcpy(right, pattern, size);
    if (kernel_memcmp(left, right, size) != 0 ||
        kernel_bcmp(left, right, size) != 0)
        fail("memcmp of equal bytes", size, 0, 0);
    for (size_t i = 0; i < size; i++) {
        unsigned char old = left[i];
        static const unsigned char pairs[][2] = {
            {0xFF, 0x01}, {0x80, 0x7F}, {0x01, 0x00}};
        for (size_t p = 0; p < 3; p++) {
            left[i] = pairs[p][0];
            right[i] = pairs[p][1];
            if (i + 1 < size)
                right[i + 1] = (unsigned char)~left[i + 1];
            if (sign(kernel_memcmp(left, right, size)) != 1 ||
                sign(kernel_memcmp(right, left, size)) != -1 ||
                kernel_bcmp(left, right, size) == 0)
                fail("memcmp", size, (long)i, pairs[p][0]);
            if (i + 1 < size)
                right[i + 1] = left[i + 1];
            checks += 2;
        }
        left[i] = right[i] = old;
        /* Two bytes that differ alike, in different words: the one
         * difference must not cancel the other, nor carry it away. */
        for (size_t k = i + 8; k < size && k <= i + 24; k += 8)
            for (unsigned bit = 0x10; bit <= 0x80; bit <<= 3) {
                left[i] ^= bit;
                left[k] ^= bit;
                if (kernel_memcmp(left, right, size) == 0)
                    fail("memcmp", size, (long)i, (long)k);
                left[i] ^= bit;
                left[k] ^= bit;
            }
    }
}

static void check_compares_of(size_t size)
{
    check_compare(area, second_area, size);
    check_compare(area + AREA - size, second_area + AREA - size, size);
    check_compare(area, second_area + AREA - size, size);
    for (size_t at = 0; at < 8; at++)
        check_compare(area + PAGE + at, second_area + PAGE + 5, size);
    check_flags("memcmp");
}

/* Some sizes between, with bytes that do not repeat, and few places. */
static void check_middle(void)
{
    static const size_t sizes[] = {2047,  4095,  4096,  4097,  6000,
                                   16383, 20000, 65535, 65537, 70000};
    static const long distances[] = {-70001, -5000, -64, -8,   -1,
                                     1,      8,     33,  5000, 70001};
    static unsigned char space[3 * MIDDLE], random[3 * MIDDLE];
    unsigned char *middle = space + MIDDLE;
    uint32_t state = 1;

    for (size_t i = 0; i < sizeof random; i++) {
        state = state * 1664525 + 1013904223;
        random[i] = (unsigned char)(state >> 24);
    }
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        size_t size = sizes[s];
        for (size_t d = 0; d < 2 * sizeof distances / sizeof(long);
             d++) {
            long distance = distances[d / 2];
            mover *move = d % 2 == 0 ? kernel_memmove : kernel_memcpy;
            memcpy(space, random, sizeof space);
            move(middle + distance, middle, size);
            if (memcmp(middle + distance, random + MIDDLE, size) != 0 ||
                middle[distance - 1] != random[MIDDLE + distance - 1] ||
                middle[distance + (long)size] !=
                    random[MIDDLE + distance + (long)size])
                fail("a move", size, distance, (long)d % 2);
            checks++;
        }
        memcpy(space, random, sizeof space);
        for (size_t i = 0; i < size; i += size / 97) {
            middle[i] ^= 0x80;
            if (kernel_memcmp(middle, random + MIDDLE, size) == 0 ||
                kernel_bcmp(middle, random + MIDDLE, size) == 0)
                fail("memcmp", size, (long)i, 0);
            middle[i] ^= 0x80;
            checks += 2;
        }
        if (kernel_memcmp(middle, random + MIDDLE, size) != 0)
            fail("memcmp of equal bytes", size, 0, 0);
        kernel_memset(middle, 0xA5, size);
        for (size_t i = 0; i < size; i++)
            if (middle[i] != 0xA5)
                fail("memset", size, (long)i, 0);
        if (middle[-1] != random[MIDDLE - 1] ||
            middle[size] != random[MIDDLE + size])
            fail("memset", size, -1, 0);
    }
}

/* A size of 0 touches nothing, and each other size is right. All
 * functions take their turn at each: most mistakes show at a small one.
 */
static void check_small(void)
{
    check_no_move("memmove", kernel_memmove);
    check_no_move("memcpy", kernel_memcpy);
    if (kernel_memset(area - 1, 1, 0) != area - 1)
        fail("memset", 0, -1, 1);
    if (kernel_memcmp(area - 1, second_area + AREA, 0) != 0 ||
        kernel_bcmp(area - 1, second_area + AREA, 0) != 0)
        fail("memcmp", 0, -1, AREA);
    for (size_t i = 0; i < SIZES; i++) {
        check_moves_of("memmove", kernel_memmove, size_number(i));
        check_moves_of("memcpy", kernel_memcpy, size_number(i));
        check_sets_of(size_number(i));
        check_compares_of(size_number(i));
        /* What the comparisons have written there. */
        memcpy(area, pattern, AREA);
    }
    check_middle();
}

/* Sizes that do not fit in 32 bits: 64 MiB of memory, mapped 65 times,
 * one after the other. */
enum { PIECE = 1 << 26, PIECES = 65 };

static unsigned char *new_large(void)
{
    const size_t piece = PIECE, pieces = PIECES;
    int file = memfd_create("large", 0);
    unsigned char *all = mmap(NULL, (pieces + 1) * piece, PROT_NONE,
                              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (file < 0 || ftruncate(file, (long)piece) != 0 ||
        all == MAP_FAILED)
        abort();
    for (size_t i = 0; i < pieces; i++)
        if (mmap(all + i * piece, piece, PROT_READ | PROT_WRITE,
                 MAP_SHARED | MAP_FIXED | MAP_POPULATE, file,
                 0) == MAP_FAILED)
            abort();
    /* The last piece is memory of its own. */
    unsigned char *last = all + (pieces - 1) * piece;
    if (mmap(last, piece, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_POPULATE, -1,
             0) == MAP_FAILED)
        abort();
    return all;
}

static void check_large(void)
{
    const size_t piece = PIECE;
    const size_t size = piece * PIECES - 100;
    unsigned char *all = new_large(), *other = new_large();
    unsigned char *last = all + (PIECES - 1) * piece;

    if (kernel_memset(all, 0x5A, size) != all ||
        last[piece - 101] != 0x5A || last[piece - 100] != 0)
        fail("memset", size, 0, 0);
    last[piece - 101] = 0x5B;
    if (kernel_memcmp(all, all + 1, size - 1) >= 0)
        fail("memcmp", size - 1, 0, 1);
    if (kernel_memcmp(all, all + 1, size - 2) != 0)
        fail("memcmp", size - 2, 0, 1);
    /* Up and down by one byte: the byte that differs arrives. */
    kernel_memmove(all, all + 1, size - 1);
    if (last[piece - 102] != 0x5B || last[piece - 101] != 0x5B ||
        last[piece - 103] != 0x5A)
        fail("memmove", size - 1, 0, 1);
    kernel_memmove(all + 1, all, size - 1);
    if (last[piece - 101] != 0x5B || last[piece - 102] != 0x5A ||
        last[piece - 100] != 0)
        fail("memmove", size - 1, 1, 0);
    /* And to a place apart, by another name. */
    kernel_memcpy(other, all, size);
    if (other[size - 1] != 0x5B || other[size - 2] != 0x5A ||
        other[size] != 0)
        fail("memcpy", size, 0, 0);
    if (kernel_bcmp(all, other, size) != 0)
        fail("bcmp", size, 0, 0);
    other[size - 1] = 0;
    if (kernel_bcmp(all, other, size) == 0)
        fail("bcmp", size, 0, 1);
    checks += 8;
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    /* Else `rep` is not used. */
    if (strcmp(argv[2], "rep") == 0)
        kernel_memory_rep_from.move = kernel_memory_rep_from.set =
            kernel_memory_rep_from.compare = 0;
    if (strcmp(argv[2], "mixed") == 0) {
        kernel_memory_rep_from.move = 100;
        kernel_memory_rep_from.set = 200;
        kernel_memory_rep_from.compare = 300;
    }
    area = new_area();
    second_area = new_area();
    for (size_t i = 0; i < AREA; i++)
        pattern[i] = (unsigned char)(i * 37 + i / 256 * 11 + 1);
    memcpy(area, pattern, AREA);

    if (strcmp(argv[1], "large") == 0)
        check_large();
    else
        check_small();
    printf("%lu checks\n", checks);
    return 0;
}
