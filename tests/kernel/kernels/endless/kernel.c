/* kernel.c - reads from page 0, and returns from the page fault to read
 * again, without end. All the while, it prints to COM1. */
#include <stdint.h>

#include <kernel.h>
#include <prepare_memory.h>
#include <serial.h>

/* A gate of the IDT (Intel SDM vol. 3A, "64-Bit Mode IDT"). */
struct gate {
    uint16_t offset_low, selector;
    uint8_t stack, type;
    uint16_t offset_middle;
    uint32_t offset_high, reserved;
};

static struct gate idt[15];

__attribute__((used)) static void print(void)
{
    for (const char *c = "a page fault\n"; *c != '\0'; c++)
        serial_put_char(*c);
}

/* Drops the error code, and returns to the instruction that faulted. */
__attribute__((naked)) static void handler(void)
{
    __asm__("push %rax; push %rcx; push %rdx; push %rsi; push %rdi\n"
            "call print\n"
            "pop %rdi; pop %rsi; pop %rdx; pop %rcx; pop %rax\n"
            "add $8, %rsp\n"
            "iretq");
}

void kernel_main(uintptr_t info_address)
{
    uintptr_t address = (uintptr_t)handler;
    volatile uintptr_t nowhere = 0x10;
    struct {
        uint16_t limit;
        uint64_t base;
    } __attribute__((packed)) idtr = {sizeof idt - 1, (uintptr_t)idt};

    if (prepare_memory(info_address) != 0)
        return;
    idt[14].offset_low = (uint16_t)address;
    idt[14].offset_middle = (uint16_t)(address >> 16);
    idt[14].selector = 8;
    idt[14].type = 0x8E;
    __asm__ volatile("lidt %0" : : "m"(idtr));
    *(volatile uint8_t *)nowhere;
}
