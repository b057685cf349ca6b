; loader.asm - the second stage: makes what the Multiboot2 specification
; promises to a kernel, puts the kernel where it belongs, and starts it.
;
; This file is the whole disk: the boot sector, this stage, and the
; kernel's file. It runs in real mode, for the BIOS's sake, except for
; its last instructions. "Multiboot2" is the specification, version 2.0.

%include "loader_addresses.inc"
%include "addresses.inc"
%include "uart.inc"
%include "multiboot2.inc"
%include "multiboot2_info.inc"
%include "boot_sector.asm"

loader:
    mov     ax, 3               ; text mode, 80x25: the screen is empty
    int     0x10
    call    open_a20
    call    make_information
    xor     eax, eax            ; the kernel's file, from its start
    call    read_chunk
    call    check_elf
    call    check_multiboot2
    mov     bx, check_segment   ; all of them, before one is loaded
    call    for_each_segment
    mov     eax, [gs:0x18]      ; e_entry
    cmp     dword [entry], 0
    refuse_if e, "_start is in no segment: 0x#"
    mov     bx, load_segment
    call    for_each_segment
    jmp     start_kernel

; ---- address line 20 ----

; The first PC had 20 address lines, and programs relied on that: what
; lay above 1 MiB was the memory at 0. To this day the BIOS may keep
; line 20 shut. Two ways to open it.
open_a20:
    call    is_a20_open
    je      .open
    mov     ax, 0x2401          ; the BIOS's
    int     0x15
    call    is_a20_open
    je      .open
    in      al, 0x92            ; the chipset's: bit 1 opens it; bit 0
    or      al, 2               ; would reset the machine
    and     al, 0xFE
    out     0x92, al
    call    is_a20_open
    refuse_if ne, "address line 20 stays shut"
.open:
    ret

; Are 0xFFFF:0x7E0E and 0:0x7DFE, 1 MiB below it, two different places?
; "e" if so: what is written to one does not change the other.
is_a20_open:
    mov     ax, 0xFFFF
    mov     fs, ax
    mov     ax, [BOOT_SECTOR + 0x1FE]
    not     word [fs:BOOT_SECTOR + 0x20E]
    cmp     ax, [BOOT_SECTOR + 0x1FE]
    not     word [fs:BOOT_SECTOR + 0x20E] ; changes no flag
    ret

; ---- the Multiboot2 information (Multiboot2 3.6) ----

struc map_entry                 ; also of INT 15h, AX=E820h (ACPI 6, 15)
.base:       resq 1
.length:     resq 1
.type:       resd 1
.attributes: resd 1
endstruc
AVAILABLE equ 1

make_information:
    mov     si, fixed_tags
    mov     di, INFORMATION
    mov     cx, fixed_tags.end - fixed_tags
    rep     movsb
    int     0x12                ; AX = KiB below the BIOS's data
    mov     [INFORMATION + basic_memory.lower - fixed_tags], ax

    ; The BIOS's memory map, from DI on. EBX is its own cursor in it.
    xor     ebx, ebx
    mov     bp, MAP_ENTRIES
.next:
    mov     dword [di + map_entry.attributes], 1 ; the default
    mov     eax, 0xE820
    mov     edx, 'PAMS'         ; "SMAP" as a number
    mov     ecx, map_entry_size
    int     0x15
    jc      .end                ; past the last one, or not known at all
    cmp     eax, 'PAMS'
    jne     .end
    test    byte [di + map_entry.attributes], 1 ; 0: to be ignored
    jz      .skip
    mov     eax, [di + map_entry.length]
    mov     edx, [di + map_entry.length + 4]
    mov     ecx, eax
    or      ecx, edx
    jz      .skip
    ; If it is available, and starts at 1 MiB: its KiB are the "upper
    ; memory" of Multiboot2 3.6.3.
    cmp     dword [di + map_entry.type], AVAILABLE
    jne     .keep
    cmp     dword [di + map_entry.base], 0x100000
    jne     .keep
    cmp     dword [di + map_entry.base + 4], 0
    jne     .keep
    shrd    eax, edx, 10
    mov     [INFORMATION + basic_memory.upper - fixed_tags], eax
