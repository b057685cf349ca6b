; kernel.asm - reads the kernel's file, and lists its segments.

KERNEL equ 0x10000              ; where the file goes in memory

bits 16
read_kernel:
    mov     word [packet.sectors], 1
    mov     word [packet.offset], 0
    mov     word [packet.segment], KERNEL / 16
    mov     dword [packet.first], KERNEL_SECTOR
    mov     cx, KERNEL_SECTORS
.next:
    push    cx
    call    read
    pop     cx
    add     word [packet.segment], SECTOR / 16
    inc     dword [packet.first]
    loop    .next
    ret

; Fields of an ELF header, and of a program header: their offsets
; (System V ABI, "ELF Header" and "Program Header").
E_ENTRY  equ 24
E_PHOFF  equ 32
E_PHNUM  equ 56
P_TYPE   equ 0
P_OFFSET equ 8
P_PADDR  equ 24
P_FILESZ equ 32
P_MEMSZ  equ 40
P_SIZE   equ 56                 ; of a whole program header

bits 32
list_segments:
    cmp     dword [KERNEL], 0x464C457F ; 7F "ELF"
    jne     stop
    mov     esi, [KERNEL + E_PHOFF]
    add     esi, KERNEL
    movzx   ecx, word [KERNEL + E_PHNUM]
.next:
    mov     edi, [row]
    mov     eax, [esi + P_TYPE]
    call    write_number
    mov     eax, [esi + P_PADDR]
    call    write_number
    mov     eax, [esi + P_FILESZ]
    call    write_number
    mov     eax, [esi + P_MEMSZ]
    call    write_number
    add     dword [row], ROW_SIZE
    add     esi, P_SIZE
    loop    .next
    ret
