/* registers.h - the bits of control registers and page-table entries that
 * turn on long mode and paging. boot.asm reads these lines too: keep them
 * `#define NAME number`. Numbers: Intel SDM vol. 3A,
 * by section, or by title where editions number the sections differently. */
#ifndef REGISTERS_H
#define REGISTERS_H

/* Control registers (SDM 2.5) and the EFER register (SDM 2.2.1). */
#define CR0_WP   0x00010000 /* the kernel, too, obeys read-only pages */
#define CR0_PG   0x80000000 /* paging is on */
#define CR4_PAE  0x00000020 /* 8-byte entries: long mode demands it */
#define MSR_EFER 0xC0000080 /* the number of the register */
#define EFER_LME 0x00000100 /* long mode, once paging is on */
#define EFER_NXE 0x00000800 /* page-table entries have the XD bit */

/* Bits of a page-table entry (SDM, "4-Level Paging"). */
#define PTE_PRESENT    0x1
#define PTE_WRITABLE   0x2
#define PTE_LARGE      0x80               /* maps 2 MiB, no further table */
#define PTE_NO_EXECUTE 0x8000000000000000 /* named XD by Intel, NX by AMD */

/* What CPUID tells (SDM vol. 2A, "CPUID"; APM vol. 3, appendix E). */
#define EFLAGS_ID          0x00200000 /* can be changed: CPUID exists */
#define CPUID_MAX_EXTENDED 0x80000000 /* leaf: EAX = the highest such leaf */
#define CPUID_EXTENDED     0x80000001 /* leaf: EDX = the two bits below */
#define CPUID_EDX_NX       0x00100000
#define CPUID_EDX_LM       0x20000000

#endif
