/* demo.c - panics, although nothing is wrong. */
#include <demo.h>

#include <panic.h>

void demo_run(void)
{
    panic("This is a drill: %d things are wrong.", 0);
}
