/* cpu.h - stops a Cortex-M4, with a last word for the debugger. */
#ifndef CPU_H
#define CPU_H

/* "Semihosting for AArch32 and AArch64", Arm's document: the operations
 * that a debugger, or QEMU, does for the program. */
enum {
    SYS_WRITE0 = 0x04, /* prints the text at the address given */
    SYS_EXIT = 0x18    /* ends the program, for the reason given */
};
#define ADP_STOPPED_APPLICATION_EXIT ((const void *)0x20026)

/* Asks the debugger for an operation. Without one, the CPU faults. */
static inline void semihosting(long operation, const void *argument)
{
    register long r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;

    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
}

/* Prints a line and ends the program. */
#define HALT()                                                         \
    (semihosting(SYS_WRITE0, "_start runs, and stops.\n"),             \
     semihosting(SYS_EXIT, ADP_STOPPED_APPLICATION_EXIT))

#endif
