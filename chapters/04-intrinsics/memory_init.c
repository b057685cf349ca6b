/* memory_init.c - finds out how this CPU moves memory fastest. */
#include <memory.h>

#include <cpuid.h>

/* Intel SDM volume 2, CPUID: leaf 7, EDX. */
#define CPUID_FSRM       (1u << 4) /* rep movsb is fast for all sizes */
/* Leaf 1, ECX: this CPU is a virtual one. */
#define CPUID_VIRTUAL    (1u << 31)
/* Linux, Documentation/virt/kvm/x86/cpuid.rst: the leaf where a
 * hypervisor says its name, in EBX, ECX and EDX. */
#define CPUID_HYPERVISOR 0x40000000
#define NAME_TCGT        0x54474354 /* "TCGT", QEMU's emulator */

void memory_init(void)
{
    unsigned int a, b, c, d;

    memory_rep_is_fast =
        __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d & CPUID_FSRM);
    /* The emulator moves one byte at a time, whatever CPU it mimics. */
    if (__get_cpuid(1, &a, &b, &c, &d) && (c & CPUID_VIRTUAL)) {
        __cpuid(CPUID_HYPERVISOR, a, b, c, d);
        if (b == NAME_TCGT)
            memory_rep_is_fast = false;
    }
}
