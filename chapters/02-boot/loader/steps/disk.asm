; disk.asm - all sectors of the disk, in order.

SECTOR equ 512

%include "boot.asm"

second_stage:
    mov     ax, 3               ; text mode; this clears the screen
    int     0x10
    call    show_memory_map
    call    read_kernel
    jmp     enter_protected_mode

bits 32
in_protected_mode:
    call    begin_to_write
    call    list_segments
    call    load_segments
    call    finish_information
    jmp     start_kernel

%include "map.asm"
%include "protected.asm"
%include "screen.asm"
%include "kernel.asm"
%include "start.asm"
%include "information.asm"

    align   SECTOR, db 0
SECTORS equ ($ - $$) / SECTOR - 1

KERNEL_SECTOR equ SECTORS + 1
    incbin  "kernel.elf"
    align   SECTOR, db 0
KERNEL_SECTORS equ ($ - $$) / SECTOR - KERNEL_SECTOR
