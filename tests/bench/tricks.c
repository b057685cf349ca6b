/* tricks.c - the steps from the plain memory functions to the fast
 * ones: words_ moves eight bytes at once and the rest one by one; last_
 * lets the last word overlap the one before it, so that no rest is left
 * but in areas of fewer than eight bytes. */
#include <stddef.h>
#include <stdint.h>

typedef unsigned char byte;
typedef uint64_t word8 __attribute__((may_alias, aligned(1)));

enum { WORD = sizeof(word8) };

#define NAMES(prefix)                                                  \
    void *prefix##_memcpy(void *, const void *, size_t)                \
        __attribute__((alias(#prefix "_memmove")));                    \
    void *prefix##_memmove(void *, const void *, size_t);              \
    void *prefix##_memset(void *, int, size_t);                        \
    int prefix##_memcmp(const void *, const void *, size_t);

NAMES(words)
NAMES(last)

static inline word8 get(const byte *from)
{
    return *(const word8 *)from;
}

static inline void put(byte *to, word8 value)
{
    *(word8 *)to = value;
}

static inline int order(word8 left, word8 right)
{
    return __builtin_bswap64(left) < __builtin_bswap64(right) ? -1 : 1;
}

void *words_memmove(void *destination, const void *source, size_t size)
{
    byte *to = destination;
    const byte *from = source;

    if ((uintptr_t)to > (uintptr_t)from) {
        for (; size >= WORD; size -= WORD)
            put(to + size - WORD, get(from + size - WORD));
        while (size-- > 0)
            to[size] = from[size];
    } else {
        size_t i = 0;
        for (; i + WORD <= size; i += WORD)
            put(to + i, get(from + i));
        for (; i < size; i++)
            to[i] = from[i];
    }
    return destination;
}

void *words_memset(void *destination, int value, size_t size)
{
    byte *to = destination;
    word8 word = (byte)value * 0x0101010101010101u;
    size_t i = 0;

    for (; i + WORD <= size; i += WORD)
        put(to + i, word);
    for (; i < size; i++)
        to[i] = (byte)value;
    return destination;
}

int words_memcmp(const void *left, const void *right, size_t size)
{
    const byte *l = left;
    const byte *r = right;
    size_t i = 0;

    for (; i + WORD <= size; i += WORD)
        if (get(l + i) != get(r + i))
            return order(get(l + i), get(r + i));
    for (; i < size; i++)
        if (l[i] != r[i])
            return l[i] - r[i];
    return 0;
}

void *last_memmove(void *destination, const void *source, size_t size)
{
    byte *to = destination;
    const byte *from = source;

    if (size < WORD)
        return words_memmove(destination, source, size);
    size_t end = size - WORD;
    word8 first = get(from);
    word8 last = get(from + end);
    if ((uintptr_t)to > (uintptr_t)from) {
        for (; size > WORD; size -= WORD)
            put(to + size - WORD, get(from + size - WORD));
        put(to, first);
    } else {
        for (size_t i = 0; i < end; i += WORD)
            put(to + i, get(from + i));
        put(to + end, last);
    }
    return destination;
}

void *last_memset(void *destination, int value, size_t size)
{
    byte *to = destination;
    word8 word = (byte)value * 0x0101010101010101u;

    if (size < WORD)
        return words_memset(destination, value, size);
    size_t end = size - WORD;
    for (size_t i = 0; i < end; i += WORD)
        put(to + i, word);
    put(to + end, word);
    return destination;
}

int last_memcmp(const void *left, const void *right, size_t size)
{
    const byte *l = left;
    const byte *r = right;

    if (size < WORD)
        return words_memcmp(left, right, size);
    size_t end = size - WORD;
    size_t i = 0;
    while (i < end && get(l + i) == get(r + i))
        i += WORD;
    if (i > end)
        i = end;
    return get(l + i) == get(r + i) ? 0 : order(get(l + i), get(r + i));
}
