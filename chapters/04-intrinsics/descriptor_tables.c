/* descriptor_tables.c - where the CPU finds the code for an exception
 * (IDT), its segment (GDT), and a stack for it (TSS). Formats: Intel
 * SDM vol. 3A, by title. */
#include <descriptor_tables.h>

#include <vectors.h>

/* A gate of the IDT ("64-Bit IDT Gate Descriptors"). */
struct gate {
    uint16_t offset_0; /* of the code: bits 0 to 15 */
    uint16_t selector;
    uint8_t ist; /* a stack of the TSS; 0: the current one */
    uint8_t type;
    uint16_t offset_16;
    uint32_t offset_32;
    uint32_t reserved;
};

/* "64-Bit Task State Segment": little but stacks is left of a task. */
struct __attribute__((packed)) tss {
    uint32_t reserved_0;
    uint64_t rsp[3];
    uint64_t reserved_1;
    uint64_t ist[7]; /* ist[0] is stack 1 */
    uint64_t reserved_2;
    uint16_t reserved_3;
    uint16_t io_map;
};

/* Types ("System-Segment and Gate-Descriptor Types"). */
enum {
    GATE_INTERRUPT = 0x8E, /* present; clears IF */
    TSS_AVAILABLE = 0x89,  /* present, not busy */
};

/* The entries of the GDT, and the stacks of the IST, which count from 1
 * and end with the last one. */
enum { CODE = 1, DATA, TSS, TSS_HIGH, GDT_ENTRIES };
enum { IST_DOUBLE_FAULT = 1, IST_NMI, IST_STACKS = IST_NMI };
enum { IST_SIZE = 0x2000 }; /* bytes: enough for kprintf at -O0 */

#define SELECTOR(entry) ((entry) << SELECTOR_ENTRY)

/* The code and data descriptors are those of boot.asm, whose table is
 * read-only. In this one, ltr can mark the TSS as busy. */
static uint64_t gdt[GDT_ENTRIES] = {
    [CODE] = 0x00209B0000000000,
    [DATA] = 0x0000930000000000,
};
static struct tss tss;
static struct gate idt[EXCEPTIONS];
static uint8_t stacks[IST_STACKS][IST_SIZE]
    __attribute__((aligned(16)));

static struct gate gate_to(uintptr_t code)
{
    return (struct gate){
        .offset_0 = (uint16_t)code,
        .selector = SELECTOR(CODE),
        .type = GATE_INTERRUPT,
        .offset_16 = (uint16_t)(code >> 16),
        .offset_32 = (uint32_t)(code >> 32),
    };
}

/* A TSS descriptor has 16 bytes, two entries ("TSS Descriptor in 64-bit
 * mode"): the limit's and the base's bits are scattered over them. */
static void init_tss(void)
{
    const uint64_t base = (uintptr_t)&tss;

    for (int i = 0; i < IST_STACKS; i++)
        tss.ist[i] = (uintptr_t)stacks[i] + IST_SIZE;
    tss.io_map = sizeof tss; /* none */
    gdt[TSS] = (sizeof tss - 1) | (base & 0xFFFFFF) << 16 |
               (uint64_t)TSS_AVAILABLE << 40 |
               (base >> 24 & 0xFF) << 56;
    gdt[TSS_HIGH] = base >> 32;
}

/* What lgdt and lidt read. */
struct __attribute__((packed)) table {
    uint16_t limit; /* the last byte's offset */
    uint64_t base;
};

void descriptor_tables_init(const uint8_t *entries)
{
    const struct table gdt_table = {sizeof gdt - 1, (uintptr_t)gdt};
    const struct table idt_table = {sizeof idt - 1, (uintptr_t)idt};

    for (int vector = 0; vector < EXCEPTIONS; vector++)
        idt[vector] = gate_to((uintptr_t)entries + vector * ENTRY_SIZE);
    idt[VECTOR_DOUBLE_FAULT].ist = IST_DOUBLE_FAULT;
    idt[VECTOR_NMI].ist = IST_NMI;
    init_tss();
    __asm__ volatile("lgdt %0" : : "m"(gdt_table));
    __asm__ volatile("ltr %w0" : : "r"(SELECTOR(TSS)) : "memory");
    __asm__ volatile("lidt %0" : : "m"(idt_table));
}
