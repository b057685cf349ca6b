; protected.asm - leaves real mode (Intel SDM vol. 3A, 10.9.1).

bits 16

enter_protected_mode:
    cli
    lgdt    [gdt_pointer]
    mov     eax, cr0
    or      eax, 1              ; CR0.PE
    mov     cr0, eax
    jmp     CODE:.flat
bits 32
.flat:
    mov     eax, DATA
    mov     ds, eax
    mov     es, eax
    mov     ss, eax
    mov     esp, 0x7C00
    jmp     in_protected_mode

; Two segments, code and data: from 0 on, 4 GiB long (3.4.5).
align 8
gdt:
    dq      0
    dq      0x00CF9A000000FFFF  ; executable, 32-bit
    dq      0x00CF92000000FFFF  ; writable
gdt_pointer:
    dw      gdt_pointer - gdt - 1
    dd      gdt

CODE equ 8                      ; their offsets in the table
DATA equ 16