.keep:
    mov     dword [di + map_entry.attributes], 0
    add     di, map_entry_size
.skip:
    test    ebx, ebx
    jz      .end
    dec     bp
    jnz     .next
    refuse  "the BIOS's memory map has no end"
.end:
    mov     [map_end], di
    lea     ax, [di - MAP + 16] ; with what stands before the entries
    mov     [INFORMATION + memory_map.size - fixed_tags], ax
    cmp     di, MAP
    refuse_if e, "the BIOS has no memory map (INT 15h, AX=E820h)"

    mov     dword [di], MULTIBOOT2_TAG_END
    mov     dword [di + 4], 8
    sub     di, INFORMATION - 8
    mov     [INFORMATION], di   ; the size of it all
    ret

; ---- the kernel's file ----

; Reads a chunk of the kernel's file to GS:0. EAX: its first sector there.
read_chunk:
    mov     ecx, KERNEL_SECTORS
    sub     ecx, eax
    cmp     ecx, CHUNK_SECTORS
    jbe     .last
    mov     ecx, CHUNK_SECTORS
.last:
    add     eax, LOADER_SECTORS + 1 ; the kernel follows them
    mov     [packet.sector], eax
    mov     [packet.count], cx
    mov     dword [packet.to], CHUNK << 12 ; segment, and offset 0
    call    read
    mov     ax, CHUNK >> 4
    mov     gs, ax
    ret

; The kernel must be an ELF file for an x86-64 CPU that lies at fixed
; addresses (System V ABI, "ELF Header"). Leaves its program headers at
; SEGMENTS.
check_elf:
    mov     eax, [gs:0]         ; e_ident
    cmp     eax, 0x464C457F     ; 7F "ELF"
    refuse_if ne, "the kernel is not an ELF file: it starts with 0x#"
    movzx   eax, byte [gs:4]
    cmp     al, 2               ; ELFCLASS64
    refuse_if ne, "the kernel is not a 64-bit file: its ELF class is 0x#"
    movzx   eax, word [gs:0x12]
    cmp     ax, 62              ; EM_X86_64
    refuse_if ne, "the kernel is for another machine: number 0x#"
    movzx   eax, word [gs:0x10]
    cmp     ax, 2               ; ET_EXEC
    refuse_if ne, "the kernel has no fixed addresses: its type is 0x#"
    movzx   eax, word [gs:0x36] ; e_phentsize
    cmp     ax, phdr_size
    refuse_if ne, "the kernel's program headers have 0x# bytes"
    movzx   eax, word [gs:0x38] ; e_phnum
    test    ax, ax
    refuse_if z, "the kernel has no program headers"
    cmp     ax, MAX_SEGMENTS
    refuse_if a, "the kernel has 0x# program headers: too many"
    mov     [segments], ax
    imul    cx, ax, phdr_size
    mov     eax, [gs:0x20]      ; e_phoff
    mov     edx, [gs:0x24]
    cmp     edx, 0
    jne     .compared
    cmp     eax, CHUNK_SECTORS * SECTOR_SIZE - MAX_SEGMENTS * phdr_size
.compared:
    refuse_if a, "the kernel's program headers are too far away: 0x@"
    mov     si, ax
    mov     di, SEGMENTS
    gs rep  movsb
    ret

; The header lies in so many bytes of the file (3.1), which one chunk has.
HEADER_LIMIT equ 32768

; Looks for the Multiboot2 header, and at what it asks for (3.1).
check_multiboot2:
    mov     bx, -8
    mov     cx, HEADER_LIMIT / 8 - 1 ; so many places: it has 16 bytes
