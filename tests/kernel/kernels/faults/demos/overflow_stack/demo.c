/* demo.c - calls itself until the stack has overflowed. */
#include <demo.h>

#include <stdint.h>

static __attribute__((noinline)) uint64_t recurse(volatile uint64_t n)
{
    return n == 0 ? 0 : recurse(n - 1) + n;
}

void demo_run(void)
{
    recurse(1000000);
}
