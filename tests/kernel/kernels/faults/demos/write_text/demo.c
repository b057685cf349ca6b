/* demo.c - writes to code. */
#include <demo.h>

#include <faults.h>

void demo_run(void)
{
    write_to(UNKNOWN((uintptr_t)demo_run));
}
