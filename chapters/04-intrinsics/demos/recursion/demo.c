/* demo.c - adds the numbers from 1 to n. For 0, that never ends, until
 * the stack is full. The CPU notices. */
#include <demo.h>

#include <kprintf.h>

/* volatile: the compiler must not know this number. */
static volatile unsigned zero = 0;

/* NOLINTNEXTLINE(misc-no-recursion) */
static __attribute__((noinline)) unsigned sum_to(volatile unsigned n)
{
    return n == 1 ? 1 : n + sum_to(n - 1);
}

void demo_run(void)
{
    kprintf("  the sum is %u\n", sum_to(zero));
}
