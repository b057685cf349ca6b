/* demo.c - reads near address 0. */
#include <demo.h>

#include <faults.h>

void demo_run(void)
{
    read_from(UNKNOWN(0x10));
}
