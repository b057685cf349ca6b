/* demo.c - writes to the last byte of page 0. */
#include <demo.h>

#include <faults.h>

void demo_run(void)
{
    write_to(UNKNOWN(0xFFF));
}