.search:
    add     bx, 8
    cmp     dword [gs:bx], MULTIBOOT2_HEADER_MAGIC
    loopne  .search
    refuse_if ne, "the kernel has no Multiboot2 header in its first 32 KiB"
    mov     eax, [gs:bx]
    add     eax, [gs:bx + 4]
    add     eax, [gs:bx + 8]
    add     eax, [gs:bx + 12]
    refuse_if nz, "the sum of the Multiboot2 header is not 0, but 0x#"
    mov     eax, [gs:bx + 4]
    cmp     eax, MULTIBOOT2_ARCHITECTURE_I386
    refuse_if ne, "the Multiboot2 header is for architecture 0x#"
    add     bx, 16
.tag:
    cmp     bx, HEADER_LIMIT - 8
    ja      .endless
    movzx   eax, word [gs:bx]
    test    ax, ax              ; MULTIBOOT2_HEADER_TAG_END
    jz      .done
    cmp     ax, 4               ; ..._CONSOLE
    je      .console
    test    byte [gs:bx + 2], 1 ; may it be ignored?
    jnz     .next
    cmp     ax, 1               ; ..._REQUEST
    je      .request
    cmp     ax, 5               ; ..._FRAMEBUFFER
    je      .next               ; a wish; a text mode is allowed
    cmp     ax, 6               ; ..._ALIGN: of modules: there are none
    refuse_if ne, "the kernel wants what header tag 0x# means: not known"
.next:
    mov     eax, [gs:bx + 4]    ; its size
    lea     ecx, [eax - 8]      ; below 8: "negative", very large
    cmp     ecx, HEADER_LIMIT - 8
.endless:
    refuse_if a, "the Multiboot2 header has no end: a tag of 0x# bytes"
    lea     bx, [ebx + eax + 7] ; the next one, at a multiple of 8
    and     bl, ~7
    jmp     .tag
.console:
    mov     eax, [gs:bx + 8]
    and     al, 3               ; 0: one is needed; 1: EGA text is fine
    cmp     al, 1
    refuse_if e, "the kernel wants another console than text"
    jmp     .next
.request:
    mov     di, 8               ; the words of a request follow these
.each:
    add     di, 4               ; the end of the next one
    cmp     di, [gs:bx + 4]
    ja      .next
    mov     eax, [gs:bx + di - 4]
    cmp     eax, 31
    ja      .not_offered
    bt      dword [offered], eax
    jc      .each
.not_offered:
    refuse  "the kernel wants information tag 0x#: not known"
.done:
    ret

; ---- its segments (System V ABI, "Program Header") ----

struc phdr
.type:   resd 1
.flags:  resd 1
.offset: resq 1
.vaddr:  resq 1
.paddr:  resq 1
.filesz: resq 1
.memsz:  resq 1
.align:  resq 1
endstruc

; Calls BX with BP at each program header of something to be loaded.
for_each_segment:
    mov     bp, SEGMENTS
    mov     cx, [segments]
.next:
    cmp     dword [bp + phdr.type], 1 ; PT_LOAD
    jne     .skip
    mov     eax, [bp + phdr.memsz]
    or      eax, [bp + phdr.memsz + 4]
    jz      .skip
    pusha
    call    bx
    popa
.skip:
    add     bp, phdr_size
    loop    .next
    ret

; EDX:EAX = the sum of two 64-bit numbers in memory. "z" if it is below
; 4 GiB, and "a" if it is not. Uses ESI.
%macro sum 2
    mov     eax, [%1]
    mov     edx, [%1 + 4]
    add     eax, [%2]
    adc     edx, [%2 + 4]
    sbb     esi, esi            ; a carry is beyond 4 GiB, too
    or      esi, edx
%endmacro

; Is the segment at BP inside its file, inside available memory, and not
; on the loader? Sets entry, if _start is in it.
check_segment:
    sum     bp + phdr.paddr, bp + phdr.memsz
    refuse_if nz, "a segment ends beyond 4 GiB: at 0x@"
    mov     ecx, eax            ; its end
    mov     eax, [bp + phdr.filesz]
    mov     edx, [bp + phdr.filesz + 4]
    cmp     edx, [bp + phdr.memsz + 4]
    jne     .compared
    cmp     eax, [bp + phdr.memsz]
