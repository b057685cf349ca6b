; disk.asm - all sectors of the disk, in order.

SECTOR equ 512

%include "boot.asm"

second_stage:
    mov     ax, 3               ; text mode; this clears the screen
    int     0x10
    call    show_memory_map
    jmp     stop

%include "map.asm"

    align   SECTOR, db 0
SECTORS equ ($ - $$) / SECTOR - 1
