/* memory_times.h - how long the memory functions took when they were
 * measured. */
#ifndef MEMORY_TIMES_H
#define MEMORY_TIMES_H

#include <stddef.h>
#include <stdint.h>

enum memory_function { MOVE, SET, COMPARE, MEMORY_FUNCTIONS };
enum { MEMORY_SIZES = 6 };
/* How many bytes are timed, for each size of call. A single small call
 * may take less time than the counter can show: on some CPUs, it moves
 * in steps of 26 ticks. */
enum { MEMORY_TIMED_BYTES = 16384 };

/* The sizes that memory_init measures, in bytes, the smallest first. */
extern const size_t memory_sizes[MEMORY_SIZES];

/* What MEMORY_TIMED_BYTES took in calls of each of them, in ticks of
 * the CPU's time-stamp counter: 0 before memory_init was called, and
 * MEMORY_NO_TIME if the counter did not go forward. */
struct memory_times {
    uint64_t words, rep;
};
#define MEMORY_NO_TIME UINT64_MAX
extern struct memory_times memory_times[MEMORY_FUNCTIONS][MEMORY_SIZES];

#endif
