/* kernel.c - protects its pages, and does what its demo does. */
#include <stddef.h>
#include <stdint.h>

#include <cpu.h>
#include <demo.h>
#include <kernel.h>
#include <prepare_memory.h>

void kernel_main(uintptr_t info_address)
{
    if (prepare_memory(info_address) == NULL)
        demo_run();
    halt_forever();
}
