/* demo.c - wakes the other CPUs. Each of them begins as the first one
 * did, in real mode, adds 1 to a number, and halts. Boot it with
 * QEMUFLAGS='-smp 4'. */
#include <demo.h>

#include <stddef.h>
#include <stdint.h>

#include <cpu.h>
#include <device_memory.h>
#include <kprintf.h>
#include <panic.h>

/* The local APIC, through which CPUs send interrupts to each other
 * (SDM vol. 3A, "Interrupt Command Register"). */
enum { APIC = 0xFEE00000, APIC_SIZE = 0x1000 };
enum { APIC_COMMAND = 0x300 };
enum {
    TO_ALL_OTHERS = 0xC0000,
    ASSERT = 0x4000,
    INIT = 0x500,  /* wait for a start */
    START = 0x600, /* and the page of the code, below 1 MiB */
    IS_SENDING = 0x1000,
};

/* Where their code goes, and the number that they add to. */
enum { TRAMPOLINE = 0x8000, COUNTER = 0x8100 };

/* In real mode: xor ax, ax; mov ds, ax; lock inc word [COUNTER]; cli;
 * hlt; and if it wakes, again. */
static const uint8_t code[] = {0x31, 0xC0, 0x8E, 0xD8, 0xF0, 0xFF, 0x06,
                               0x00, 0x81, 0xFA, 0xF4, 0xEB, 0xFC};

static void send(uint32_t command)
{
    volatile uint32_t *const icr =
        (volatile uint32_t *)(uintptr_t)(APIC + APIC_COMMAND);

    *icr = TO_ALL_OTHERS | ASSERT | command;
    while (*icr & IS_SENDING)
        continue;
}

/* Port 0x80 takes about a microsecond, and does nothing else. */
static void wait(unsigned microseconds)
{
    while (microseconds-- > 0)
        outb(0x80, 0);
}

void demo_run(void)
{
    volatile uint16_t *const counter = (volatile uint16_t *)COUNTER;
    uint16_t before;
    const char *problem = device_memory_map(APIC, APIC_SIZE);

    if (problem)
        panic("the APIC: %s", problem);
    for (size_t i = 0; i < sizeof code; i++)
        ((volatile uint8_t *)TRAMPOLINE)[i] = code[i];
    *counter = 0;

    send(INIT);
    wait(10000);
    send(START | TRAMPOLINE >> 12);
    do { /* until no more arrive */
        before = *counter;
        wait(500000);
    } while (*counter != before);
    kprintf("\n  %u more CPUs are awake.\n", *counter);
}
