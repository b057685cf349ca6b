/* demo.c - has a frame that is larger than the stack and its guard
 * page.
 */
#include <demo.h>

#include <stddef.h>
#include <stdint.h>

/* The build warns of such a frame; here it is meant. */
#pragma GCC diagnostic ignored "-Wframe-larger-than="
void demo_run(void)
{
    volatile uint8_t frame[100000];

    for (size_t i = 0; i < sizeof frame; i++)
        frame[i] = 0;
}
