/* kprintf_host.c - compares the kernel's kprintf, as it was built for
 * the kernel, with the C library's printf.
 *
 * usage: kprintf_host SEED COUNT   compares COUNT random conversions
 *        kprintf_host fixed        prints what kprintf makes of some
 * formats
 */
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <framebuffer.h>
#include <prepare_memory.h>
#include <serial.h>
#include <vga.h>

/* Without kprintf.h's format check: the formats here are made at run
 * time. */
void kprintf(const char *format, ...);

static char screen[4096], serial[4096];
static size_t screen_length, serial_length;
static int cursor_updates;

/* The devices that console.c prints to. */
void vga_put_char(char c)
{
    screen[screen_length++] = c;
}

void vga_set_color(enum color text, enum color background)
{
    (void)text;
    (void)background;
}

void vga_clear(void)
{
}

void serial_put_char(char c)
{
    serial[serial_length++] = c;
}

void vga_update_cursor(void)
{
    cursor_updates++;
}

size_t vga_cursor(void)
{
    return 0;
}

void vga_set_cells(volatile uint16_t *cells)
{
    (void)cells;
}

const struct multiboot2_info *loader_info(void)
{
    return NULL;
}

const char *framebuffer_init(const struct multiboot2_info *info)
{
    (void)info;
    return NULL;
}

uint16_t *framebuffer_cells(void)
{
    return NULL;
}

void framebuffer_draw(size_t cursor)
{
    (void)cursor;
}

/* A small generator, so that a seed gives the same test everywhere. */
static uint64_t state;

static uint64_t next(void)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return state >> 11 ^ state << 20;
}

static uint64_t below(uint64_t limit)
{
    return next() % limit;
}

/* Numbers at which printers break, and random ones of all lengths. */
static uint64_t number(void)
{
    static const uint64_t edges[] = {
        0,  1,       9,        10,       15,        0xFFFFFFF6,
        16, INT_MAX, UINT_MAX, LONG_MAX, ULONG_MAX, 0xFFFFFFFFFFFFFFF6,
    };

    if (below(3) == 0) /* and INT_MIN, LONG_MIN, ... */
        return (below(4) == 0) +
               edges[below(sizeof edges / sizeof *edges)];
    return next() << below(20) >> below(64);
}

static void fail(const char *format, const char *expected)
{
    printf("%s: kprintf printed \"%.*s\", printf \"%s\"\n", format,
           (int)screen_length, screen, expected);
    exit(1);
}

static void compare_one(void)
{
    static const char *const strings[] = {"", "a", "kernel", "0x00",
                                          "%d"};
    static const char types[] = "diuxXcsp%";
    static const char *const sizes[] = {"", "", "l", "ll", "z"};
    char flags[3] = "", width[12] = "", precision[12] = "", format[64];
    char expected[4096];
    const char *size = "";
    char type = types[below(sizeof types - 1)];
    int is_number = strchr("diuxX", type) != NULL;

    if (type != '%' && below(2))
        strcat(flags, "-");
    if (is_number && below(2))
        strcat(flags, "0");
    if (type != '%' && below(2))
        sprintf(width, "%d", (int)below(70) + 1);
    if (type == 's' && below(2))
        sprintf(precision, ".%d", (int)below(9));
    if (is_number)
        size = sizes[below(sizeof sizes / sizeof *sizes)];
    sprintf(format, "<%%%s%s%s%s%c>", flags, width, precision, size,
            type);

    screen_length = serial_length = 0;
    cursor_updates = 0;
    uint64_t value = number();
    switch (type) {
    case 's': {
        const char *string = strings[value % 5];
        kprintf(format, string);
        snprintf(expected, sizeof expected, format, string);
        break;
    }
    case 'c':
        value = 'A' + value % 26;
        /* fall through */
    default:
        if (*size == '\0' && type != 'p') {
            kprintf(format, (int)value);
            snprintf(expected, sizeof expected, format, (int)value);
        } else {
            value |=
                type == 'p'; /* the C library prints (nil) for NULL */
            kprintf(format, value);
            snprintf(expected, sizeof expected, format, value);
        }
    }
    if (strlen(expected) != screen_length ||
        memcmp(expected, screen, screen_length) != 0)
        fail(format, expected);
    if (serial_length != screen_length ||
        memcmp(serial, screen, screen_length) != 0)
        fail(format, "the same on COM1");
    if (cursor_updates != 1)
        fail(format, "one update of the cursor");
}

static void print_fixed(void)
{
    char unterminated[3] = {'a', 'b', 'c'};

    kprintf("%s|%.2s|%8s|\n", (char *)NULL, (char *)NULL, (char *)NULL);
    kprintf("%p|%20p|%-20p|\n", (void *)NULL, (void *)0xB8000,
            (void *)UINTPTR_MAX);
    kprintf("%.3s|%.0s|\n", unterminated, (char *)1);
    kprintf("%q and %d go on as they stand|\n", 5);
    kprintf("%d before %f|\n", 7, 1);
    kprintf("100%");
    kprintf("|%5");
    kprintf("|%l");
    kprintf("|");
    fwrite(screen, 1, screen_length, stdout);
}

int main(int argc, char **argv)
{
    if (argc == 2) {
        print_fixed();
        return 0;
    }
    state = strtoull(argv[1], NULL, 0);
    for (long i = atol(argv[2]); i > 0; i--)
        compare_one();
    puts("equal");
    return 0;
}
