/* faults.h - ways to use an address that the page tables forbid. */
#ifndef FAULTS_H
#define FAULTS_H

#include <stdint.h>

/* Hides an address from the compiler, which then does what the code
 * says with it, even if that is undefined. */
static inline void *unknown(uintptr_t address)
{
    __asm__("" : "+r"(address));
    return (void *)address;
}
#define UNKNOWN(address) unknown((uintptr_t)(address))

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
