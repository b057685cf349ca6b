/* kernel.c - the benchmark in a kernel. Its results come over COM1. */
#include <stddef.h>
#include <stdint.h>

#include <addresses.h>
#include <cpu.h>
#include <implementations.h>
#include <kernel.h>
#include <kprintf.h>
#include <memory.h>
#include <panic.h>
#include <prepare_memory.h>
#include <qemu_exit.h>

/* LARGEST, the largest size in bytes, comes from the Makefile. */

enum { MIB = 1024 * 1024 };

/* Free memory, far from the kernel. QEMU finds a page by the low bits
 * of its number, in a table of 64 or more entries: these two, and the
 * kernel's pages, must not push each other out of it. */
#define LEFT  ((unsigned char *)(16UL * MIB + 45UL * PAGE_SIZE))
#define RIGHT ((unsigned char *)(32UL * MIB + 55UL * PAGE_SIZE))

void ours_memory_init(void);

void kernel_main(uintptr_t info_address)
{
    static const struct implementation all[] = {
        IMPLEMENTATIONS,
    };
    const char *problem = prepare_memory(info_address);
    if (problem != NULL)
        panic("%s", problem);
    ours_memory_init();
    memset(LEFT, 0, LARGEST + 4096);
    memset(RIGHT, 0, LARGEST + 4096);
    bench(all, sizeof all / sizeof all[0], LEFT, RIGHT, LARGEST,
          kprintf);
    qemu_exit(true);
    halt_forever();
}
