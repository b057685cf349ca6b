/* demo.c - writes through a null pointer. The CPU notices. */
#include <demo.h>

#include <stddef.h>

/* volatile: the compiler must not know this address. */
static int *volatile nowhere = NULL;

void demo_run(void)
{
    *nowhere = 1;
}
