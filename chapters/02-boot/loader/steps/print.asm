; print.asm - prints with the BIOS. Every function in this file except
; stop preserves all registers. stop does not return.

bits 16

; Prints the character AL.
print_character:
    pushad
    mov     ah, 0x0E
    xor     bh, bh
    int     0x10
    popad
    ret

; Prints the text at SI, which ends in a zero byte.
print_text:
    pushad
.next:
    lodsb                       ; AL = the byte at SI; SI moves on
    test    al, al
    jz      .end
    call    print_character
    jmp     .next
.end:
    popad
    ret

; Prints EAX as eight hexadecimal digits.
print_number:
    pushad
    mov     edx, eax
    mov     cx, 8
.next:
    rol     edx, 4              ; the highest digit is now the lowest
    mov     bx, dx
    and     bx, 15
    mov     al, [digits + bx]
    call    print_character
    loop    .next               ; CX = CX - 1; again unless it is 0
    popad
    ret

digits:
    db      "0123456789ABCDEF"

stop:
    cli
    hlt
