/* implementations.h - the memory functions that are compared, each
 * library's with a prefix of its own. */
#ifndef IMPLEMENTATIONS_H
#define IMPLEMENTATIONS_H

#include <bench.h>

#define DECLARE(prefix)                                                \
    void *prefix##_memcpy(void *, const void *, size_t);               \
    void *prefix##_memmove(void *, const void *, size_t);              \
    void *prefix##_memset(void *, int, size_t);                        \
    int prefix##_memcmp(const void *, const void *, size_t)

#define LIBRARY(prefix, name)                                          \
    {                                                                  \
        name, prefix##_memcpy, prefix##_memmove, prefix##_memset,      \
            prefix##_memcmp                                            \
    }

/* peers.c */
DECLARE(bytes);
DECLARE(rep);
/* Debian's musl-dev and newlib-source */
DECLARE(musl);
DECLARE(newlib);

#define PEERS                                                          \
    LIBRARY(bytes, "byte loop"), LIBRARY(rep, "rep movsb"),            \
        LIBRARY(musl, "musl"), LIBRARY(newlib, "newlib")

#endif
