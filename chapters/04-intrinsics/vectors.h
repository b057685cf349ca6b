/* vectors.h - the CPU's own vectors, and their error codes.
 * exception_entries.asm reads these lines too: keep them `#define NAME
 * number`. Numbers: Intel SDM vol. 3A, by title. */
#ifndef VECTORS_H
#define VECTORS_H

/* Vectors 0 to 31 belong to the CPU ("Exception and Interrupt
 * Vectors"). These get special treatment in the kernel: */
#define EXCEPTIONS                32
#define VECTOR_DIVIDE_ERROR       0
#define VECTOR_NMI                2
#define VECTOR_INVALID_OPCODE     6
#define VECTOR_DOUBLE_FAULT       8
#define VECTOR_INVALID_TSS        10
#define VECTOR_NOT_PRESENT        11
#define VECTOR_STACK_SEGMENT      12
#define VECTOR_GENERAL_PROTECTION 13
#define VECTOR_PAGE_FAULT         14

/* The vectors with which the CPU pushes an error code, one bit for
 * each: 8, 10 to 14, 17, 21, and AMD's 29 and 30 (AMD APM vol. 2,
 * "Vectors"). */
#define WITH_ERROR_CODE 0x60227D00

/* The error code of a page fault ("Page-Fault Exceptions"). */
#define PAGE_FAULT_PRESENT  0x01 /* else the page is not mapped */
#define PAGE_FAULT_WRITE    0x02
#define PAGE_FAULT_RESERVED 0x08
#define PAGE_FAULT_FETCH    0x10

/* The error code that names a segment or gate ("Error Code"): these
 * bits, and the entry's number above them. */
#define SELECTOR_EXTERNAL 0x1 /* while delivering another event */
#define SELECTOR_IDT      0x2
#define SELECTOR_LDT      0x4
#define SELECTOR_ENTRY    3 /* the number's lowest bit */

/* The bytes from one entry of exception_entries.asm to the next. */
#define ENTRY_SIZE 16

#endif
