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

/* Prints text, as kprintf and printf do. */
typedef void print_text(const char *format, ...);

/* Times all functions of all implementations side by side, in nine
 * runs. Each case is timed for all of them before the next one comes,
 * so that a slow moment of the machine hits all alike, and each run
 * begins with another of them. Prints the names of the implementations,
 * and then a line for each case in each run: the run, the function, the
 * layout, the size, and the ticks that 1000 calls took, of each
 * implementation. Tabs are between them.
 *
 * count: MAX_IMPLEMENTATIONS at most. left, right: two areas of
 * largest + 256 bytes, and at least 4096 + 256, with equal contents. */
void bench(const struct implementation *implementations, size_t count,
           unsigned char *left, unsigned char *right, size_t largest,
           print_text *print);

#endif
