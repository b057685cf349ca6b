/* kernel.c - shows what the console can do. */
#include <stddef.h>
#include <stdint.h>

#include <console.h>
#include <cpu.h>
#include <demo.h>
#include <kernel.h>
#include <kprintf.h>
#include <memory_map.h>
#include <panic.h>
#include <prepare_memory.h>
#include <title.h>

/* As many rows of the memory map as there is room for. */
enum { MAP_ROWS = 11 };

static void print_heading(const char *text)
{
    console_color(YELLOW, BLACK);
    kprintf(" %s\n", text);
    console_color(LIGHT_GRAY, BLACK);
}

static void print_colors(void)
{
    static const char *const names[] = {
        "black",     "blue",       "green",       "cyan",
        "red",       "magenta",    "brown",       "light gray",
        "dark gray", "light blue", "light green", "light cyan",
        "light red", "pink",       "yellow",      "white",
    };

    print_heading("The 16 colors");
    for (int i = BLACK; i <= WHITE; i++) {
        console_color(i, i == BLACK ? LIGHT_GRAY : BLACK);
        kprintf(" %2d %-12s", i, names[i]);
        console_color(LIGHT_GRAY, BLACK);
        kprintf(i % 4 == 3 ? "\n" : "    ");
    }
    kprintf("\n");
}

static const char *type_name(uint32_t type)
{
    switch (type) {
    case MEMORY_AVAILABLE:
        return "available";
    case MEMORY_ACPI:
        return "ACPI tables";
    case MEMORY_HIBERNATE:
        return "keep for hibernation";
    case MEMORY_DEFECTIVE:
        return "defective";
    default:
        return "reserved";
    }
}

/* Returns region number *index, together with those that follow it if
 * they have the same type, and leaves the last one's number in *index:
 * UEFI firmware makes many regions out of one. */
static struct memory_region joined_region(size_t *index)
{
    struct memory_region region = memory_map_region(*index);

    while (*index + 1 < memory_map_count()) {
        struct memory_region next = memory_map_region(*index + 1);
        if (next.type != region.type ||
            next.start != region.start + region.length)
            break;
        region.length += next.length;
        (*index)++;
    }
    return region;
}

static void print_memory_map(void)
{
    size_t row = 0;

    print_heading("The memory map");
    kprintf("  %-18s  %-18s  %10s  type\n", "first address",
            "last address", "KiB");
    for (size_t i = 0; i < memory_map_count(); i++) {
        struct memory_region region = joined_region(&i);
        if (row++ >= MAP_ROWS)
            continue;
        kprintf("  0x%016lx  0x%016lx  %10lu  %s\n", region.start,
                region.start + region.length - 1, region.length / 1024,
                type_name(region.type));
    }
    if (row > MAP_ROWS)
        kprintf("  ... and %zu more\n", row - MAP_ROWS);
    kprintf("  %lu MiB are available\n\n",
            memory_map_available() / (1024 * 1024));
}

void kernel_main(uintptr_t info_address)
{
    const char *problem = prepare_memory(info_address);

    print_title("chapter 3: text on the screen");
    if (problem != NULL)
        panic("%s", problem);

    print_colors();
    print_memory_map();
    demo_run();
    halt_forever();
}
