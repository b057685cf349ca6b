; disk.asm - all sectors of the disk, in order.

SECTOR equ 512

%include "boot.asm"

second_stage:
    mov     ax, 3               ; text mode; this clears the screen
    int     0x10
    mov     si, hello
    call    print_text
    jmp     stop

hello:
    db      "This comes from the second sector.", 0

    align   SECTOR, db 0
SECTORS equ ($ - $$) / SECTOR - 1
