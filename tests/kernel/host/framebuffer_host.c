/* framebuffer_host.c - runs the kernel's console on a screen of pixels,
 * as it was built for the kernel, in a process, and compares each pixel
 * with what the screen should show.
 *
 * If it is watched, the screen's memory is protected, so that each
 * access of it is a SIGSEGV, which counts it and lets it happen. That
 * takes its time. Memory at 0xB8000 there is none: an access ends the
 * process.
 *
 * usage: framebuffer_host WIDTH HEIGHT BITS PITCH R G B SEED STEPS
 * WATCH R, G and B are a color's position and size, such as 16:8. With
 * a negative number of steps, it scrolls, and prints the writes.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include <console.h>
#include <device_memory.h>
#include <font.h>
#include <multiboot2_info.h>
#include <panic.h>
#include <prepare_memory.h>
#include <serial.h>

enum { ROWS = 25, COLUMNS = 80, CELLS = ROWS * COLUMNS };
enum { TRAP_FLAG = 0x100, WRITE_ERROR = 2, OUTSIDE = 0x5A };

/* 0xRRGGBB, by the formula of an EGA: two bits for each color, and
 * brown is not dark yellow. */
static unsigned color(int number)
{
    unsigned bright = number & 8 ? 0x55 : 0, all = 0;

    for (int bit = 2; bit >= 0; bit--)
        all = all << 8 | ((number >> bit & 1 ? 0xAA : 0) +
                          (number == 6 && bit == 1 ? 0 : bright));
    return number == 6 ? 0xAA5500 : all;
}

static struct {
    struct multiboot2_info info;
    struct multiboot2_tag tag;
    uint64_t address;
    uint32_t pitch, width, height;
    uint8_t bits, kind, reserved[2];
    uint8_t fields[3][2];
    uint8_t padding[2];
    struct multiboot2_tag end;
} loader;

static uint8_t *pixels, *open_pixels; /* protected, and the same */
static size_t size, mapped;
static unsigned long reads, writes;
static uint8_t *writes_of; /* for each byte */
static bool has_asked_for_memory, is_ready, is_watched;

static void fail(const char *what)
{
    printf("%s\n", what);
    exit(1);
}

/* ---- what the console needs of the kernel ---- */

const struct multiboot2_info *loader_info(void)
{
    return &loader.info;
}

const char *device_memory_map(uint64_t start, uint64_t length)
{
    has_asked_for_memory = start == (uintptr_t)pixels && length == size;
    return NULL;
}

/* Only what is sent before the first text. */
void serial_put_char(char c)
{
    if (!is_ready)
        putchar(c);
}

_Noreturn void panic_at(const char *file, int line, const char *format,
                        ...)
{
    printf("%s:%d: %s\n", file, line, format);
    exit(1);
}

/* ---- the screen's memory ---- */

static void on_segv(int number, siginfo_t *info, void *context)
{
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
    uintptr_t offset = (uintptr_t)info->si_addr - (uintptr_t)pixels;

    (void)number;
    if (!is_watched || info->si_code != SEGV_ACCERR || offset >= size)
        fail("an access outside of the screen");
    if (registers[REG_ERR] & WRITE_ERROR) {
        writes++;
        writes_of[offset]++;
    } else {
        reads++;
    }
    mprotect(pixels, mapped, PROT_READ | PROT_WRITE);
    registers[REG_EFL] |= TRAP_FLAG;
}

static void on_trap(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)info;
    mprotect(pixels, mapped, PROT_NONE);
    ((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL] &= ~TRAP_FLAG;
}

/* From now on, accesses are counted. */
static void watch(void)
{
    memset(writes_of, 0, size);
    writes = 0;
    is_watched = true;
    mprotect(pixels, mapped, PROT_NONE);
}

static void make_screen(void)
{
    struct sigaction action = {.sa_flags = SA_SIGINFO};
    int file = memfd_create("pixels", 0);

    mapped = (size + 0xFFF) & ~0xFFFul;
    if (ftruncate(file, (off_t)mapped) != 0)
        fail("no memory");
    open_pixels =
        mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    pixels =
        mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    writes_of = calloc(size, 1);
    memset(open_pixels, OUTSIDE, mapped);
    action.sa_sigaction = on_segv;
    sigaction(SIGSEGV, &action, NULL);
    action.sa_sigaction = on_trap;
    sigaction(SIGTRAP, &action, NULL);
}

/* ---- the model ---- */

static uint16_t model[CELLS], before[CELLS];
static int cursor = -1, cursor_before = -1;
static int row, column, attribute;

static uint32_t pixel_of(int number)
{
    uint32_t pixel = 0;

    for (int i = 0; i < 3; i++) {
        unsigned share = color(number) >> 8 * (2 - i) & 0xFF;
        unsigned bits = loader.fields[i][1];
        share = bits < 8 ? share >> (8 - bits) : share << (bits - 8);
        pixel |= share << loader.fields[i][0];
    }
    return pixel;
}

