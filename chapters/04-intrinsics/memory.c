/* memory.c - the functions memcpy, memmove, memset, memcmp and bcmp.
 *
 * Two rules make them safe. No function here calls another, so none can
 * end up calling itself. And bytes that are still needed are read
 * before anything that overlaps them is written. One idea makes them
 * fast: the last block of an area may overlap the one before it, so no
 * size needs a loop for the bytes that are left over. */
#include <memory.h>

#include <stdbool.h>
#include <stdint.h>

/* The compiler can emit calls to these after it has dropped unused
 * functions: keep them all. memcpy is memmove's code under another
 * name, so that not even an overlap harms it, and bcmp is memcmp's. */
void *memmove(void *, const void *, size_t) __attribute__((used));
void *memcpy(void *, const void *, size_t)
    __attribute__((used, alias("memmove")));
void *memset(void *, int, size_t) __attribute__((used));
int memcmp(const void *, const void *, size_t) __attribute__((used));
int bcmp(const void *, const void *, size_t)
    __attribute__((used, alias("memcmp")));

typedef unsigned char byte;
/* Words at any address, of objects of any type: one `mov` each. */
typedef uint32_t word4 __attribute__((may_alias, aligned(1)));
typedef uint64_t word8 __attribute__((may_alias, aligned(1)));

enum {
    BLOCK = 32, /* bytes: four words, because registers are few */
};

struct memory_rep_from memory_rep_from = {SIZE_MAX, SIZE_MAX, SIZE_MAX};

/* Inlined even with -O0: a call would be one more function that these
 * depend on. */
#define INLINE static inline __attribute__((always_inline))

INLINE uint32_t get4(const byte *from)
{
    return *(const word4 *)from;
}

INLINE uint64_t get8(const byte *from)
{
    return *(const word8 *)from;
}

INLINE void put4(byte *to, uint32_t value)
{
    *(word4 *)to = value;
}

INLINE void put8(byte *to, uint64_t value)
{
    *(word8 *)to = value;
}

INLINE void copy_block(byte *to, const byte *from)
{
    uint64_t a = get8(from), b = get8(from + 8);
    uint64_t c = get8(from + 16), d = get8(from + 24);

    put8(to, a);
    put8(to + 8, b);
    put8(to + 16, c);
    put8(to + 24, d);
}

INLINE void set_block(byte *to, uint64_t value)
{
    put8(to, value);
    put8(to + 8, value);
    put8(to + 16, value);
    put8(to + 24, value);
}

/* 8 to 32 bytes are four words, at 0, second(size), third(size) and
 * size - 8, without a branch: the CPU cannot predict small sizes. */
INLINE size_t second(size_t size)
{
    return (size < 16 ? size : 16) - 8;
}

INLINE size_t third(size_t size)
{
    return (size > 16 ? size : 16) - 16;
}

/* Up to 32 bytes: all is read before anything is written, so an overlap
 * does not matter. */
INLINE void copy_small(byte *to, const byte *from, size_t size)
{
    if (size >= 8) {
        size_t i = second(size), k = third(size);
        uint64_t a = get8(from), b = get8(from + i);
        uint64_t c = get8(from + k), d = get8(from + size - 8);
        put8(to, a);
        put8(to + i, b);
        put8(to + k, c);
        put8(to + size - 8, d);
    } else if (size >= 4) {
        uint32_t a = get4(from), b = get4(from + size - 4);
        put4(to, a);
        put4(to + size - 4, b);
    } else if (size > 0) {
        byte a = from[0], b = from[size / 2], c = from[size - 1];
        to[0] = a;
        to[size / 2] = b;
        to[size - 1] = c;
    }
}

/* More than 32 bytes, upward. to is not inside from's area, nor less
 * than two blocks below it, so that no write reaches bytes that are
 * still to be read, not even where the last blocks overlap. */
INLINE void copy_up(byte *to, const byte *from, size_t size)
{
    for (; size > 4 * BLOCK; size -= 4 * BLOCK) {
        copy_block(to, from);
        copy_block(to + BLOCK, from + BLOCK);
        copy_block(to + 2 * BLOCK, from + 2 * BLOCK);
        copy_block(to + 3 * BLOCK, from + 3 * BLOCK);
        to += 4 * BLOCK;
        from += 4 * BLOCK;
    }
    if (size > BLOCK)
        copy_block(to, from);
    if (size > 2 * BLOCK) {
        copy_block(to + BLOCK, from + BLOCK);
        copy_block(to + size - 2 * BLOCK, from + size - 2 * BLOCK);
    }
    copy_block(to + size - BLOCK, from + size - BLOCK);
}

