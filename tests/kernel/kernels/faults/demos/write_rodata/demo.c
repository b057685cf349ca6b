/* demo.c - writes to a constant. */
#include <demo.h>

#include <faults.h>

static const uint8_t rodata[] = {1};

void demo_run(void)
{
    write_to(UNKNOWN(rodata));
}
