/* demo.c - copies 20 bytes into an array of 16. fortify.h notices. */
#include <demo.h>

#include <stddef.h>

#include <fortify.h>
#include <kprintf.h>

/* volatile: the compiler must not know this number. */
static volatile size_t twenty = 20;

void demo_run(void)
{
    static const char name[32] = "a name that is far too long";
    char copy[16];

    memcpy(copy, name, twenty);
    kprintf("  copied: %s\n", copy);
}