.compared:
    refuse_if a, "a segment is longer in the file than in memory: 0x@"
    sum     bp + phdr.offset, bp + phdr.filesz
    jnz     .outside
    cmp     eax, KERNEL_SIZE
.outside:
    refuse_if a, "a segment ends outside of the kernel's file: at 0x@"
    mov     eax, [bp + phdr.paddr]
    cmp     eax, LOADER_END
    refuse_if b, "a segment would lie on the loader: at 0x#"
    mov     ebx, eax            ; its start
    mov     eax, [gs:0x18]      ; e_entry: still the first chunk
    sub     eax, [bp + phdr.vaddr]
    jb      check_available
    cmp     eax, [bp + phdr.memsz]
    jae     check_available
    add     eax, ebx
    mov     [entry], eax        ; goes on in check_available

; Is all memory from EBX to ECX available? No entry of another kind may
; reach into it, and those of available memory must leave no gap.
check_available:
    mov     di, MAP - map_entry_size ; before the first one
    mov     ebp, ecx            ; all of the memory
.other:
    call    next_entry
    jnc     .rise
    cmp     dword [di + map_entry.type], AVAILABLE
    je      .other
    cmp     ebx, [di + map_entry.base]
    jae     .not_available
    mov     ebx, [di + map_entry.base] ; the first address of it
.not_available:
    mov     eax, ebx
    refuse  "the memory for the kernel is not available: from 0x# on"
.rise:                          ; now EBX rises as far as it can
    mov     di, MAP - map_entry_size
    lea     ebp, [ebx + 1]      ; only the byte at EBX
    call    next_entry
    jnc     .not_available
    mov     ebx, eax
    cmp     ebx, ecx
    jb      .rise
    ret

; Moves DI to the map's next entry that reaches into the memory from EBX
; to EBP. EAX = its end, or 4 GiB - 1 if it reaches that far. No carry if
; there is none.
next_entry:
    add     di, map_entry_size
    cmp     di, [map_end]
    jae     .done
    cmp     dword [di + map_entry.base + 4], 0
    jne     next_entry
    cmp     [di + map_entry.base], ebp
    jae     next_entry
    sum     di + map_entry.base, di + map_entry.length
    jz      .below
    mov     eax, -1
.below:
    cmp     ebx, eax
    jae     next_entry
.done:
    ret

; Loads the segment at BP, chunk by chunk, and clears the rest of it.
; Meanwhile, its program header says what is left to be done.
load_segment:
    mov     edi, [bp + phdr.paddr]
.next:
    cmp     dword [bp + phdr.filesz], 0
    je      .clear
    mov     eax, [bp + phdr.offset]
    shr     eax, 9              ; sectors of 512 bytes
    call    read_chunk
    movzx   esi, word [bp + phdr.offset]
    and     si, SECTOR_SIZE - 1 ; where it starts in the chunk
    mov     ecx, CHUNK_SECTORS * SECTOR_SIZE
    sub     ecx, esi
    cmp     ecx, [bp + phdr.filesz]
    jbe     .copy
    mov     ecx, [bp + phdr.filesz]
.copy:
    add     [bp + phdr.offset], ecx
    sub     [bp + phdr.filesz], ecx
    sub     [bp + phdr.memsz], ecx
    call    open_high_memory
    a32 gs rep movsb            ; from GS:ESI to ES:EDI
    sti
    jmp     .next
.clear:
    mov     ecx, [bp + phdr.memsz]
    call    open_high_memory
    xor     al, al
    a32 rep stosb
    sti
    ret

