/* memory.c - memcpy, memmove, memset, memcmp and bcmp.
 *
 * No function here calls another one, and each moves eight bytes at a
 * time where it can. */
#include <memory.h>

#include <stdint.h>

/* The compiler may call these only late, after the optimizer has looked
 * for functions that nobody uses: keep them all. Two are the code of
 * another one under their own name, so that not even an overlap harms a
 * memcpy. */
void *memmove(void *, const void *, size_t) __attribute__((used));
void *memcpy(void *, const void *, size_t)
    __attribute__((used, alias("memmove")));
void *memset(void *, int, size_t) __attribute__((used));
int memcmp(const void *, const void *, size_t) __attribute__((used));
int bcmp(const void *, const void *, size_t)
    __attribute__((used, alias("memcmp")));

/* Eight bytes at any address, of objects of any type: one `mov`. */
typedef uint64_t word __attribute__((may_alias, aligned(1)));
enum { WORD = sizeof(word) };

void *memmove(void *destination, const void *source, size_t size)
{
    unsigned char *to = destination;
    const unsigned char *from = source;

    /* Going up overwrites only what has been read, unless the
     * destination starts inside of the source. In unsigned arithmetic
     * one comparison says so: a destination below the source gives a
     * huge difference. */
    if ((uintptr_t)to - (uintptr_t)from >= size) {
        for (; size >= WORD; size -= WORD, to += WORD, from += WORD)
            *(word *)to = *(const word *)from;
        for (; size > 0; size--)
            *to++ = *from++;
    } else {
        for (; size >= WORD; size -= WORD)
            *(word *)(to + size - WORD) =
                *(const word *)(from + size - WORD);
        for (; size > 0; size--)
            to[size - 1] = from[size - 1];
    }
    return destination;
}

void *memset(void *destination, int value, size_t size)
{
    unsigned char *to = destination;
    uint64_t pattern = (unsigned char)value * 0x0101010101010101u;

    for (; size >= WORD; size -= WORD, to += WORD)
        *(word *)to = pattern;
    for (; size > 0; size--)
        *to++ = (unsigned char)value;
    return destination;
}

int memcmp(const void *left, const void *right, size_t size)
{
    const unsigned char *l = left;
    const unsigned char *r = right;

    while (size >= WORD && *(const word *)l == *(const word *)r)
        size -= WORD, l += WORD, r += WORD;
    for (; size > 0; size--, l++, r++)
        if (*l != *r)
            return *l - *r;
    return 0;
}
