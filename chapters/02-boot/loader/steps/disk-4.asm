; disk.asm - all sectors of the disk, in order.

SECTOR equ 512

%include "boot.asm"

second_stage:
    mov     ax, 3               ; text mode; this clears the screen
    int     0x10
    call    show_memory_map
    jmp     enter_protected_mode

bits 32
in_protected_mode:
    call    begin_to_write
    mov     edi, [row]
    mov     eax, 0x32B175       ; a number: squint at it
    call    write_number
    jmp     stop

%include "map.asm"
%include "protected.asm"
%include "screen.asm"

    align   SECTOR, db 0
SECTORS equ ($ - $$) / SECTOR - 1
