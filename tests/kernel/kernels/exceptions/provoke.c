/* provoke.c - many ways to raise an exception. */
#include <provoke.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <addresses.h>
#include <cpu.h>
#include <exception_names.h>
#include <exceptions.h>
#include <faults.h>
#include <kprintf.h>
#include <paging.h>
#include <panic.h>
#include <registers.h>
#include <vectors.h>
#include <vga.h>

#define NOT_MAPPED    ((uint8_t *)0x50000000)
#define NOT_CANONICAL ((uint8_t *)0x7878787878787878)

/* Control register bits that the kernel itself does not use (SDM vol.
 * 3A, 2.5). */
#define CR0_EM  0x4
#define CR0_TS  0x8
#define CR0_NE  0x20
#define CR4_MCE 0x40

/* ---- vectors ---- */

static void division(void)
{
    __asm__ volatile("divl %2" : : "a"(1), "d"(0), "r"(0) : "cc");
}

static void debug(void)
{
    /* Sets TF: the next instruction is a single step. */
    __asm__ volatile("pushf; orq $0x100, (%%rsp); popf; nop"
                     :
                     :
                     : "cc");
}

static void wait_for_event(void)
{
    uint64_t cr4;

    __asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
    __asm__ volatile("mov %0, %%cr4" : : "r"(cr4 | CR4_MCE));
    kprintf("ready\n");
    for (;;)
        __asm__ volatile("hlt");
}

static void breakpoint(void)
{
    __asm__ volatile("int3");
}

static void invalid_opcode(void)
{
    __asm__ volatile("ud2");
}

/* All registers are 0xA0 and their place in this list, but for RSP. */
static void all_registers(void)
{
    __asm__ volatile(
        "mov $0xA0, %rax; mov $0xA1, %rbx; mov $0xA2, %rcx\n"
        "mov $0xA3, %rdx; mov $0xA4, %rsi; mov $0xA5, %rdi\n"
        "mov $0xA6, %rbp; mov $0xA7, %r8;  mov $0xA8, %r9\n"
        "mov $0xA9, %r10; mov $0xAA, %r11; mov $0xAB, %r12\n"
        "mov $0xAC, %r13; mov $0xAD, %r14; mov $0xAE, %r15\n"
        "ud2");
}

static void no_device(void)
{
    write_cr0((read_cr0() & ~(uint64_t)CR0_EM) | CR0_TS);
    __asm__ volatile("fldz");
}

static void x87_error(void)
{
    static const uint16_t all_unmasked = 0x0340;

    write_cr0((read_cr0() & ~(uint64_t)(CR0_EM | CR0_TS)) | CR0_NE);
    __asm__ volatile("fninit; fldcw %0; fld1; fldz; fdivrp; fwait"
                     :
                     : "m"(all_unmasked));
}

static void load_ds(uint16_t selector)
{
    __asm__ volatile("mov %0, %%ds" : : "r"(selector));
}

static void gdt_entry(void)
{
    load_ds(16 << SELECTOR_ENTRY);
}

static void ldt_entry(void)
{
    __asm__ volatile("lldt %w0" : : "r"(0));
    load_ds(16 << SELECTOR_ENTRY | SELECTOR_LDT);
}

static void idt_entry(void)
{
    __asm__ volatile("int $0x80");
}

/* A GDT whose third entry is a data segment that is not present. */
static void load_absent_gdt(void)
{
    static uint64_t gdt[] = {0, 0x00209B0000000000, 0x0000930000000000,
                             0x0000130000000000};
    struct __attribute__((packed)) {
        uint16_t limit;
        uint64_t base;
    } table = {sizeof gdt - 1, (uintptr_t)gdt};

    __asm__ volatile("lgdt %0" : : "m"(table));
}

static void absent_segment(void)
{
    load_absent_gdt();
    load_ds(3 << SELECTOR_ENTRY);
}

static void absent_stack(void)
{
    load_absent_gdt();
    __asm__ volatile("mov %0, %%ss" : : "r"(3 << SELECTOR_ENTRY));
}

static void not_canonical(void)
{
    read_from(UNKNOWN(NOT_CANONICAL));
}

static void jump_not_canonical(void)
{
    __asm__ volatile("push %0; ret" : : "r"(NOT_CANONICAL));
}

/* ---- page faults ---- */

static void read_null(void)
{
    read_from(UNKNOWN(0x10));
}

static void write_null(void)
{
    write_to(UNKNOWN(NULL));
}

