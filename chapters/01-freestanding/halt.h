/* halt.h - stops the CPU. C has no word for it, and each CPU has an
 * instruction of its own. */
#ifndef HALT_H
#define HALT_H

#if defined(__x86_64__)

/* Waits for an interrupt (Intel SDM volume 2, HLT). Only a kernel may:
 * a process that tries is ended by its operating system. */
#define HALT() __asm__ volatile("hlt")

#elif defined(__arm__)

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

#define HALT()                                                         \
    (semihosting(SYS_WRITE0, "_start runs, and stops.\n"),             \
     semihosting(SYS_EXIT, ADP_STOPPED_APPLICATION_EXIT))

#else
#error "halt.h knows no instruction that stops this CPU: add one"
#endif

#endif
