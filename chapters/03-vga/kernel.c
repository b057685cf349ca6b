/* kernel.c - shows what the console can do. */
#include <stddef.h>
#include <stdint.h>

#include <cpu.h>
#include <kprintf.h>
#include <memory_map.h>
#include <panic.h>
#include <serial.h>
#include <startup.h>
#include <title.h>
#include <vga.h>

static void print_heading(const char *text)
{
    vga_set_color(VGA_YELLOW, VGA_BLACK);
    kprintf(" %s\n", text);
    vga_set_color(VGA_LIGHT_GRAY, VGA_BLACK);
}

static void print_colors(void)
{
    static const char *const names[] = {
        "black",     "blue",       "green",       "cyan",
        "red",       "magenta",    "brown",       "light gray",
        "dark gray", "light blue", "light green", "light cyan",
        "light red", "pink",       "yellow",      "white",
    };

    print_heading("The 16 colours");
    for (int i = VGA_BLACK; i <= VGA_WHITE; i++) {
        vga_set_color(i, i == VGA_BLACK ? VGA_LIGHT_GRAY : VGA_BLACK);
        kprintf(" %2d %-12s", i, names[i]);
        vga_set_color(VGA_LIGHT_GRAY, VGA_BLACK);
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

static void print_memory_map(void)
{
    print_heading("The memory map");
    kprintf("  %-18s  %-18s  %10s  type\n", "first address",
            "last address", "KiB");
    for (size_t i = 0; i < memory_map_count(); i++) {
        struct memory_region region = memory_map_region(i);
        kprintf("  0x%016lx  0x%016lx  %10lu  %s\n", region.start,
                region.start + region.length - 1, region.length / 1024,
                type_name(region.type));
    }
    kprintf("  %lu MiB are available\n\n",
            memory_map_available() / (1024 * 1024));
}

void kernel_main(uint32_t magic, uintptr_t info_address)
{
    (void)magic;
    serial_init();
    print_title("chapter 3: text on the screen");

    const char *problem = startup(info_address);
    if (problem != NULL)
        panic("%s", problem);

    print_colors();
    print_memory_map();
#ifdef DEMO_SCROLL
    for (int line = 1; line <= 100; line++)
        kprintf("line %d of 100\n", line);
#endif
#ifdef DEMO_REMAINDER
    /* volatile: the kernel has to compute it, and not the compiler. */
    volatile unsigned __int128 dividend = -1;
    volatile unsigned __int128 divisor = dividend - 999;
    kprintf("(2^128 - 1) modulo (2^128 - 1000) is %lu\n",
            (unsigned long)(dividend % divisor));
#endif
#ifdef DEMO_PANIC
    panic("This is a drill: %d things are wrong.", 0);
#endif
    halt_forever();
}
