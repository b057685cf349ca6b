/* demo.c - computes a remainder of 128 bits, for which the compiler
 * calls a function of its own library. */
#include <demo.h>

#include <kprintf.h>

void demo_run(void)
{
    /* volatile: the kernel has to compute it, and not the compiler. */
    volatile unsigned __int128 dividend = -1;
    volatile unsigned __int128 divisor = dividend - 999;

    kprintf("(2^128 - 1) modulo (2^128 - 1000) is %lu\n",
            (unsigned long)(dividend % divisor));
}
