/* exceptions.h - what happens when the CPU raises an exception: a panic
 * that says which, where and why, unless it is to be caught. */
#ifndef EXCEPTIONS_H
#define EXCEPTIONS_H

#include <stdbool.h>
#include <stdint.h>

/* An exception, as exception_entries.asm and the CPU leave it on the
 * stack (SDM vol. 3A, "64-Bit Mode Stack Frame"). RIP points to the
 * instruction that failed or, after a trap such as `int3`, to the next
 * one. For an NMI, a machine check or a double fault, it may point
 * anywhere else. */
struct exception {
    uint64_t cr2; /* the address that a page fault was about */
    uint64_t r15, r14, r13, r12, r11, r10, r9, r8;
    uint64_t rbp, rdi, rsi, rdx, rcx, rbx, rax;
    uint64_t vector;
    uint64_t error; /* the CPU's error code, or 0 */
    uint64_t rip, cs, rflags, rsp, ss;
};

/* From now on, every exception is handled: a panic shows its name, its
 * cause and the registers, on the screen and on COM1. A double fault
 * and an NMI are handled on stacks of their own, so that even a kernel
 * whose stack has overflowed can report it.
 *
 * Vectors above 31 are not handled: `int 0x80` is a general protection
 * fault. Nor are devices, whose interrupts must stay off: on a PC, the
 * timer's looks like a double fault. `int n` looks like exception n,
 * and the report is wrong where that one has an error code. A machine
 * check shuts the CPU down, because CR4.MCE stays off. */
void exceptions_init(void);

/* Calls function(argument). If it causes a page fault, the call ends
 * there, and the result is true; exceptions_caught() has the details.
 * If it returns, the result is false.
 *
 * For code that is expected to fault, such as a test. Whatever it has
 * changed by then stays changed. Calls may be nested; the innermost one
 * catches. Any other exception still panics, and so does a page fault
 * while a panic is being shown. */
bool exceptions_catch(void (*function)(void *), void *argument);

/* Returns the page fault that was caught last. If there was none, its
 * vector is 0. */
const struct exception *exceptions_caught(void);

#endif
