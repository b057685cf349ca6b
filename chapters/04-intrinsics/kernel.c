/* kernel.c - tests the memory functions, and says how it went. */
#include <stddef.h>
#include <stdint.h>

#include <cpu.h>
#include <demo.h>
#include <kprintf.h>
#include <memory.h>
#include <panic.h>
#include <qemu_exit.h>
#include <selftest.h>
#include <serial.h>
#include <startup.h>
#include <title.h>

void kernel_main(uint32_t magic, uintptr_t info_address)
{
    (void)magic;
    serial_init();
    print_title("chapter 4: memory functions");

    const char *problem = startup(info_address);
    if (problem != NULL)
        panic("%s", problem);

    memory_init();
    kprintf(" The kernel tests its memory functions:\n\n");
    size_t failed = selftest_run();
#ifdef DEMO_EXIT
    qemu_exit(failed == 0);
#endif
    (void)failed;
    demo_run();
    halt_forever();
}
