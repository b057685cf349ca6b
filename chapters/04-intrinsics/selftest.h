/* selftest.h - the kernel tests its own memory functions. */
#ifndef SELFTEST_H
#define SELFTEST_H

#include <stdbool.h>

/* Runs every test and prints a line for each, then "N passed, M
 * failed". A test that causes a page fault has failed: a second line
 * says where. exceptions_init must have been called. */
void selftest_run(void);

/* Returns whether all tests of the last run have passed; false if none
 * has run. */
bool selftest_passed(void);

#endif
