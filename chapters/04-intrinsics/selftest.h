/* selftest.h - the kernel tests its own memory functions. */
#ifndef SELFTEST_H
#define SELFTEST_H

#include <stddef.h>

/* Runs every test and prints a line for each, then "N passed, M
 * failed". Returns how many failed. */
size_t selftest_run(void);

#endif
