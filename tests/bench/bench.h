/* bench.h - times memory functions against each other. It needs no
 * library: the same code runs in a process and in a kernel. */
#ifndef BENCH_H
#define BENCH_H

#include <stddef.h>
#include <stdint.h>

/* One library's functions. */
struct implementation {
    const char *name;
    void *(*memcpy)(void *, const void *, size_t);
    void *(*memmove)(void *, const void *, size_t);
    void *(*memset)(void *, int, size_t);
    int (*memcmp)(const void *, const void *, size_t);
};

/* Receives one result: of an implementation, the ticks of the CPU's
 * time-stamp counter for 1000 calls, the median of several rounds. */
typedef void report(const char *function, const char *how, size_t size,
                    const char *implementation, uint64_t ticks);

/* Times all functions, interleaved: each round times every
 * implementation once, so that a slow moment of the machine hits all
 * alike. left and right are two areas of largest + 256 bytes, with
 * equal contents. */
void bench(const struct implementation *implementations, size_t count,
           unsigned char *left, unsigned char *right, size_t largest,
           report *report);

#endif
