/* peers.c - the string instructions alone, as CPUs with ERMS like
 * them, to compare with. */
#include <stddef.h>

void *rep_memcpy(void *to, const void *from, size_t n);
void *rep_memmove(void *to, const void *from, size_t n);
void *rep_memset(void *to, int value, size_t n);
int rep_memcmp(const void *left, const void *right, size_t n);

void *rep_memcpy(void *to, const void *from, size_t n)
{
    void *result = to;

    __asm__ volatile("rep movsb"
                     : "+D"(to), "+S"(from), "+c"(n)
                     :
                     : "memory");
    return result;
}

void *rep_memmove(void *to, const void *from, size_t n)
{
    unsigned char *t = to;
    const unsigned char *f = from;

    if ((size_t)(t - f) >= n)
        return rep_memcpy(to, from, n);
    t += n - 1;
    f += n - 1;
    __asm__ volatile("std; rep movsb; cld"
                     : "+D"(t), "+S"(f), "+c"(n)
                     :
                     : "memory");
    return to;
}

void *rep_memset(void *to, int value, size_t n)
{
    void *result = to;

    __asm__ volatile("rep stosb"
                     : "+D"(to), "+c"(n)
                     : "a"(value)
                     : "memory");
    return result;
}

int rep_memcmp(const void *left, const void *right, size_t n)
{
    const unsigned char *l = left;
    const unsigned char *r = right;

    /* With n = 0, nothing is compared, and the flags stay: equal. */
    __asm__ volatile("cmp %0, %0; repe cmpsb"
                     : "+S"(l), "+D"(r), "+c"(n)
                     :
                     : "memory", "cc");
    return l == left ? 0 : l[-1] - r[-1];
}
