/* kernel.c - copies a struct of 12000 bytes. */
#include <cpu.h>
#include <kernel.h>

struct large {
    uint32_t words[3000];
};

extern struct large original, copy;
struct large original, copy;

void kernel_main(uintptr_t info_address)
{
    original.words[info_address % 3000] = 1;
    copy = original;
    halt_forever();
}
