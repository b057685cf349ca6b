/* cpu.h - the instructions that C has no words for. */
#ifndef CPU_H
#define CPU_H

#include <stdint.h>

/* Writes one byte to an I/O port. */
static inline void outb(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1"
                     :
                     : "a"(value), "Nd"(port)
                     : "memory");
}

/* Reads one byte from an I/O port. A port without a device reads as
 * 0xFF. */
static inline uint8_t inb(uint16_t port)
{
    uint8_t value;
    __asm__ volatile("inb %1, %0"
                     : "=a"(value)
                     : "Nd"(port)
                     : "memory");
    return value;
}

/* Returns control register CR0. */
static inline uint64_t read_cr0(void)
{
    uint64_t value;
    __asm__ volatile("mov %%cr0, %0" : "=r"(value));
    return value;
}

/* Sets control register CR0. */
static inline void write_cr0(uint64_t value)
{
    __asm__ volatile("mov %0, %%cr0" : : "r"(value) : "memory");
}

/* Returns CR3, the physical address of the PML4. */
static inline uint64_t read_cr3(void)
{
    uint64_t value;
    __asm__ volatile("mov %%cr3, %0" : "=r"(value));
    return value;
}

/* Sets CR3, the physical address of the PML4: the CPU forgets the
 * translations it remembered, and uses the new tables at once. */
static inline void write_cr3(uint64_t pml4)
{
    __asm__ volatile("mov %0, %%cr3" : : "r"(pml4) : "memory");
}

/* Keeps devices from interrupting the CPU: clears IF in RFLAGS. */
static inline void disable_interrupts(void)
{
    __asm__ volatile("cli" : : : "memory");
}

/* Stops the CPU for good. With interrupts off, no device wakes it; if
 * system management mode ends `hlt`, it halts again. A non-maskable
 * interrupt that nothing handles resets the machine. */
static inline _Noreturn void halt_forever(void)
{
    disable_interrupts();
    for (;;)
        __asm__ volatile("hlt");
}

#endif
