/* main.c - the benchmark in a process of the host. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <implementations.h>

DECLARE(ours);
void ours_memory_init(void);

static void print(const char *function, const char *how, size_t size,
                  const char *implementation, uint64_t ticks)
{
    printf("%s\t%s\t%zu\t%s\t%lu\n", function, how, size,
           implementation, (unsigned long)ticks);
}

/* main LARGEST: the largest size, in bytes. */
int main(int argc, char **argv)
{
    static const struct implementation all[] = {
        LIBRARY(ours, "ours"),
        PEERS,
        {"C library", memcpy, memmove, memset, memcmp},
    };
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
    bench(all, sizeof all / sizeof all[0], left, right, largest, print);
    return 0;
}
