; screen.asm - prints without the BIOS: writes to the video memory.

bits 32

SCREEN     equ 0xB8000
ROW_SIZE   equ 160
CURSOR_ROW equ 0x451            ; where the BIOS keeps its row

row:
    dd      0                   ; the address of the next row

; Continues in the row where the BIOS stopped.
begin_to_write:
    movzx   eax, byte [CURSOR_ROW]
    imul    eax, ROW_SIZE
    add     eax, SCREEN
    mov     [row], eax
    ret

; Writes EAX and a blank at EDI. EDI moves on; all else is kept.
write_number:
    push    eax
    push    ecx
    push    edx
    mov     edx, eax
    mov     ecx, 8
.next:
    rol     edx, 4
    mov     eax, edx
    and     eax, 15
    mov     al, [digits + eax]
    mov     ah, 0x0A            ; bright green on black
    stosw                       ; stores AX at EDI; EDI moves on
    loop    .next
    add     edi, 2
    pop     edx
    pop     ecx
    pop     eax
    ret
