/* memory.c - the functions memcpy, memmove, memset, memcmp and bcmp,
 * one byte at a time: plain, right, and slow. */
#include <memory.h>

#include <stdint.h>

/* Second names: memcpy is memmove, and bcmp is memcmp. */
void *memcpy(void *, const void *, size_t)
    __attribute__((alias("memmove")));
int bcmp(const void *, const void *, size_t)
    __attribute__((alias("memcmp")));

typedef unsigned char byte;

void *memmove(void *destination, const void *source, size_t size)
{
    byte *to = destination;
    const byte *from = source;

    if ((uintptr_t)to < (uintptr_t)from)
        for (size_t i = 0; i < size; i++)
            to[i] = from[i];
    else
        while (size-- > 0)
            to[size] = from[size];
    return destination;
}

void *memset(void *destination, int value, size_t size)
{
    byte *to = destination;

    for (size_t i = 0; i < size; i++)
        to[i] = (byte)value;
    return destination;
}

int memcmp(const void *left, const void *right, size_t size)
{
    const byte *l = left;
    const byte *r = right;

    for (size_t i = 0; i < size; i++)
        if (l[i] != r[i])
            return l[i] - r[i];
    return 0;
}
