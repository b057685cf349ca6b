; letter.asm - the smallest program that a PC runs: it prints "A".

bits 16                         ; every PC still starts in this mode
org 0x7C00                      ; where the BIOS puts this sector

    mov     ah, 0x0E            ; function: print a character
    mov     al, 'A'             ; this one,
    xor     bh, bh              ; on page 0 of the screen
    int     0x10                ; call the BIOS
    cli                         ; no more interrupts,
    hlt                         ; and no more instructions

    times   510 - ($ - $$) db 0
    dw      0xAA55              ; and two bytes more: what for?
