/* demo.c - mistakes, made on purpose, to see who notices. */
#include <demo.h>

#include <stddef.h>

#include <fortify.h>
#include <kprintf.h>

/* volatile: the compiler must not know these numbers. */
static volatile size_t twenty = 20;
static volatile int forty = 40;

void demo_run(void)
{
    (void)twenty;
    (void)forty;
#ifdef DEMO_OVERFLOW
    /* fortify.h notices. */
    static const char name[32] = "a name that is far too long";
    char copy[16];

    memcpy(copy, name, twenty);
    kprintf("  copied: %s\n", copy);
#endif
#ifdef DEMO_UNDEFINED
    /* SANITIZE=undefined notices. */
    kprintf("  1 << 40 is %d\n", 1 << forty);
#endif
#ifdef DEMO_SMASH
    /* SANITIZE=stack notices. */
    volatile char array[16];

    for (size_t i = 0; i < twenty + 12; i++)
        array[i] = 'x';
    kprintf("  the array begins with %c\n", array[0]);
#endif
}
