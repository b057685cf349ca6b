/* demo.c - shifts a 1 out of its int. SANITIZE=undefined notices. */
#include <demo.h>

#include <kprintf.h>

/* volatile: the compiler must not know this number. */
static volatile int forty = 40;

void demo_run(void)
{
    kprintf("  1 << 40 is %d\n", 1 << forty);
}
