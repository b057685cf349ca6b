/* memory.c - chapter 4's memory functions, but for memcmp, which
 * forgets the last byte. */
#define memcmp right_memcmp
#include "../../../../chapters/04-intrinsics/memory.c"
#undef memcmp

int memcmp(const void *left, const void *right, size_t size);

int memcmp(const void *left, const void *right, size_t size)
{
    return right_memcmp(left, right, size > 0 ? size - 1 : 0);
}
