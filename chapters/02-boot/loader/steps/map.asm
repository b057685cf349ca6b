; map.asm - asks the BIOS where there is memory, and prints the answer.

bits 16

INFORMATION equ 0x9000
FIRST_ENTRY equ INFORMATION + 24
ENTRY_SIZE  equ 24

show_memory_map:
    mov     di, FIRST_ENTRY
    xor     ebx, ebx            ; start with the first entry
.next:
    mov     eax, 0xE820         ; function: memory map
    mov     edx, 'PAMS'         ; "SMAP", as a number
    mov     ecx, 20             ; this many bytes, at DI
    int     0x15
    jc      .end                ; no more, or none at all
    cmp     eax, 'PAMS'
    jne     .end
    mov     dword [di + 20], 0
    call    print_entry
    add     di, ENTRY_SIZE
    test    ebx, ebx            ; the bookmark is 0 at the end
    jnz     .next
.end:
    mov     [map_end], di
    ret

map_end:
    dw      0

; Prints the entry at DI: its start, its length, its type.
print_entry:
    mov     eax, [di + 4]
    call    print_number
    mov     eax, [di]
    call    print_number
    mov     al, ' '
    call    print_character
    mov     eax, [di + 12]
    call    print_number
    mov     eax, [di + 8]
    call    print_number
    mov     al, ' '
    call    print_character
    mov     eax, [di + 16]
    call    print_number
    mov     si, .end_of_line
    call    print_text
    ret
.end_of_line:
    db      13, 10, 0           ; to the left, and down
