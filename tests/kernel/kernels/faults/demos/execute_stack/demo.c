/* demo.c - jumps to the stack. */
#include <demo.h>

#include <faults.h>

void demo_run(void)
{
    volatile uint8_t code = 0xC3; /* ret */

    jump_to(UNKNOWN(&code));
}
