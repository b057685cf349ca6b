/* kernel.c - tests the memory functions, and says how it went. */
#include <stddef.h>
#include <stdint.h>

#include <cpu.h>
#include <demo.h>
#include <exceptions.h>
#include <kernel.h>
#include <kprintf.h>
#include <memory.h>
#include <panic.h>
#include <prepare_memory.h>
#include <selftest.h>
#include <title.h>

void kernel_main(uintptr_t info_address)
{
    exceptions_init();

    const char *problem = prepare_memory(info_address);
    print_title("chapter 4: memory functions");
    if (problem != NULL)
        panic("%s", problem);

    memory_init();
    kprintf(" The kernel tests its memory functions:\n\n");
    selftest_run();
    demo_run();
    halt_forever();
}
