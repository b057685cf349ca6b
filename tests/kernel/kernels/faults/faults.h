/* faults.h - ways to use an address that the page tables forbid. */
#ifndef FAULTS_H
#define FAULTS_H

#include <stdint.h>

/* Read through volatile, so that the compiler knows nothing of where it
 * points, and does as it is told. */
#define UNKNOWN(address)                                               \
    (*(void *volatile *)&(void *){(void *)(address)})

static inline void read_from(const void *address)
{
    (void)*(const volatile uint8_t *)address;
}

static inline void write_to(void *address)
{
    *(volatile uint8_t *)address = 0;
}

static inline void jump_to(void *address)
{
    ((void (*)(void))(uintptr_t)address)();
}

#endif
