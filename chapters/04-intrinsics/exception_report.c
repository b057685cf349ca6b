/* exception_report.c - puts the CPU's complaints into words. */
#include <exception_report.h>

#include <stdbool.h>
#include <stddef.h>

#include <addresses.h>
#include <exception_names.h>
#include <kprintf.h>
#include <paging.h>
#include <vectors.h>

enum {
    INT_N = 0xCD,    /* the first byte of `int n` (SDM vol. 2A) */
    FRAME_SIZE = 64, /* bytes, at most, that the CPU pushes at once */
};

static bool is_in_guard_page(uint64_t address)
{
    return address - (uintptr_t)stack_guard < PAGE_SIZE;
}

static bool is_mapped(uint64_t address)
{
    return address >= PAGE_SIZE && address < MAPPED_SIZE &&
           !is_in_guard_page(address);
}

/* Returns why a page fault's address must not be used that way. */
static const char *why_not(const struct exception *exception)
{
    const uint64_t address = exception->cr2, error = exception->error;

    if (is_in_guard_page(address))
        return "in the guard page below the stack.";
    if (error & PAGE_FAULT_RESERVED)
        return "whose page-table entry has a reserved bit set.";
    if (!(error & PAGE_FAULT_PRESENT))
        return address < PAGE_SIZE
                   ? "in page 0, which is not mapped: a null pointer?"
                   : "which is not mapped.";
    if (error & PAGE_FAULT_FETCH)
        return "which is not executable.";
    return error & PAGE_FAULT_WRITE ? "which is read-only."
                                    : "which is not readable.";
}

static void report_page_fault(const struct exception *exception)
{
    const char *verb = exception->error & PAGE_FAULT_FETCH ? "jumped to"
                       : exception->error & PAGE_FAULT_WRITE
                           ? "wrote to"
                           : "read from";

    kprintf(" It %s 0x%lx, %s\n", verb, exception->cr2,
            why_not(exception));
}

/* The CPU raises it when it cannot deliver another exception. Usually,
 * it could not push the frame. (CR2 does not help: it may be that of an
 * older page fault.) */
static void report_double_fault(const struct exception *exception)
{
    const uint64_t guard = (uintptr_t)stack_guard;
    const uint64_t stack = guard + PAGE_SIZE;

    if (exception->error != 0) /* a double fault's is always 0 */
        kprintf(" This is not a double fault, but a device, such as "
                "the timer: interrupts\n"
                " are on. The registers from RIP on are not right.\n");
    else if (exception->rsp - guard < PAGE_SIZE + FRAME_SIZE)
        kprintf(" The stack has overflowed: it has grown into the\n"
                " guard page below it.\n");
    else if (exception->rsp - stack > STACK_SIZE)
        kprintf(" The stack pointer, RSP, is not in the stack, which "
                "goes\n from 0x%lx to 0x%lx.\n",
                stack, stack + STACK_SIZE);
    else
        kprintf(" Another exception could not be delivered: is its "
                "gate right?\n");
}

/* An error code that names an entry of a table. */
static void report_selector(const struct exception *exception)
{
    const uint64_t error = exception->error;
    const char *table = error & SELECTOR_IDT   ? "IDT"
                        : error & SELECTOR_LDT ? "LDT"
                                               : "GDT";
    const char *when = error & SELECTOR_EXTERNAL
                           ? ",\n on the way to another event's handler"
                           : "";
    const uint8_t *code = (const void *)exception->rip;
    uint64_t entry = error >> SELECTOR_ENTRY;

    /* Some versions of QEMU double the number of an entry of the IDT,
     * so only the instruction `int n` itself can be trusted. */
    if (error & SELECTOR_IDT) {
        if (!is_mapped(exception->rip) || code[0] != INT_N) {
            kprintf(" The error code names an entry of the IDT%s: is "
                    "its gate right?\n",
                    when);
            return;
        }
        entry = code[1];
    }
    kprintf(" The error code names entry %lu of the %s%s.\n", entry,
            table, when);
}

static void report_cause(const struct exception *exception)
{
    switch (exception->vector) {
    case VECTOR_DIVIDE_ERROR:
        kprintf(" The divisor was 0, or the quotient did not fit.\n");
        break;
    case VECTOR_NMI:
        kprintf(" The hardware has something urgent to report.\n");
        break;
    case VECTOR_INVALID_OPCODE:
        kprintf(" The instruction at RIP is not valid, is switched off "
                "(SSE), or is ud2.\n");
        break;
    case VECTOR_DOUBLE_FAULT:
        report_double_fault(exception);
        break;
    case VECTOR_PAGE_FAULT:
        report_page_fault(exception);
        break;
    case VECTOR_INVALID_TSS:
    case VECTOR_NOT_PRESENT:
    case VECTOR_STACK_SEGMENT:
    case VECTOR_GENERAL_PROTECTION:
        if (exception->error != 0)
            report_selector(exception);
        else
            kprintf(" An address is not canonical, or a rule of the "
                    "CPU was broken.\n");
    }
}

#define REGISTER(name, member) name, offsetof(struct exception, member)

static const struct {
    const char *name;
    size_t offset;
} registers[] = {
    {REGISTER("RIP", rip)},       {REGISTER("RSP", rsp)},
    {REGISTER("CR2", cr2)},       {REGISTER("RAX", rax)},
    {REGISTER("RBX", rbx)},       {REGISTER("RCX", rcx)},
    {REGISTER("RDX", rdx)},       {REGISTER("RSI", rsi)},
    {REGISTER("RDI", rdi)},       {REGISTER("RBP", rbp)},
    {REGISTER("R8", r8)},         {REGISTER("R9", r9)},
    {REGISTER("R10", r10)},       {REGISTER("R11", r11)},
    {REGISTER("R12", r12)},       {REGISTER("R13", r13)},
    {REGISTER("R14", r14)},       {REGISTER("R15", r15)},
    {REGISTER("CS", cs)},         {REGISTER("SS", ss)},
    {REGISTER("RFLAGS", rflags)},
};

enum { COUNT = sizeof registers / sizeof registers[0], IN_A_ROW = 3 };

void exception_report(const struct exception *exception)
{
    const char *name = exception->vector < EXCEPTIONS
                           ? exception_names[exception->vector]
                           : "Unknown exception";

    kprintf(" %s, vector %lu, error code 0x%lx.\n", name,
            exception->vector, exception->error);
    report_cause(exception);
    for (size_t i = 0; i < COUNT; i++)
        kprintf("%s %-3s 0x%016lx", i % IN_A_ROW == 0 ? "\n" : " ",
                registers[i].name,
                *(const uint64_t *)((uintptr_t)exception +
                                    registers[i].offset));
    kprintf("\n");
}