void *memmove(void *destination, const void *source, size_t size)
{
    byte *to = destination;
    const byte *from = source;
    /* Distance up and distance down; the wrong one wraps to a huge
     * number. */
    size_t above = (uintptr_t)to - (uintptr_t)from;
    size_t below = (uintptr_t)from - (uintptr_t)to;

    if (size <= BLOCK) {
        copy_small(to, from, size);
    } else if (above >= size && below >= 2 * BLOCK) {
        if (size >= memory_rep_from.move)
            __asm__ volatile("rep movsb"
                             : "+D"(to), "+S"(from), "+c"(size)
                             :
                             : "memory");
        else
            copy_up(to, from, size);
    } else if (above >= size) { /* up, and close: word by word */
        uint64_t last = get8(from + size - 8);
        byte *end = to + size - 8;
        while (to < end) {
            put8(to, get8(from));
            to += 8;
            from += 8;
        }
        put8(end, last);
    } else if (above >= BLOCK) { /* down */
        for (; size > BLOCK; size -= BLOCK)
            copy_block(to + size - BLOCK, from + size - BLOCK);
        copy_block(to, from);
    } else { /* down, and close */
        uint64_t first = get8(from);
        for (; size > 8; size -= 8)
            put8(to + size - 8, get8(from + size - 8));
        put8(to, first);
    }
    return destination;
}

void *memset(void *destination, int value, size_t size)
{
    byte *to = destination;
    uint64_t word = (byte)value * 0x0101010101010101u;

    if (size >= 8) {
        if (size > BLOCK) {
            byte *last = to + size - BLOCK;
            if (size >= memory_rep_from.set) {
                __asm__ volatile("rep stosb"
                                 : "+D"(to), "+c"(size)
                                 : "a"(word)
                                 : "memory");
                return destination;
            }
            set_block(to, word);
            set_block(last, word);
            if (size > 2 * BLOCK) {
                set_block(last - BLOCK, word);
                for (to += BLOCK; to < last - BLOCK; to += 2 * BLOCK) {
                    set_block(to, word);
                    set_block(to + BLOCK, word);
                }
            }
            return destination;
        }
        put8(to, word);
        put8(to + size - 8, word);
        if (size > 16) {
            put8(to + 8, word);
            put8(to + size - 16, word);
        }
    } else if (size >= 4) {
        put4(to, (uint32_t)word);
        put4(to + size - 4, (uint32_t)word);
    } else if (size > 0) {
        to[0] = to[size / 2] = to[size - 1] = (byte)value;
    }
    return destination;
}

/* Two words that differ are ordered by their first bytes that differ:
 * the lowest ones, which bswap makes the most significant. */
INLINE int order(uint64_t left, uint64_t right)
{
    return __builtin_bswap64(left) < __builtin_bswap64(right) ? -1 : 1;
}

INLINE bool same_block(const byte *left, const byte *right)
{
    return ((get8(left) ^ get8(right)) |
            (get8(left + 8) ^ get8(right + 8)) |
            (get8(left + 16) ^ get8(right + 16)) |
            (get8(left + 24) ^ get8(right + 24))) == 0;
}

int memcmp(const void *left, const void *right, size_t size)
{
    const byte *l = left;
    const byte *r = right;
    uint64_t a, b;

    if (size > BLOCK) {
        const byte *last = l + size - BLOCK;
        if (size >= memory_rep_from.compare) {
            bool same;
            __asm__ volatile("repe cmpsb" /* stops after a difference */
                             : "+S"(l), "+D"(r), "+c"(size),
                               "=@cce"(same)
                             :
                             : "memory");
            return same ? 0 : l[-1] - r[-1];
        }
        while (l < last && same_block(l, r)) {
            l += BLOCK;
            r += BLOCK;
        }
        if (l >= last) {
            r -= l - last;
            l = last;
            if (same_block(l, r))
                return 0;
        }
        size = BLOCK; /* these 32 bytes differ */
    }
    if (size >= 8) {
        size_t i = second(size), k = third(size);
        if ((a = get8(l)) != (b = get8(r)) ||
            (a = get8(l + i)) != (b = get8(r + i)) ||
            (a = get8(l + k)) != (b = get8(r + k)) ||
            (a = get8(l + size - 8)) != (b = get8(r + size - 8)))
            return order(a, b);
    } else if (size >= 4) {
        a = get4(l) | (uint64_t)get4(l + size - 4) << 32;
        b = get4(r) | (uint64_t)get4(r + size - 4) << 32;
        if (a != b)
            return order(a, b);
    } else if (size > 0) {
        return (l[0] << 16 | l[size / 2] << 8 | l[size - 1]) -
               (r[0] << 16 | r[size / 2] << 8 | r[size - 1]);
    }
    return 0;
}
