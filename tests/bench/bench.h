/* bench.h - times memory functions against each other. It needs no
 * library: the same code runs in a process and in a kernel. */
#ifndef BENCH_H
#define BENCH_H

#include <stddef.h>
#include <stdint.h>

enum { MAX_IMPLEMENTATIONS = 16 };
enum function { MEMCPY, MEMMOVE, MEMSET, MEMCMP };

/* What is timed: a function, called once for each size of a list, and
 * that repeat times. */
struct calls {
    enum function function;
    unsigned char *to, *from;
    const uint32_t *sizes;
    size_t count, repeat;
};

/* One library's functions. time does the calls, and returns how many
 * ticks of the CPU's time-stamp counter they took. */
struct implementation {
    const char *name;
    uint64_t (*time)(const struct calls *calls);
};

/* Receives the results of one case in one run: ticks for 1000 calls, of
 * each implementation in their order. */
typedef void report(unsigned run, const char *function, const char *how,
                    size_t size, const uint64_t *ticks);

/* Times all functions of all implementations side by side, in nine
 * runs. Each case is timed for all of them before the next one comes,
 * so that a slow moment of the machine hits all alike, and each run
 * begins with another of them. count is MAX_IMPLEMENTATIONS at most.
 * left and right are two areas of
 * largest + 256 bytes, and at least 4096 + 256, with equal contents. */
void bench(const struct implementation *implementations, size_t count,
           unsigned char *left, unsigned char *right, size_t largest,
           report *report);

#endif
