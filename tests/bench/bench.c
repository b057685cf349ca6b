/* bench.c - times memory functions against each other. */
#include <bench.h>

#include <stdbool.h>

enum {
    ROUNDS = 11,
    MAX_IMPLEMENTATIONS = 10,
    MIX = 1024,              /* sizes in a random mix */
    ROUND_BYTES = 256 * 1024 /* what one round moves, at least once */
};

/* One way to call: with these offsets into the two areas, or, with
 * overlap, both in the left one. */
struct layout {
    const char *name;
    size_t left, right;
    bool overlap;
};

static uint64_t now(void)
{
    uint32_t low, high;

    /* All that was before is done, and nothing that follows has begun
     * (Intel SDM volume 2, RDTSC). */
    __asm__ volatile("lfence; rdtsc; lfence"
                     : "=a"(low), "=d"(high)
                     :
                     : "memory");
    return (uint64_t)high << 32 | low;
}

/* A small pseudo-random generator: the same sizes on each machine. */
static uint32_t random_number(void)
{
    static uint32_t state = 2463534242u;

    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

enum function { MEMCPY, MEMMOVE, MEMSET, MEMCMP };
static const char *const names[] = {"memcpy", "memmove", "memset",
                                    "memcmp"};

/* Calls a function for each size of a list, over and over. */
static uint64_t time_calls(enum function function,
                           const struct implementation *i,
                           unsigned char *to, unsigned char *from,
                           const uint32_t *sizes, size_t count,
                           size_t repeat)
{
    volatile int sink = 0;
    uint64_t start = now();

    switch (function) {
    case MEMCPY:
        for (size_t r = 0; r < repeat; r++)
            for (size_t k = 0; k < count; k++)
                i->memcpy(to, from, sizes[k]);
        break;
    case MEMMOVE:
        for (size_t r = 0; r < repeat; r++)
            for (size_t k = 0; k < count; k++)
                i->memmove(to, from, sizes[k]);
        break;
    case MEMSET:
        for (size_t r = 0; r < repeat; r++)
            for (size_t k = 0; k < count; k++)
                i->memset(to, 0, sizes[k]);
        break;
    case MEMCMP:
        for (size_t r = 0; r < repeat; r++)
            for (size_t k = 0; k < count; k++)
                sink += i->memcmp(to, from, sizes[k]);
        break;
    }
    return now() - start;
}

static uint64_t median(uint64_t *values, size_t count)
{
    for (size_t i = 1; i < count; i++)
        for (size_t k = i; k > 0 && values[k] < values[k - 1]; k--) {
            uint64_t value = values[k];
            values[k] = values[k - 1];
            values[k - 1] = value;
        }
    return values[count / 2];
}

/* Times one list of sizes in one layout, and reports each
 * implementation. */
static void time_case(enum function function, const char *how,
                      size_t size, const struct implementation *all,
                      size_t count, unsigned char *to,
                      unsigned char *from, const uint32_t *sizes,
                      size_t sizes_count, report *report)
{
    static uint64_t ticks[MAX_IMPLEMENTATIONS][ROUNDS];
    size_t bytes = 0;

    for (size_t k = 0; k < sizes_count; k++)
        bytes += sizes[k] + 32;
    size_t repeat = ROUND_BYTES / bytes + 1;
    size_t rounds = bytes > 4 * 1024 * 1024 ? 3 : ROUNDS;
    for (size_t round = 0; round < rounds; round++)
        for (size_t i = 0; i < count; i++) {
            /* Once for the caches and the branch predictor. */
            time_calls(function, &all[i], to, from, sizes, sizes_count,
                       repeat / 8 + 1);
            ticks[i][round] = time_calls(function, &all[i], to, from,
                                         sizes, sizes_count, repeat);
        }
    for (size_t i = 0; i < count; i++)
        report(names[function], how, size, all[i].name,
               median(ticks[i], rounds) * 1000 /
                   (repeat * sizes_count));
}

void bench(const struct implementation *all, size_t count,
           unsigned char *left, unsigned char *right, size_t largest,
           report *report)
{
    static const uint32_t sizes[] = {
        0,     1,      2,       3,       4,        7,        8,
        12,    15,     16,      20,      24,       31,       32,
        33,    48,     63,      64,      65,       96,       128,
        160,   192,    256,     320,     384,      512,      640,
        768,   1024,   1536,    2048,    4096,     8192,     16384,
        65536, 262144, 1048576, 4194304, 16777216, 67108864,
    };
    static const struct layout layouts[] = {
        {"aligned", 0, 0, false},
        {"unaligned", 1, 3, false},
        {"overlap up", 0, 72, true},
        {"overlap down", 72, 0, true},
    };
    static const uint32_t mixes[] = {16, 32, 64, 128, 512, 4096};
    static uint32_t mix[MIX];

    for (enum function f = MEMCPY; f <= MEMCMP; f++) {
        for (size_t l = 0; l < sizeof layouts / sizeof layouts[0];
             l++) {
            if (layouts[l].overlap && f != MEMMOVE)
                continue;
            unsigned char *to = left + layouts[l].left;
            unsigned char *from =
                (layouts[l].overlap ? left : right) + layouts[l].right;
            for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++)
                if (sizes[s] <= largest)
                    time_case(f, layouts[l].name, sizes[s], all, count,
                              to, from, &sizes[s], 1, report);
        }
        for (size_t m = 0; m < sizeof mixes / sizeof mixes[0]; m++) {
            for (size_t k = 0; k < MIX; k++)
                mix[k] = random_number() % (mixes[m] + 1);
            time_case(f, "mix", mixes[m], all, count, left, right, mix,
                      MIX, report);
        }
    }
}
