/* demo.c - reads from the guard page. */
#include <demo.h>

#include <faults.h>
#include <paging.h>

void demo_run(void)
{
    read_from(UNKNOWN(stack_guard));
}
