/* demo.c - writes past the end of an array on the stack.
 * SANITIZE=stack notices. */
#include <demo.h>

#include <stddef.h>

#include <kprintf.h>

/* volatile: the compiler must not know this number. */
static volatile size_t length = 32;

void demo_run(void)
{
    volatile char array[16] = {0};

    for (size_t i = 0; i < length; i++)
        array[i] = 'x';
    kprintf("  the array begins with %c\n", array[0]);
}
