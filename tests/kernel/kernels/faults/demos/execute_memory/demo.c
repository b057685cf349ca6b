/* demo.c - jumps to free memory. */
#include <demo.h>

#include <faults.h>

void demo_run(void)
{
    volatile uint8_t *code = UNKNOWN(0x1000000);

    *code = 0xC3; /* ret */
    jump_to(UNKNOWN(code));
}
