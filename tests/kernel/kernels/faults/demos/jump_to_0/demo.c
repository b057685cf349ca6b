/* demo.c - jumps to a null pointer. */
#include <demo.h>

#include <faults.h>

void demo_run(void)
{
    jump_to(UNKNOWN(0));
}