; In real mode, a segment has a limit of 64 KiB. But the CPU keeps the
; limit that was last loaded in protected mode (Intel SDM vol. 3A, 10.9,
; "Switching Back to Real-Address Mode"). So go there for a moment, and
; load ES: then ES:EDI reaches all 4 GiB. Interrupts wait until the
; caller lets them, and a BIOS call may undo it.
open_high_memory:
    call    switch_mode         ; to protected mode
    mov     ax, gdt.data - gdt
    mov     es, ax
    jmp     switch_mode         ; and back

; Goes from real mode to protected mode, or back. Interrupts wait then.
switch_mode:
    cli
    lgdt    [gdt_pointer]
    mov     eax, cr0
    xor     al, 1               ; CR0.PE
    mov     cr0, eax
    ret                         ; old CPUs need a jump here

; ---- the kernel's turn (Multiboot2 3.3) ----

start_kernel:
    call    switch_mode
    jmp     gdt.code - gdt:.protected
bits 32
.protected:
    mov     eax, gdt.data - gdt
    mov     ds, eax
    mov     es, eax
    mov     fs, eax
    mov     gs, eax
    mov     ss, eax
    mov     eax, MULTIBOOT2_LOADER_MAGIC
    mov     ebx, INFORMATION
    jmp     [entry]

; Flat segments: base 0, limit 4 GiB (Intel SDM vol. 3A, 3.4.5).
gdt:
    dq      0
.code: dq   0x00CF9A000000FFFF  ; 32 bits, execute and read
.data: dq   0x00CF92000000FFFF  ; read and write
.end:
gdt_pointer:
    dw      gdt.end - gdt - 1
    dd      gdt

segments: dw 0                  ; how many program headers
entry:    dd 0                  ; where _start is in memory
map_end:  dw 0                  ; the end of the memory map's last entry

; Tags of the information that a kernel may ask for, as bits.
offered: dd (1 << 1) | (1 << 2) | (1 << 4) | (1 << 6) | (1 << 8)

; How the information starts: what is known before the machine is.
align 8
fixed_tags:
    dd      0, 0
.line:  dd  1, .line_end - .line ; 3.6.5: the command line
    incbin  COMMAND_LINE
    db      0
.line_end:
    align   8, db 0
.name:  dd  2, .name_end - .name ; 3.6.9: the loader's name
    db      "the loader of Bare-Metal C", 0
.name_end:
    align   8, db 0
basic_memory:
    dd      4, 16               ; 3.6.3
.lower: dd  0                   ; KiB from 0 on
.upper: dd  0                   ; KiB from 1 MiB on
    dd      MULTIBOOT2_TAG_FRAMEBUFFER, 32
    dq      VGA_TEXT
    dd      VGA_COLUMNS * 2, VGA_COLUMNS, VGA_ROWS
    db      16, 2, 0, 0         ; bits; EGA text; reserved
memory_map:
    dd      MULTIBOOT2_TAG_MEMORY_MAP
.size:  dd  0
    dd      map_entry_size, 0   ; the version of the entries
fixed_tags.end:
MAP equ INFORMATION + fixed_tags.end - fixed_tags ; its first entry

; ---- the rest of the disk ----

    align   SECTOR_SIZE, db 0
LOADER_SECTORS equ ($ - $$) / SECTOR_SIZE - 1
%if LOADER + LOADER_SECTORS * SECTOR_SIZE > INFORMATION
    %error The loader is too long
%endif
%if MAP + MAP_ENTRIES * map_entry_size + 8 > SEGMENTS
    %error The command line is too long
%endif

%if LOWEST < LOADER_END
    %assign KIB LOADER_END / 1024
    %error The kernel starts at LOWEST: the loader needs the first KIB KiB
%endif

kernel: incbin KERNEL
KERNEL_SIZE equ $ - kernel
KERNEL_SECTORS equ (KERNEL_SIZE + SECTOR_SIZE - 1) / SECTOR_SIZE

; SeaBIOS finds no disk of less than a cylinder on AHCI and USB.
CYLINDER equ 16 * 63 * SECTOR_SIZE
    times   (CYLINDER - ($ - $$) % CYLINDER) % CYLINDER db 0
