/* memory_init.c - measures which way of moving memory is faster here.
 * The feature bits do not settle it: some CPUs are fast at `rep` and
 * have no bit for it, and an emulator may have the bit and be slow. */
#include <memory.h>

#include <memory_times.h>

enum {
    ROUNDS = 4, /* the first one also fills the caches */
    /* `rep` must need less than 15/16 of the other way's time: a gain
     * that can be measured. */
    MARGIN = 16,
};
/* More ticks than a round can take: the clock has jumped, or the
 * machine has slept. */
#define TOO_LONG ((uint64_t)1 << 32)

struct memory_rep_from memory_rep_from = {SIZE_MAX, SIZE_MAX, SIZE_MAX};

const size_t memory_sizes[MEMORY_SIZES] = {
    256, 512, 1024, 2048, 4096, MEMORY_TIMED_BYTES,
};
struct memory_times memory_times[MEMORY_FUNCTIONS][MEMORY_SIZES];

/* At the same place in their pages, so that the choice does not depend
 * on where the linker puts them. */
static unsigned char left[MEMORY_TIMED_BYTES]
    __attribute__((aligned(4096)));
static unsigned char right[MEMORY_TIMED_BYTES]
    __attribute__((aligned(4096)));

static void move(size_t size)
{
    memmove(left, right, size);
}

static void set(size_t size)
{
    memset(left, 0, size);
}

static void compare(size_t size)
{
    /* volatile: so that the compiler does not drop the call. */
    volatile int result = memcmp(left, right, size);

    (void)result;
}

/* The time-stamp counter, once all earlier instructions are done (Intel
 * SDM vol. 2B, "RDTSC"). On an AMD CPU, lfence may wait for loads
 * only: then a result is a few ticks off. */
static uint64_t ticks_now(void)
{
    __asm__ volatile("lfence" : : : "memory");
    uint64_t ticks = __builtin_ia32_rdtsc();
    __asm__ volatile("lfence" : : : "memory");
    return ticks;
}

/* Returns the fewest ticks that MEMORY_TIMED_BYTES take, or
 * MEMORY_NO_TIME. */
static uint64_t fewest_ticks(void (*call)(size_t), size_t size)
{
    uint64_t fewest = MEMORY_NO_TIME;

    for (int round = 0; round < ROUNDS; round++) {
        uint64_t start = ticks_now();
        for (size_t done = 0; done < MEMORY_TIMED_BYTES; done += size)
            call(size);
        uint64_t ticks = ticks_now() - start;
        if (ticks > 0 && ticks < TOO_LONG && ticks < fewest)
            fewest = ticks;
    }
    return fewest;
}

/* Measures a function with and without `rep`. from: its member of
 * memory_rep_from, which changes on the way and ends as the result. */
static void measure(void (*call)(size_t), struct memory_times *times,
                    size_t *from)
{
    size_t chosen = SIZE_MAX;

    for (size_t i = MEMORY_SIZES; i-- > 0;) {
        *from = SIZE_MAX;
        times[i].words = fewest_ticks(call, memory_sizes[i]);
        *from = 0;
        times[i].rep = fewest_ticks(call, memory_sizes[i]);
    }
    /* The smallest size from which on `rep` always wins. */
    for (size_t i = MEMORY_SIZES; i-- > 0;) {
        if (times[i].words == MEMORY_NO_TIME ||
            times[i].rep >= times[i].words - times[i].words / MARGIN)
            break;
        chosen = memory_sizes[i];
    }
    *from = chosen;
}

void memory_init(void)
{
    measure(move, memory_times[MOVE], &memory_rep_from.move);
    measure(set, memory_times[SET], &memory_rep_from.set);
    measure(compare, memory_times[COMPARE], &memory_rep_from.compare);
#ifdef REP_FROM /* PATHS=: chosen when the kernel was built */
    memory_rep_from =
        (struct memory_rep_from){REP_FROM, REP_FROM, REP_FROM};
#endif
}
