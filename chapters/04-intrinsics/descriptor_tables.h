/* descriptor_tables.h - the tables in which the CPU looks up what to do
 * about an exception: IDT, GDT and TSS. */
#ifndef DESCRIPTOR_TABLES_H
#define DESCRIPTOR_TABLES_H

#include <stdint.h>

/* Fills the tables, and makes the CPU use them. The code and data
 * segments stay what they were in boot.asm.
 *
 * entries: the code for vector 0; that for vector n follows n *
 * ENTRY_SIZE bytes later. The CPU arrives there with interrupts off
 * and, for VECTOR_DOUBLE_FAULT and VECTOR_NMI, on a stack that is empty
 * each time. */
void descriptor_tables_init(const uint8_t *entries);

#endif
