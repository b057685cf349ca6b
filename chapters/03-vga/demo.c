/* demo.c - no demo: with DEMO=name, demos/name/demo.c takes the place
 * of this file. */
#include <demo.h>

void demo_run(void)
{
}