static void call_null(void)
{
    jump_to(UNKNOWN(NULL));
    halt_forever();
}

static void read_unmapped(void)
{
    read_from(UNKNOWN(NOT_MAPPED));
}

static void write_unmapped(void)
{
    write_to(UNKNOWN(NOT_MAPPED));
}

static void jump_unmapped(void)
{
    jump_to(UNKNOWN(NOT_MAPPED));
}

static void write_code(void)
{
    write_to(UNKNOWN(write_code));
}

static void jump_to_data(void)
{
    static uint8_t data[16] = {0xC3};

    jump_to(UNKNOWN(data));
}

static void read_guard(void)
{
    read_from(UNKNOWN(stack_guard));
}

static void read_from_guard(void *unused)
{
    (void)unused;
    read_guard();
}

static void reserved_bit(void)
{
    const uint64_t *pml4 = (const void *)(uintptr_t)read_cr3();
    const uint64_t *pdpt =
        (const void *)(uintptr_t)(pml4[0] & ~0xFFFull);
    uint64_t *directory = (void *)(uintptr_t)(pdpt[0] & ~0xFFFull);

    directory[100] |= 1 << 13; /* bits 13 to 20 of a 2 MiB page */
    write_cr3(read_cr3());
    read_from(UNKNOWN(100 * LARGE_PAGE));
}

/* ---- the stack ---- */

static __attribute__((noinline)) uint64_t recurse(volatile uint64_t n)
{
    return n == 0 ? 0 : recurse(n - 1) + n;
}

static void recursion(void)
{
    recurse(1000000);
}

/* The build warns of such a frame; here it is meant. */
#pragma GCC diagnostic ignored "-Wframe-larger-than="
static __attribute__((noinline)) void large_frame(void)
{
    volatile uint8_t frame[100000];

    for (size_t i = 0; i < sizeof frame; i++)
        frame[i] = 0;
}

static void stack_at(void *address)
{
    __asm__ volatile("mov %0, %%rsp; push $0" : : "r"(address));
}

static void stack_unmapped(void)
{
    stack_at(NOT_MAPPED);
}

static void stack_null(void)
{
    stack_at(NULL);
}

static void stack_not_canonical(void)
{
    stack_at(NOT_CANONICAL);
}

static void stack_after_guard(void)
{
    exceptions_catch(read_from_guard, NULL);
    stack_not_canonical();
}

/* ---- the IDT, and devices ---- */

/* Clears the present bit of a gate: bit 7 of its byte 5 (SDM vol. 3A,
 * "64-Bit IDT Gate Descriptors"). */
static void remove_gate(int vector)
{
    struct __attribute__((packed)) {
        uint16_t limit;
        uint64_t base;
    } table;

    __asm__ volatile("sidt %0" : "=m"(table));
    ((uint8_t *)(uintptr_t)table.base)[vector * 16 + 5] &= 0x7F;
}

/* After a page fault, the CPU cannot go on with another exception. */
static void absent_gate(void)
{
    exceptions_catch(read_from_guard, NULL);
    remove_gate(VECTOR_PAGE_FAULT);
    write_unmapped();
}

static void absent_gate_of_trap(void)
{
    remove_gate(3);
    breakpoint();
}

static void timer(void)
{
    for (;;)
        __asm__ volatile("sti; hlt");
}

/* ---- while something is printed ---- */

static void in_a_print(void)
{
    kprintf("This text is %s.\n", (const char *)UNKNOWN(NOT_MAPPED));
}

static void in_a_panic(void)
{
    panic("This text is %s.", (const char *)UNKNOWN(NOT_MAPPED));
}

static void panics(void *text)
{
    panic("This text is %s.", (const char *)text);
}

/* To catch page faults does not mean to go on after a panic. */
static void in_a_caught_panic(void)
{
    exceptions_catch(panics, UNKNOWN(NOT_MAPPED));
    kprintf("This is never printed.\n");
}

static void without_a_screen(void)
{
    vga_set_cells(UNKNOWN(NOT_MAPPED));
    kprintf("This cannot be shown.\n");
}

/* The report does not find the exception's name. */
static void in_the_handler(void)
{
    const char **names = (const char **)(uintptr_t)&exception_names[0];

    write_cr0(read_cr0() & ~(uint64_t)CR0_WP);
    names[VECTOR_INVALID_OPCODE] = UNKNOWN(NOT_MAPPED);
    invalid_opcode();
}

