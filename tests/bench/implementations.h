/* implementations.h - the memory functions that are compared, each
 * library's with a prefix of its own. */
#ifndef IMPLEMENTATIONS_H
#define IMPLEMENTATIONS_H

#include <bench.h>

static inline uint64_t ticks_now(void)
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

#define EACH_CALL(calls, size, call)                                   \
    for (size_t r = 0; r < (calls)->repeat; r++)                       \
        for (size_t k = 0; k < (calls)->count; k++) {                  \
            size_t size = (calls)->sizes[k];                           \
            call;                                                      \
        }

/* Defines prefix_time. Each library has loops of its own, as its calls
 * in a kernel would be: with one loop that calls through pointers,
 * AMD's CPUs predict the first library's calls better than all others'.
 */
#define LIBRARY(prefix)                                                \
    void *prefix##_memcpy(void *, const void *, size_t);               \
    void *prefix##_memmove(void *, const void *, size_t);              \
    void *prefix##_memset(void *, int, size_t);                        \
    int prefix##_memcmp(const void *, const void *, size_t);           \
                                                                       \
    static uint64_t prefix##_time(const struct calls *c)               \
    {                                                                  \
        volatile int sink = 0;                                         \
        uint64_t start = ticks_now();                                  \
                                                                       \
        if (c->function == MEMCPY)                                     \
            EACH_CALL(c, size, prefix##_memcpy(c->to, c->from, size))  \
        if (c->function == MEMMOVE)                                    \
            EACH_CALL(c, size, prefix##_memmove(c->to, c->from, size)) \
        if (c->function == MEMSET)                                     \
            EACH_CALL(c, size, prefix##_memset(c->to, 0, size))        \
        if (c->function == MEMCMP)                                     \
            EACH_CALL(c, size,                                         \
                      sink += prefix##_memcmp(c->to, c->from, size))   \
        return ticks_now() - start;                                    \
    }

/* This chapter's functions; and, without `rep`, how they are before
 * memory_init. */
LIBRARY(ours)
LIBRARY(blocks)
/* The chapter's demo plain, and tricks.c: the steps between. */
LIBRARY(plain)
LIBRARY(words)
LIBRARY(last)
/* peers.c */
LIBRARY(rep)
/* Debian's musl-dev and newlib-source */
LIBRARY(musl)
LIBRARY(newlib)

#define IMPLEMENTATIONS                                                \
    {"ours", ours_time}, {"plain", plain_time}, {"words", words_time}, \
        {"last word", last_time}, {"blocks", blocks_time},             \
        {"rep movsb", rep_time}, {"musl", musl_time},                  \
    {                                                                  \
        "newlib", newlib_time                                          \
    }

#endif
