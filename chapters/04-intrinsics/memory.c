/* memory.c - the fast memcpy, memmove, memset, memcmp and bcmp.
 *
 * No function here calls another (what a sanitizer adds may), so none
 * can end up calling itself. And bytes are read before they are written
 * over. */
#include <memory.h>

#include <stdbool.h>
#include <stdint.h>

/* Kept even where nothing calls them: the compiler may, later. memcpy
 * is memmove under another name, so that not even an overlap harms it,
 * and bcmp is memcmp. */
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
#define WORD4_AT(address) (*(word4 *)(address))
#define WORD8_AT(address) (*(word8 *)(address))

enum {
    WORD = 8,         /* bytes in a general register */
    BLOCK = 4 * WORD, /* no more, because registers are few */
};

/* Even with -O0: no function here may depend on another one. */
#define INLINE static inline __attribute__((always_inline))

/* Four words cover any 8 to 32 bytes: two start where the area starts,
 * and two end where it ends. No branch depends on the size, because the
 * CPU would often guess it wrong. */
struct words {
    uint64_t a, b, c, d;
};

/* How far apart the first two words are, and the last two. */
INLINE size_t step(size_t size)
{
    return (size < 2 * WORD ? size : 2 * WORD) - WORD;
}

INLINE struct words get_words(const byte *from, size_t size)
{
    const byte *last = from + size - WORD;

    return (struct words){WORD8_AT(from), WORD8_AT(from + step(size)),
                          WORD8_AT(last - step(size)), WORD8_AT(last)};
}

INLINE void put_words(byte *to, struct words words, size_t size)
{
    byte *last = to + size - WORD;

    WORD8_AT(to) = words.a;
    WORD8_AT(to + step(size)) = words.b;
    WORD8_AT(last - step(size)) = words.c;
    WORD8_AT(last) = words.d;
}

/* Up to 7 bytes as one word, the first one lowest, some twice. */
INLINE uint64_t get_few(const byte *from, size_t size)
{
    if (size >= 4)
        return (uint64_t)WORD4_AT(from + size - 4) << 32 |
               WORD4_AT(from);
    if (size > 0)
        return from[0] | from[size / 2] << 8 | from[size - 1] << 16;
    return 0;
}

INLINE void put_few(byte *to, uint64_t few, size_t size)
{
    if (size >= 4) {
        WORD4_AT(to) = (uint32_t)few;
        WORD4_AT(to + size - 4) = (uint32_t)(few >> 32);
    } else if (size > 0) {
        to[0] = (byte)few;
        to[size / 2] = (byte)(few >> 8);
        to[size - 1] = (byte)(few >> 16);
    }
}

/* All is read before anything is written: any overlap is fine. */
INLINE void copy_words(byte *to, const byte *from, size_t size)
{
    put_words(to, get_words(from, size), size);
}

INLINE void copy_small(byte *to, const byte *from, size_t size)
{
    if (size >= WORD)
        copy_words(to, from, size);
    else
        put_few(to, get_few(from, size), size);
}

/* To a place below the source or apart from it: each block is written
 * over bytes that have been read. */
INLINE void copy_up(byte *to, const byte *from, size_t size)
{
    for (; size > BLOCK; size -= BLOCK) {
        copy_words(to, from, BLOCK);
        to += BLOCK;
        from += BLOCK;
    }
    copy_small(to, from, size);
}

/* To a place above the source, from the end. */
INLINE void copy_down(byte *to, const byte *from, size_t size)
{
    for (; size > BLOCK; size -= BLOCK)
        copy_words(to + size - BLOCK, from + size - BLOCK, BLOCK);
    copy_small(to, from, size);
}

/* If the destination lies a little above the source, not counting
 * multiples of 4096, some CPUs take that for an overlap, and move byte
 * by byte. */
INLINE bool is_slow_for_rep(size_t above)
{
    return above % 4096 > 0 && above % 4096 < 64;
}

