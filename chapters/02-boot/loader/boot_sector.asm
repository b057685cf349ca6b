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

%macro set_uart 2               ; a register, and its value
    mov     dx, COM1 + %1
    mov     al, %2
    out     dx, al
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

    ; COM1: 115200 bits a second, 8 data bits, no parity, no interrupts.
    set_uart UART_INTERRUPT_ENABLE, 0
    set_uart UART_LINE_CONTROL, UART_DLAB
    set_uart UART_DIVISOR_LOW, UART_115200
    set_uart UART_DIVISOR_HIGH, 0
    set_uart UART_LINE_CONTROL, UART_8N1

    mov     ah, 0x41            ; are there extensions?
    mov     bx, 0x55AA
    mov     dl, [drive]
    int     0x13
    jc      .none
    cmp     bx, 0xAA55          ; some BIOSes say yes to everything
    jne     .none
    test    cl, 1               ; bit 0: packets
    jz      .none

    mov     si, INFORMATION     ; not in use yet
    mov     word [si], 26       ; bytes of room
    mov     ah, 0x48            ; the drive's parameters
    call    disk
    movzx   eax, word [si + 24] ; bytes of a sector
    cmp     ax, SECTOR_SIZE
    refuse_if ne, "the disk has sectors of 0x# bytes"
    call    read
    jmp     LOADER
.none:
    refuse  "the BIOS has no INT 13h extensions"

; Reads what the packet says.
read:
    mov     si, packet
    mov     ah, 0x42            ; goes on in disk

; Calls the BIOS's function AH for the drive, with DS:SI.
disk:
    mov     dl, [drive]
    pushad                      ; a BIOS may change the upper halves
    int     0x13
    mov     [status], ah
    popad                       ; leaves the carry alone, as mov does
    movzx   ecx, byte [status]
    mov     eax, [packet.sector]
    refuse_if c, "cannot read the disk from sector 0x# on: status 0x#"
    ret

; ---- how the loader says that it cannot go on ----

; Prints the text that follows its call, on the screen and on COM1, and
; halts. A # in it stands for the number in EAX, a second # for the one
; in ECX, and an @ for the one in EDX:EAX.
refuse_with_text:
    pop     si                  ; "return address": the text
    mov     ebx, eax
.next:
    lodsb
    test    al, al
    jz      .halt
    cmp     al, '@'
    je      .number
    cmp     al, '#'
    jne     .character
    xor     edx, edx
.number:
    call    print_number
    mov     ebx, ecx
    jmp     .next
.character:
    call    print_character
    jmp     .next
.halt:
    cli
    hlt
    jmp     .halt

; Prints EDX:EBX in hexadecimal, without leading zeros. Changes both.
print_number:
    push    bx                  ; with the last digit
    shrd    ebx, edx, 4
    shr     edx, 4
    mov     eax, ebx
    or      eax, edx
    jz      .last
    call    print_number        ; the digits before it
.last:
    pop     bx
    and     bx, 15
    mov     al, [digits + bx]   ; goes on in print_character

; Prints the character AL. Keeps all registers.
print_character:
    pushad
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

drive:  db 0
status: db 0
digits: db "0123456789ABCDEF"

; What to read, and to where (EDD-3, "device address packet"). The
; second stage changes it for the kernel.
packet: db  16, 0               ; the packet's size
.count: dw  LOADER_SECTORS
.to:    dw  LOADER, 0           ; offset and segment
.sector: dq 1

%assign over $ - $$ - 510
%if over > 0
    %error The boot sector is over bytes too long
%else
    times   -over db 0
%endif
    dw      0xAA55              ; else the BIOS does not start it
