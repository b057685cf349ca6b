/* naive.c - the memory functions as you would first write them. Some
 * compilers see what each loop does, and replace it with a call to the
 * very function that it is in. */
#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    unsigned char *t = to;
    const unsigned char *f = from;

    for (size_t i = 0; i < size; i++)
        t[i] = f[i];
    return to;
}

void *memset(void *to, int value, size_t size)
{
    unsigned char *t = to;

    for (size_t i = 0; i < size; i++)
        t[i] = (unsigned char)value;
    return to;
}

size_t strlen(const char *text)
{
    size_t length = 0;

    while (text[length] != '\0')
        length++;
    return length;
}