/* Nor that of the page fault which this is. */
static void in_the_handler_again(void)
{
    const char **names = (const char **)(uintptr_t)&exception_names[0];

    write_cr0(read_cr0() & ~(uint64_t)CR0_WP);
    names[VECTOR_PAGE_FAULT] = UNKNOWN(NOT_MAPPED);
    in_the_handler();
}

/* ---- what the CPU here cannot be made to do ---- */

/* Enters a vector's entry as the CPU does, with an error code. */
#define FAKED(number)                                                  \
    static void faked_##number(void)                                   \
    {                                                                  \
        extern const uint8_t exception_entries[];                      \
        __asm__ volatile("mov %%rsp, %%rax\n"                          \
                         "and $-16, %%rsp\n"                           \
                         "pushq $16; push %%rax; pushfq\n"             \
                         "pushq $8; pushq %0; pushq $0x18\n"           \
                         "jmp *%1"                                     \
                         :                                             \
                         : "i"(0x123456), "r"(exception_entries +      \
                                              (number)*ENTRY_SIZE)     \
                         : "rax", "memory");                           \
    }
FAKED(10)
FAKED(17)
FAKED(21)
FAKED(29)
FAKED(30)

/* `int` pushes no error code, as the CPU with these vectors. */
#define RAISED(number)                                                 \
    static void int_##number(void)                                     \
    {                                                                  \
        __asm__ volatile("int %0" : : "i"(number));                    \
    }
RAISED(2)
RAISED(4)
RAISED(5)
RAISED(9)
RAISED(15)
RAISED(18)
RAISED(19)
RAISED(20)
RAISED(22)
RAISED(23)
RAISED(24)
RAISED(25)
RAISED(26)
RAISED(27)
RAISED(28)
RAISED(31)

#define NAMED(function) #function, function

static const struct {
    const char *name;
    void (*raise)(void);
} ways[] = {
    {NAMED(division)},
    {NAMED(debug)},
    {NAMED(wait_for_event)},
    {NAMED(breakpoint)},
    {NAMED(invalid_opcode)},
    {NAMED(no_device)},
    {NAMED(all_registers)},
    {NAMED(x87_error)},
    {NAMED(gdt_entry)},
    {NAMED(ldt_entry)},
    {NAMED(idt_entry)},
    {NAMED(absent_segment)},
    {NAMED(absent_stack)},
    {NAMED(not_canonical)},
    {NAMED(jump_not_canonical)},
    {NAMED(read_null)},
    {NAMED(write_null)},
    {NAMED(call_null)},
    {NAMED(read_unmapped)},
    {NAMED(write_unmapped)},
    {NAMED(jump_unmapped)},
    {NAMED(write_code)},
    {NAMED(jump_to_data)},
    {NAMED(read_guard)},
    {NAMED(reserved_bit)},
    {NAMED(recursion)},
    {NAMED(large_frame)},
    {NAMED(stack_unmapped)},
    {NAMED(stack_null)},
    {NAMED(stack_not_canonical)},
    {NAMED(stack_after_guard)},
    {NAMED(absent_gate)},
    {NAMED(absent_gate_of_trap)},
    {NAMED(timer)},
    {NAMED(in_a_print)},
    {NAMED(in_a_panic)},
    {NAMED(in_a_caught_panic)},
    {NAMED(without_a_screen)},
    {NAMED(in_the_handler)},
    {NAMED(in_the_handler_again)},
    {NAMED(faked_10)},
    {NAMED(faked_17)},
    {NAMED(faked_21)},
    {NAMED(faked_29)},
    {NAMED(faked_30)},
    {NAMED(int_2)},
    {NAMED(int_4)},
    {NAMED(int_5)},
    {NAMED(int_9)},
    {NAMED(int_15)},
    {NAMED(int_18)},
    {NAMED(int_19)},
    {NAMED(int_20)},
    {NAMED(int_22)},
    {NAMED(int_23)},
    {NAMED(int_24)},
    {NAMED(int_25)},
    {NAMED(int_26)},
    {NAMED(int_27)},
    {NAMED(int_28)},
    {NAMED(int_31)},
};

static bool same(const char *left, const char *right)
{
    while (*left != '\0' && *left == *right) {
        left++;
        right++;
    }
    return *left == *right;
}

void provoke(const char *name)
{
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
        if (same(name, ways[i].name))
            ways[i].raise();
    panic("There is no way %s.", name);
}
