/* demo.c - user mode: code that may not touch the machine tries to, and
 * the kernel says what it did. */
#include <demo.h>

#include <stdint.h>

#include <addresses.h>
#include <cpu.h>
#include <kprintf.h>
#include <registers.h>

enum { PTE_USER = 0x4 }; /* user mode may use the page */
enum { RING_3 = 3 };     /* user mode's privilege level */
/* Entries of the GDT: code and data, like the kernel's, for ring 3. */
enum { USER_DATA = 5, USER_CODE, GDT_ENTRIES, KERNEL_TSS = 3 };

struct __attribute__((packed)) table {
    uint16_t limit;
    uint64_t *base;
};

static uint64_t gdt[GDT_ENTRIES];
static uint8_t user_stack[PAGE_SIZE]
    __attribute__((aligned(PAGE_SIZE)));
static uint8_t kernel_stack[2 * PAGE_SIZE] __attribute__((aligned(16)));

/* The user's program: a page of its own. cli is not for ring 3. */
__asm__(".section .text\n"
        ".balign 4096\n"
        ".intel_syntax noprefix\n"
        "user_program:\n"
        "    mov eax, 42\n"
        "    cli\n"
        "again:\n"
        "    jmp again\n"
        ".att_syntax prefix\n"
        ".balign 4096\n");
extern const uint8_t user_program[];

/* Sets the bit in all four levels: the CPU checks each of them. */
static void let_user_use(uintptr_t address)
{
    uint64_t *entry = (uint64_t *)read_cr3();

    for (int shift = 39; shift >= 12; shift -= 9) {
        entry += address >> shift & 0x1FF;
        *entry |= PTE_USER;
        entry = (uint64_t *)(*entry & ~0xFFFull & ~PTE_NO_EXECUTE);
    }
    write_cr3(read_cr3());
}

/* The kernel's GDT, and two more segments (SDM vol. 3A, "Segment
 * Descriptors"). An exception in ring 3 finds its stack in the TSS. */
static void gdt_init(void)
{
    struct table now, longer = {sizeof gdt - 1, gdt};

    __asm__ volatile("sgdt %0" : "=m"(now));
    for (int i = 0; i < USER_DATA; i++)
        gdt[i] = now.base[i];
    gdt[USER_DATA] = 0x0000F30000000000;
    gdt[USER_CODE] = 0x0020FB0000000000;
    __asm__ volatile("lgdt %0" : : "m"(longer));

    uint64_t low = gdt[KERNEL_TSS], high = gdt[KERNEL_TSS + 1];
    uintptr_t tss =
        (low >> 16 & 0xFFFFFF) | (low >> 56 & 0xFF) << 24 | high << 32;
    uint64_t top = (uintptr_t)kernel_stack + sizeof kernel_stack;
    *(uint32_t *)(tss + 4) = (uint32_t)top; /* RSP0, 4-byte aligned */
    *(uint32_t *)(tss + 8) = (uint32_t)(top >> 32);
}

void demo_run(void)
{
    gdt_init();
    let_user_use((uintptr_t)user_program);
    let_user_use((uintptr_t)user_stack);
    kprintf("\n  To user mode, at %p.\n", (void *)user_program);

    /* What iretq pops: RIP, CS, RFLAGS, RSP, SS. */
    __asm__ volatile(
        "push %0; push %1; push $2; push %2; push %3; iretq"
        :
        : "r"((uint64_t)USER_DATA << 3 | RING_3),
          "r"((uint64_t)user_stack + sizeof user_stack),
          "r"((uint64_t)USER_CODE << 3 | RING_3),
          "r"((uint64_t)user_program));
}
