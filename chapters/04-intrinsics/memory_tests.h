/* memory_tests.h - one function for each test of the memory functions.
 * It returns whether the test passes. */
#ifndef MEMORY_TESTS_H
#define MEMORY_TESTS_H

#include <stdbool.h>

/* The largest size that most of them try, in bytes: several words, and
 * all remainders. */
enum { MAX_SIZE = 80 };

/* memory_tests.c: is the result right? */
bool memcpy_copies(void);
bool memmove_moves(void);
bool memset_fills(void);
bool memcmp_compares(void);
bool bcmp_compares(void);
bool size_0_touches_nothing(void);
bool rep_does_the_same(void);
bool large_struct_is_copied(void);

/* edge_tests.c: is no other byte touched? These may cause a page
 * fault, which the caller must catch. */
bool no_byte_too_many(void);
bool byte_too_many_faults(void);

#endif