/* The color of a pixel. */
static int shown(unsigned x, unsigned y)
{
    unsigned columns =
        loader.width / 8 < COLUMNS ? loader.width / 8 : COLUMNS;
    unsigned rows =
        loader.height / 16 < ROWS ? loader.height / 16 : ROWS;
    unsigned left = (loader.width - columns * 8) / 2;
    unsigned top = (loader.height - rows * 16) / 2;

    if (x < left || y < top || x - left >= columns * 8 ||
        y - top >= rows * 16)
        return BLACK;
    x -= left;
    y -= top;
    int cell = (int)(y / 16 * COLUMNS + x / 8);
    unsigned code = model[cell] & 0xFF;
    bool is_text =
        font[code][y % 16 / 8] >> (63 - y % 8 * 8 - x % 8) & 1;
    if (cell == cursor && y % 16 >= 14)
        is_text = true;
    return is_text ? model[cell] >> 8 & 15 : model[cell] >> 12 & 7;
}

static void check(void)
{
    unsigned bytes = (loader.bits + 7u) / 8;

    for (unsigned y = 0; y < loader.height; y++) {
        const uint8_t *line = open_pixels + (size_t)y * loader.pitch;
        for (unsigned x = 0; x < loader.width; x++) {
            uint32_t pixel = 0, wanted = pixel_of(shown(x, y));
            memcpy(&pixel, line + x * bytes, bytes);
            if (pixel != wanted) {
                printf("pixel %u, %u: %x, not %x\n", x, y, pixel,
                       wanted);
                exit(1);
            }
        }
        for (unsigned x = loader.width * bytes; x < loader.pitch; x++)
            if (line[x] != OUTSIDE)
                fail("a byte after a row was written");
    }
    if (reads != 0)
        fail("the screen was read");
}

/* Only the cells that changed are written, each byte of them once. */
static void check_writes(void)
{
    unsigned long changed = 0;

    for (int i = 0; i < CELLS; i++)
        changed += before[i] != model[i] ||
                   (i == cursor) != (i == cursor_before);
    if (writes > changed * 128 *
                     (loader.bits == 32 ? 1 : (loader.bits + 7u) / 8))
        fail("more was written than has changed");
    for (size_t i = 0; i < size; i++)
        if (writes_of[i] > 1)
            fail("a pixel was written twice");
    memset(writes_of, 0, size);
    writes = 0;
}

static void put(char c)
{
    console_put(c);
    if (c == '\n') {
        column = 0;
        row++;
    } else {
        model[row * COLUMNS + column++] =
            (uint16_t)(attribute << 8 | (uint8_t)c);
    }
    if (row == ROWS) {
        row--;
        memmove(model, model + COLUMNS,
                (CELLS - COLUMNS) * sizeof *model);
        for (int i = CELLS - COLUMNS; i < CELLS; i++)
            model[i] = (uint16_t)(attribute << 8 | ' ');
    }
    cursor = row * COLUMNS + (column < COLUMNS ? column : COLUMNS - 1);
}

/* A line of text, in one of all pairs of colors. */
static void put_line(uint32_t random)
{
    attribute = (int)(random >> 8 & 0x7F);
    console_color(attribute & 15, attribute >> 4);
    for (unsigned i = random % 70; i > 0; i--)
        put((char)('!' + (random >> 4) * i % 94));
    put('\n');
}

static void scroll(int lines)
{
    for (int i = 0; i < ROWS; i++)
        put_line(7u << 8 | 40);
    console_flush();
    watch();
    for (int i = 0; i < lines; i++) {
        put_line(7u << 8 | (40u + (unsigned)i % 5));
        console_flush();
    }
    printf("%lu\n", writes);
}

int main(int argc, char **argv)
{
    if (argc != 11)
        fail("usage: see the source");
    loader.info.total_size = sizeof loader;
    loader.tag.type = MULTIBOOT2_TAG_FRAMEBUFFER;
    loader.tag.size = 38;
    loader.end.size = 8;
    loader.width = (uint32_t)atoi(argv[1]);
    loader.height = (uint32_t)atoi(argv[2]);
    loader.bits = (uint8_t)atoi(argv[3]);
    loader.pitch = (uint32_t)atoi(argv[4]);
    loader.kind = 1;
    for (int i = 0; i < 3; i++)
        if (sscanf(argv[5 + i], "%hhu:%hhu", &loader.fields[i][0],
                   &loader.fields[i][1]) != 2)
            fail("no such field");
    size = (size_t)loader.pitch * loader.height;
    make_screen();
    loader.address = (uintptr_t)pixels;

    uint64_t state = strtoull(argv[8], NULL, 0);
    attribute = 0x17;
    console_color(LIGHT_GRAY, BLUE);
    console_clear();
    is_ready = true;
    console_flush();
    for (int i = 0; i < CELLS; i++)
        model[i] = 0x1720;
    cursor = 0;
    if (!has_asked_for_memory)
        fail("the screen's memory was not asked for");
    check();
    if (*argv[10] == '1')
        watch();
    int steps = atoi(argv[9]);
    if (steps < 0)
        scroll(-steps);
    for (; steps > 0; steps--) {
        memcpy(before, model, sizeof before);
        cursor_before = cursor;
        state = state * 6364136223846793005u + 1442695040888963407u;
        put_line((uint32_t)(state >> 32));
        console_flush();
        check();
        check_writes();
    }
    return 0;
}
