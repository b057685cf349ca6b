/* demo.c - no demo, no fault. */
#include <demo.h>

void demo_run(void)
{
}
