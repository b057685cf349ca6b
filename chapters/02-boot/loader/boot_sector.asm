; boot_sector.asm - the first 512 bytes of the disk. The BIOS loads
; them, and they load the second stage, which follows on the disk.
;
; The BIOS enters them in real mode, with the drive's number in DL. It
; promises nothing else: CS:IP is 0:7C00 or 7C0:0, SS:SP anywhere. BIOS
; calls on disks: INT 13h extensions, EDD-3.

bits 16
cpu 386
org BOOT_SECTOR

; Where the loader cannot go on, it says why.
%macro refuse 1                 ; a text
    call    refuse_with_text
    db      "loader: ", %1, 0
%endmacro
%macro refuse_if 2              ; a condition, such as ne, and a text
    j%-1    %%go_on
    refuse  %2
%%go_on:
%endmacro

boot_sector:
    jmp     short .code
    nop
    times   62 - ($ - $$) db 0  ; some BIOSes write numbers here, as in
.code:                          ; the parameter block of a FAT16 disk
    jmp     0:.with_cs_0
.with_cs_0:
    xor     ax, ax
    mov     ds, ax
    mov     es, ax
    mov     ss, ax
    mov     sp, BOOT_SECTOR     ; after SS, no interrupt comes between
    cld
    sti
    mov     [drive], dl
    call    init_com1

    mov     ah, 0x41            ; are there extensions?
    mov     bx, 0x55AA
    mov     dl, [drive]
    int     0x13
    jc      .none
    cmp     bx, 0xAA55          ; some BIOSes say yes to everything
    jne     .none
    test    cl, 1               ; bit 0: packets
    jnz     .some
.none:
    refuse  "the BIOS has no INT 13h extensions"
.some:
    mov     si, INFORMATION     ; not in use yet
    mov     word [si], 26       ; bytes of room
    mov     ah, 0x48            ; the drive's parameters
    call    disk
    movzx   eax, word [si + 24] ; bytes of a sector
    xor     edx, edx
    cmp     ax, SECTOR_SIZE
    refuse_if ne, "the disk has sectors of # bytes"

    mov     si, packet
    mov     ah, 0x42            ; read
    call    disk
    jmp     LOADER

; Calls the BIOS's function AH for the drive, with DS:SI.
disk:
    mov     dl, [drive]
    int     0x13
    jc      .failed
    ret
.failed:
    mov     [status], ah
    mov     eax, [packet.sector]
    xor     edx, edx
    refuse  "the BIOS does not read sector #: status $"

; ---- how the loader says that it cannot go on ----

; Prints the text that follows its call, on the screen and on COM1, and
; halts. A # in it stands for the number in EDX:EAX, and a $ for the
; BIOS's status.
refuse_with_text:
    pop     si                  ; "return address": the text
.next:
    mov     bl, [si]
    inc     si
    test    bl, bl
    jz      .halt
    cmp     bl, '#'
    je      .number
    cmp     bl, '$'
    jne     .character
    push    eax
    movzx   eax, byte [status]
    call    print_number
    pop     eax
    jmp     .next
.number:
    call    print_number
    jmp     .next
.character:
    call    print_character
    jmp     .next
.halt:
    cli
    hlt
    jmp     .halt

; Prints EDX:EAX in hexadecimal, without leading zeros. Keeps both.
print_number:
    pushad
    mov     bl, '0'
    call    print_character
    mov     bl, 'x'
    call    print_character
    mov     cx, 16              ; digits
    xor     bp, bp              ; not 0 once one has been printed
.next:
    mov     ebx, edx
    shr     ebx, 28             ; the highest digit
    shld    edx, eax, 4
    shl     eax, 4
    or      bp, bx
    jnz     .digit
    cmp     cx, 1               ; of 0, one is left
    ja      .skipped
.digit:
    add     bl, '0'
    cmp     bl, '9'
    jbe     .print
    add     bl, 'A' - '9' - 1
.print:
    call    print_character
.skipped:
    loop    .next
    popad
    ret

; Prints the character BL. Keeps all other registers.
print_character:
    pushad
    mov     al, bl
    mov     bx, 7               ; page 0; white, if there are pixels
    mov     ah, 0x0E            ; teletype
    push    ax
    int     0x10
    mov     dx, COM1 + UART_LINE_STATUS
    mov     cx, 0xFFFF          ; do not wait for ever
.wait:
    in      al, dx
    test    al, UART_CAN_SEND
    loopz   .wait
    pop     ax
    mov     dx, COM1 + UART_DATA
    out     dx, al
    popad
    ret

%macro set_uart 2
    mov     dl, (COM1 & 0xFF) + %1
    mov     al, %2
    out     dx, al
%endmacro

; 115200 bits a second, 8 data bits, no parity, no interrupts.
init_com1:
    mov     dh, COM1 >> 8
    set_uart UART_INTERRUPT_ENABLE, 0
    set_uart UART_LINE_CONTROL, UART_DLAB
    set_uart UART_DIVISOR_LOW, UART_115200
    set_uart UART_DIVISOR_HIGH, 0
    set_uart UART_LINE_CONTROL, UART_8N1
    ret

drive:  db 0
status: db 0

; What to read, and to where (EDD-3, "device address packet"). The
; second stage changes it for the kernel.
packet:
    db      16, 0               ; the packet's size
.count:
    dw      LOADER_SECTORS
.to:
    dw      LOADER, 0           ; offset and segment
.sector:
    dq      1

%assign over $ - $$ - 510
%if over > 0
    %error The boot sector is over bytes too long
%else
    times   -over db 0
%endif
    dw      0xAA55              ; else the BIOS does not start it