void *memmove(void *destination, const void *source, size_t size)
{
    byte *to = destination;
    const byte *from = source;
    /* Distance up and distance down; the wrong one wraps to a huge
     * number. */
    size_t above = (uintptr_t)to - (uintptr_t)from;
    size_t below = (uintptr_t)from - (uintptr_t)to;

    if (size <= BLOCK)
        copy_small(to, from, size);
    else if (above < size)
        copy_down(to, from, size);
    else if (size < memory_rep_from.move || below < size ||
             is_slow_for_rep(above))
        copy_up(to, from, size);
    else
        __asm__ volatile("rep movsb"
                         : "+D"(to), "+S"(from), "+c"(size)
                         :
                         : "memory");
    return destination;
}

INLINE void set_small(byte *to, struct words words, size_t size)
{
    if (size >= WORD)
        put_words(to, words, size);
    else
        put_few(to, words.a, size);
}

INLINE void set_blocks(byte *to, struct words words, size_t size)
{
    for (; size > 2 * BLOCK; size -= 2 * BLOCK) {
        put_words(to, words, BLOCK);
        put_words(to + BLOCK, words, BLOCK);
        to += 2 * BLOCK;
    }
    if (size > BLOCK)
        put_words(to, words, BLOCK);
    put_words(to + size - BLOCK, words, BLOCK);
}

void *memset(void *destination, int value, size_t size)
{
    byte *to = destination;
    /* value's low byte, in each byte of a word. */
    uint64_t word = (byte)value * 0x0101010101010101u;
    struct words words = {word, word, word, word};

    if (size <= BLOCK)
        set_small(to, words, size);
    else if (size < memory_rep_from.set)
        set_blocks(to, words, size);
    else
        __asm__ volatile("rep stosb"
                         : "+D"(to), "+c"(size)
                         : "a"(word)
                         : "memory");
    return destination;
}

/* Orders two words by their first bytes that differ: the lowest ones,
 * which bswap makes the most significant. */
INLINE int order(uint64_t left, uint64_t right)
{
    uint64_t l = __builtin_bswap64(left);
    uint64_t r = __builtin_bswap64(right);

    return (l > r) - (l < r);
}

/* A bit that differs stays 1 in `^` and `|`: one branch is enough for
 * four words. */
INLINE bool same_words(const byte *left, const byte *right, size_t size)
{
    struct words l = get_words(left, size);
    struct words r = get_words(right, size);

    return ((l.a ^ r.a) | (l.b ^ r.b) | (l.c ^ r.c) | (l.d ^ r.d)) == 0;
}

/* Up to 32 bytes: the first word that differs decides. */
INLINE int compare_small(const byte *l, const byte *r, size_t size)
{
    if (size < WORD)
        return order(get_few(l, size), get_few(r, size));
    if (same_words(l, r, size))
        return 0;

    size_t last = size - WORD;
    size_t i = 0;
    while (i < last && WORD8_AT(l + i) == WORD8_AT(r + i))
        i += WORD;
    if (i > last)
        i = last;
    return order(WORD8_AT(l + i), WORD8_AT(r + i));
}

/* More than 32 bytes: the first block that differs decides. */
INLINE int compare_blocks(const byte *l, const byte *r, size_t size)
{
    size_t last = size - BLOCK;
    size_t i = 0;

    while (i < last && same_words(l + i, r + i, BLOCK))
        i += BLOCK;
    if (i > last)
        i = last;
    return compare_small(l + i, r + i, BLOCK);
}

int memcmp(const void *left, const void *right, size_t size)
{
    const byte *l = left;
    const byte *r = right;

    if (size <= BLOCK)
        return compare_small(l, r, size);
    if (size < memory_rep_from.compare)
        return compare_blocks(l, r, size);

    bool same;
    __asm__ volatile("repe cmpsb" /* stops after a difference */
                     : "+S"(l), "+D"(r), "+c"(size), "=@cce"(same)
                     :
                     : "memory");
    return same ? 0 : l[-1] - r[-1];
}
