/* registers.h - the bits of control registers and page-table entries
 * that turn on long mode and paging. Numbers: Intel SDM vol. 3A, by
 * section, or by title where editions number the sections differently.
 * boot.asm reads these lines too: keep them `#define NAME number`. */
#ifndef REGISTERS_H
#define REGISTERS_H

/* Control registers (SDM 2.5) and the EFER register (SDM 2.2.1). */
#define CR0_WP   0x00010000 /* even the kernel obeys read-only pages */
#define CR0_PG   0x80000000 /* paging is on */
#define CR4_PAE  0x00000020 /* 8-byte entries, as in long mode */
#define CR4_LA57 0x00001000 /* 5 levels of tables: we make 4 */
#define MSR_EFER 0xC0000080 /* the number of the register */
#define EFER_LME 0x00000100 /* long mode, once paging is on */
#define EFER_NXE 0x00000800 /* page-table entries have the bit NX */

/* Bits of a page-table entry (SDM, "4-Level Paging"). The last one is
 * XD in Intel's manual, NX in AMD's. */
#define PTE_PRESENT    0x1
#define PTE_WRITABLE   0x2
#define PTE_LARGE      0x80 /* maps 2 MiB, no further table */
#define PTE_NO_EXECUTE 0x8000000000000000

/* CPUID exists if this bit of EFLAGS can be changed. */
#define EFLAGS_ID 0x00200000

/* Leaves of CPUID (SDM vol. 2A, "CPUID"): the first returns the highest
 * extended leaf in EAX, the second the two bits below in EDX. */
#define CPUID_MAX_EXTENDED 0x80000000
#define CPUID_EXTENDED     0x80000001
#define CPUID_EDX_NX       0x00100000
#define CPUID_EDX_LM       0x20000000

#endif
