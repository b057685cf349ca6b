; disk.asm - all sectors of the disk, in their order.

SECTOR equ 512

%include "boot.asm"

second_stage:
    mov     ax, 3               ; text mode: the screen is empty
    int     0x10
    call    show_memory_map
    jmp     stop

%include "map.asm"

    align   SECTOR, db 0
SECTORS equ ($ - $$) / SECTOR - 1
