/* bench.c - times memory functions against each other. */
#include <bench.h>

#include <stdbool.h>

/* RUNS, how often each case is timed, comes from bench.py. */
enum {
    CASE_BYTES = 256 * 1024, /* moved each time, at least once */
    /* A mix of random sizes: so many that no branch predictor learns
     * them by heart, unless they are large. */
    MIX = 65536,
    MIX_BYTES = 4 * 1024 * 1024,
};

/* One way to call: with these offsets into the two areas, or, with
 * overlap, both in the left one. */
struct layout {
    const char *name;
    size_t left, right;
    bool overlap;
};

/* Of blocks_: `rep` is never used. */
struct {
    size_t move, set, compare;
} blocks_memory_rep_from = {SIZE_MAX, SIZE_MAX, SIZE_MAX};

static const char *const names[] = {"memcpy", "memmove", "memset",
                                    "memcmp"};

/* A small pseudo-random generator: the same sizes on each machine. */
static uint32_t random_number(void)
{
    static uint32_t state = 2463534242u;

    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

/* Times one list of sizes in one layout, once for each implementation,
 * and prints the times. */
static void time_case(const struct implementation *all, size_t count,
                      unsigned run, const char *how, size_t size,
                      struct calls calls, print_text *print)
{
    uint64_t ticks[MAX_IMPLEMENTATIONS];
    size_t bytes = 0;

    for (size_t k = 0; k < calls.count; k++)
        bytes += calls.sizes[k] + 32;
    size_t repeat = CASE_BYTES / bytes + 1;
    for (size_t i = 0; i < count; i++) {
        size_t one = (run + i) % count;
        /* First for the caches and the branch predictor, unless all of
         * it is larger than those. */
        calls.repeat = repeat / 8 + 1;
        if (repeat > 1)
            all[one].time(&calls);
        calls.repeat = repeat;
        ticks[one] =
            all[one].time(&calls) * 1000 / (repeat * calls.count);
    }
    print("%u\t%s\t%s\t%zu", run, names[calls.function], how, size);
    for (size_t i = 0; i < count; i++)
        print("\t%lu", (unsigned long)ticks[i]);
    print("\n");
}

void bench(const struct implementation *all, size_t count,
           unsigned char *left, unsigned char *right, size_t largest,
           print_text *print)
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
        {"aligned", 0, 0, false},        {"unaligned", 1, 3, false},
        {"a little above", 8, 0, false}, {"overlap up", 0, 72, true},
        {"overlap down", 72, 0, true},
    };
    static const uint32_t mixes[] = {16, 32, 64, 128, 512, 4096};
    enum {
        SIZES = sizeof sizes / sizeof sizes[0],
        LAYOUTS = sizeof layouts / sizeof layouts[0],
        MIXES = sizeof mixes / sizeof mixes[0],
    };
    static uint32_t mix[MIXES][MIX];
    size_t mix_counts[MIXES];

    for (size_t m = 0; m < MIXES; m++) {
        size_t most = MIX_BYTES / (mixes[m] / 2);
        mix_counts[m] = most < MIX ? most : MIX;
        for (size_t k = 0; k < mix_counts[m]; k++)
            mix[m][k] = random_number() % (mixes[m] + 1);
    }
    print("names");
    for (size_t i = 0; i < count; i++)
        print("\t%s", all[i].name);
    print("\n");
    for (unsigned run = 0; run < RUNS; run++)
        for (enum function f = MEMCPY; f <= MEMCMP; f++) {
            for (size_t m = 0; m < MIXES; m++)
                time_case(all, count, run, "mix", mixes[m],
                          (struct calls){f, left, right, mix[m],
                                         mix_counts[m], 0},
                          print);
            for (const struct layout *l = layouts;
                 l < layouts + LAYOUTS && (!l->overlap || f == MEMMOVE);
                 l++)
                for (size_t s = 0; s < SIZES && sizes[s] <= largest;
                     s++)
                    time_case(
                        all, count, run, l->name, sizes[s],
                        (struct calls){f, left + l->left,
                                       (l->overlap ? left : right) +
                                           l->right,
                                       &sizes[s], 1, 0},
                        print);
        }
}
