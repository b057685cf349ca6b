/* main.c - the benchmark in a process of the host. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <implementations.h>

void ours_memory_init(void);

/* The C library's functions, under names that the macro takes. */
void *libc_memcpy(void *, const void *, size_t) __asm__("memcpy");
void *libc_memmove(void *, const void *, size_t) __asm__("memmove");
void *libc_memset(void *, int, size_t) __asm__("memset");
int libc_memcmp(const void *, const void *, size_t) __asm__("memcmp");
LIBRARY(libc)

static const struct implementation all[] = {
    IMPLEMENTATIONS,
    {"C library", libc_time},
};
enum { COUNT = sizeof all / sizeof all[0] };

static void print(unsigned run, const char *function, const char *how,
                  size_t size, const uint64_t *ticks)
{
    printf("%u\t%s\t%s\t%zu", run, function, how, size);
    for (size_t i = 0; i < COUNT; i++)
        printf("\t%lu", (unsigned long)ticks[i]);
    printf("\n");
}

/* main LARGEST: the largest size, in bytes. Prints the names of the
 * implementations, and then a line for each case in each run. */
int main(int argc, char **argv)
{
    size_t largest = argc == 2 ? strtoul(argv[1], NULL, 0) : 0;
    size_t area = (largest / 4096 + 2) * 4096;
    unsigned char *left = aligned_alloc(4096, area);
    unsigned char *right = aligned_alloc(4096, area);

    if (left == NULL || right == NULL) {
        fprintf(stderr, "not enough memory\n");
        return 1;
    }
    memset(left, 0, area);
    memset(right, 0, area);
    ours_memory_init();
    printf("names");
    for (size_t i = 0; i < COUNT; i++)
        printf("\t%s", all[i].name);
    printf("\n");
    bench(all, COUNT, left, right, largest, print);
    return 0;
}
