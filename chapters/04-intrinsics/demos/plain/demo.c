/* demo.c - shows what the plain memory functions cost. */
#include <demo.h>

#include <kprintf.h>
#include <memory_times.h>

void demo_run(void)
{
    kprintf("\n  Ticks for     memmove     memset     memcmp\n"
            "  %d bytes",
            MEMORY_TIMED_BYTES);
    for (size_t f = 0; f < MEMORY_FUNCTIONS; f++)
        kprintf(" %10lu", memory_times[f][MEMORY_SIZES - 1].words);
    kprintf("\n");
}
