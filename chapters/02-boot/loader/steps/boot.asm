; boot.asm - the first sector: reads the others, and jumps to them.

bits 16
org 0x7C00

    jmp     0:begin             ; CS becomes 0
begin:
    xor     ax, ax              ; so do the other segment registers
    mov     ds, ax
    mov     es, ax
    mov     ss, ax
    mov     sp, 0x7C00          ; the stack lies below this code
    cld                         ; lodsb and the like count upward
    mov     [drive], dl         ; the BIOS says which drive this is
    call    read
    jmp     second_stage

; Reads what the packet asks for.
read:
    mov     ah, 0x42            ; function: read sectors
    mov     dl, [drive]
    mov     si, packet
    int     0x13
    jc      .failed
    ret
.failed:
    mov     si, .text
    call    print_text
    jmp     stop
.text:
    db      "The disk cannot be read.", 0

drive:
    db      0
align 4
packet:
    db      16, 0               ; the packet's size
.sectors:
    dw      SECTORS             ; how many,
.offset:
    dw      second_stage        ; to where: an offset,
.segment:
    dw      0                   ; and a segment,
.first:
    dq      1                   ; from which sector on

%include "print.asm"

    times   510 - ($ - $$) db 0
    dw      0xAA55
