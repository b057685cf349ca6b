/* demo.c - shows what memory_init has measured, and chosen. */
#include <demo.h>

#include <kprintf.h>
#include <memory.h>
#include <memory_times.h>

static void print_choice(const char *name, size_t from)
{
    if (from == SIZE_MAX)
        kprintf("  %s: never rep\n", name);
    else
        kprintf("  %s: rep from %zu bytes on\n", name, from);
}

void demo_run(void)
{
    kprintf("\n  Ticks for"
            "       memmove             memset              memcmp\n"
            "  %d bytes   words       rep     words       rep     words"
            "       rep\n",
            MEMORY_TIMED_BYTES);
    for (size_t i = 0; i < MEMORY_SIZES; i++) {
        kprintf("  by %8zu", memory_sizes[i]);
        for (size_t f = 0; f < MEMORY_FUNCTIONS; f++)
            kprintf(" %9lu %9lu", memory_times[f][i].words,
                    memory_times[f][i].rep);
        kprintf("\n");
    }
    print_choice("memmove", memory_rep_from.move);
    print_choice("memset", memory_rep_from.set);
    print_choice("memcmp", memory_rep_from.compare);
}
