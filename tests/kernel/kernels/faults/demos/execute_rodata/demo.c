/* demo.c - jumps to a constant. */
#include <demo.h>

#include <faults.h>

static const uint8_t rodata[] = {0xC3}; /* ret */

void demo_run(void)
{
    jump_to(UNKNOWN(rodata));
}
