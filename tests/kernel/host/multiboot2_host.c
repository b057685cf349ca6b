/* multiboot2_host.c - feeds the kernel's reader of the Multiboot2
 * information with wrong information. Built with the address sanitizer,
 * which ends the program at the first read outside of the information.
 *
 * usage: multiboot2_host SEED COUNT
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <memory_map.h>
#include <multiboot2_info.h>

static uint64_t state;

static uint64_t next(void)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return state >> 33;
}

/* Good information: a text tag, a memory map with three entries, the
 * end. */
/* clang-format off */
static const uint32_t good[] = {
    8 + 24 + 88 + 8, 0,                   /* total_size, reserved */
    2, 8 + 9, 0x62757247, 0x6B6F6F42, 0, 0, /* type 2, a name, and padding */
    6, 16 + 3 * 24, 24, 0,                /* type 6: entry size and version */
    0x00000000, 0, 0x9FC00, 0, 1, 0,
    0x00100000, 0, 0x700000, 0, 1, 0,
    0xFFFC0000, 0, 0x40000, 0, 2, 0,
    0, 8,
};
/* clang-format on */
enum { GOOD_WORDS = sizeof good / sizeof *good };

/* What the last call of read_all found. */
static size_t regions;
static uint64_t available;

/* Reads everything that the kernel would read, from a block that is
 * exactly as long as `readable` says. Returns whether it was accepted.
 */
static int read_all(const uint32_t *words, size_t readable)
{
    char *info = aligned_alloc(8, readable + 8 - readable % 8);
    char *exact = realloc(info, readable);
    volatile uint64_t sum = 0;

    memcpy(exact, words, readable);
    const struct multiboot2_info *header = (const void *)exact;
    int accepted = multiboot2_info_check(header, readable) == NULL;
    if (accepted && memory_map_init(header) == NULL) {
        for (size_t i = 0; i <= memory_map_count(); i++) {
            struct memory_region region = memory_map_region(i);
            if (region.start + region.length < region.start)
                abort();
            sum += region.length + region.type;
        }
        regions = memory_map_count();
        available = memory_map_available();
    } else {
        accepted = 0;
    }
    free(exact);
    return accepted;
}

int main(int argc, char **argv)
{
    long accepted = 0, refused = 0;

    if (argc != 3)
        return 2;
    state = strtoull(argv[1], NULL, 0);
    if (!read_all(good, sizeof good))
        return puts("good information is refused"), 1;
    if (regions != 3 || available != 0x79FC00)
        return puts("good information is misread"), 1;

    for (long i = atol(argv[2]); i > 0; i--) {
        uint32_t words[GOOD_WORDS];
        size_t readable = sizeof good;
        memcpy(words, good, sizeof good);
        for (uint64_t changes = next() % 3 + 1; changes > 0;
             changes--) {
            static const uint32_t edges[] = {
                0,  1,  7,  8,          9,          15,
                16, 17, 24, 0x7FFFFFFF, 0xFFFFFFF0, 0xFFFFFFFF};
            uint32_t *word = &words[next() % GOOD_WORDS];
            switch (next() % 3) {
            case 0:
                *word = edges[next() % (sizeof edges / sizeof *edges)];
                break;
            case 1:
                *word += (uint32_t)(next() % 33) - 16;
                break;
            default:
                *word ^= 1u << next() % 32;
            }
        }
        if (next() % 2)
            readable = next() % sizeof good + 1;
        if (read_all(words, readable))
            accepted++;
        else
            refused++;
    }
    printf("%ld accepted, %ld refused\n", accepted, refused);
    return 0;
}
