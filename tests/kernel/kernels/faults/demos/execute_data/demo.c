/* demo.c - jumps to a variable. */
#include <demo.h>

#include <faults.h>

static uint8_t data[] = {0xC3}; /* ret */

void demo_run(void)
{
    jump_to(UNKNOWN(data));
}
