/* main.c - the benchmark in a process of the host. */
#include <stdarg.h>
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

static void print(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
}

/* main LARGEST: the largest size, in bytes. */
int main(int argc, char **argv)
{
    static const struct implementation all[] = {
        IMPLEMENTATIONS,
        {"C library", libc_time},
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
