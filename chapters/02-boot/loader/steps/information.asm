; information.asm - what the kernel wants to know (Multiboot2, 3.6).

bits 32

; The map's entries are in place. Adds the headers before them, and the
; tag that ends the list after them.
finish_information:
    movzx   edi, word [map_end]
    mov     dword [edi], 0      ; the last tag: type 0,
    mov     dword [edi + 4], 8  ; of 8 bytes
    add     edi, 8
    sub     edi, INFORMATION
    mov     dword [INFORMATION + 4], 0
    mov     [INFORMATION], edi  ; the size of it all
    sub     edi, 16
    mov     dword [INFORMATION + 8], 6 ; a tag: the memory map,
    mov     [INFORMATION + 12], edi    ; its size,
    mov     dword [INFORMATION + 16], ENTRY_SIZE
    mov     dword [INFORMATION + 20], 0 ; the entries' version
    ret
