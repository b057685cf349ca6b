/* elf64.h - the parts of an ELF file that say how it lies in memory.
 * System V ABI (gABI), "ELF Header" and "Program Loading". */
#ifndef ELF64_H
#define ELF64_H

#include <stdint.h>

/* p_type: this part of the file is copied to memory. */
#define PT_LOAD 1

#define PF_X 1 /* p_flags: the segment may be executed, */
#define PF_W 2 /* written, */
#define PF_R 4 /* read */

/* The first 64 bytes of the file. */
struct elf64_header {
    uint8_t e_ident[16]; /* starts with 7F 'E' 'L' 'F' */
    uint16_t e_type;
    uint16_t e_machine;
    uint32_t e_version;
    uint64_t e_entry; /* the address of _start */
    uint64_t e_phoff; /* where the program headers start in the file */
    uint64_t e_shoff;
    uint32_t e_flags;
    uint16_t e_ehsize;
    uint16_t e_phentsize;
    uint16_t e_phnum; /* how many program headers there are */
    uint16_t e_shentsize;
    uint16_t e_shnum;
    uint16_t e_shstrndx;
};
_Static_assert(sizeof(struct elf64_header) == 64, "e_ehsize");

/* A program header: one segment of the program. */
struct elf64_program_header {
    uint32_t p_type;
    uint32_t p_flags;
    uint64_t p_offset;
    uint64_t p_vaddr; /* its address */
    uint64_t p_paddr;
    uint64_t p_filesz;
    uint64_t p_memsz; /* its length in memory, .bss included */
    uint64_t p_align;
};
_Static_assert(sizeof(struct elf64_program_header) == 56,
               "e_phentsize");

#endif
