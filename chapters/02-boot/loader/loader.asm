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
    mov     eax, [entry_address]
    xor     edx, edx
    cmp     dword [entry], 0
    refuse_if e, "_start is in no segment: #"
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
    not     word [fs:BOOT_SECTOR + 0x20E] ; leaves the flags alone
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
    call    add_memory_map
    mov     dword [di], MULTIBOOT2_TAG_END
    mov     dword [di + 4], 8
    sub     di, INFORMATION - 8
    mov     [INFORMATION], di   ; the size of it all
    ret

; Adds the BIOS's memory map at DI. EBX is the BIOS's own cursor in it.
add_memory_map:
    mov     dword [di], MULTIBOOT2_TAG_MEMORY_MAP
    mov     dword [di + 8], map_entry_size
    mov     dword [di + 12], 0  ; the version of the entries
    add     di, 16
    mov     [map], di
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
    or      eax, [di + map_entry.length + 4]
    jz      .skip
    call    count_upper
    mov     dword [di + map_entry.attributes], 0
    add     di, map_entry_size
.skip:
    dec     bp
    refuse_if z, "the BIOS's memory map has no end"
    test    ebx, ebx
    jnz     .next
.end:
    mov     [map.end], di
    mov     si, [map]
    movzx   eax, di
    sub     ax, si
    add     ax, 16
    mov     [si - 12], eax      ; the tag's size
    cmp     di, si
    refuse_if e, "the BIOS has no memory map (INT 15h, AX=E820h)"
    ret

; If the entry at DI is available, and starts at 1 MiB: its KiB are the
; "upper memory" of Multiboot2 3.6.3.
count_upper:
    cmp     dword [di + map_entry.type], AVAILABLE
    jne     .done
    cmp     dword [di + map_entry.base], 0x100000
    jne     .done
    cmp     dword [di + map_entry.base + 4], 0
    jne     .done
    mov     eax, [di + map_entry.length]
    mov     edx, [di + map_entry.length + 4]
    shrd    eax, edx, 10
    mov     [INFORMATION + basic_memory.upper - fixed_tags], eax
.done:
    ret

; ---- the kernel's file ----

; Reads a chunk of the kernel's file. EAX: its first sector there. ECX =
; the bytes that have been read. GS:0 is the chunk.
read_chunk:
    mov     ecx, KERNEL_SECTORS
    sub     ecx, eax
    cmp     ecx, CHUNK_SECTORS
    jbe     .last
    mov     ecx, CHUNK_SECTORS
.last:
    add     eax, KERNEL_SECTOR
    mov     [packet.sector], eax
    mov     [packet.count], cx
    mov     dword [packet.to], CHUNK << 12 ; segment, and offset 0
    mov     si, packet
    mov     ah, 0x42
    push    ecx
    call    disk
    pop     ecx
    shl     ecx, 9              ; sectors of 512 bytes
    mov     ax, CHUNK >> 4
    mov     gs, ax
    ret

; The kernel must be an ELF file for an x86-64 CPU that lies at fixed
; addresses (System V ABI, "ELF Header"). Leaves its program headers at
; SEGMENTS.
check_elf:
    xor     edx, edx
    mov     eax, [gs:0]         ; e_ident
    cmp     eax, 0x464C457F     ; 7F "ELF"
    refuse_if ne, "the kernel is not an ELF file: it starts with #"
    movzx   eax, byte [gs:4]
    cmp     al, 2               ; ELFCLASS64
    refuse_if ne, "the kernel is not a 64-bit file: its ELF class is #"
    movzx   eax, word [gs:0x12]
    cmp     ax, 62              ; EM_X86_64
    refuse_if ne, "the kernel is for another machine: number #"
    movzx   eax, word [gs:0x10]
    cmp     ax, 2               ; ET_EXEC
    refuse_if ne, "the kernel has no fixed addresses: its type is #"
    movzx   eax, word [gs:0x36] ; e_phentsize
    cmp     ax, phdr_size
    refuse_if ne, "the kernel's program headers have # bytes"
    movzx   eax, word [gs:0x38] ; e_phnum
    test    ax, ax
    refuse_if z, "the kernel has no program headers"
    cmp     ax, MAX_SEGMENTS
    refuse_if a, "the kernel has # program headers: too many"
    mov     [segments], ax
    imul    cx, ax, phdr_size
    mov     eax, [gs:0x20]      ; e_phoff
    mov     edx, [gs:0x24]
    test    edx, edx
    jnz     .far
    cmp     eax, CHUNK_SECTORS * SECTOR_SIZE - MAX_SEGMENTS * phdr_size
    jbe     .near
.far:
    refuse  "the kernel's program headers are too far away: #"
.near:
    mov     si, ax
    mov     di, SEGMENTS
    gs rep  movsb
    mov     eax, [gs:0x18]      ; e_entry
    mov     [entry_address], eax
    ret

; The header lies in so many bytes of the file (3.1), which one chunk has.
HEADER_LIMIT equ 32768

; Looks for the Multiboot2 header, and at what it asks for (3.1).
check_multiboot2:
    xor     bx, bx
.search:
    cmp     dword [gs:bx], MULTIBOOT2_HEADER_MAGIC
    je      .found
    add     bx, 8
    cmp     bx, HEADER_LIMIT - 16
    jbe     .search
    refuse  "the kernel has no Multiboot2 header in its first 32 KiB"
.found:
    xor     edx, edx
    mov     eax, [gs:bx]
    add     eax, [gs:bx + 4]
    add     eax, [gs:bx + 8]
    add     eax, [gs:bx + 12]
    refuse_if nz, "the sum of the Multiboot2 header is not 0, but #"
    mov     eax, [gs:bx + 4]
    cmp     eax, MULTIBOOT2_ARCHITECTURE_I386
    refuse_if ne, "the Multiboot2 header is for architecture #"
    add     bx, 16
.tag:
    movzx   eax, word [gs:bx]
    mov     cl, [gs:bx + 2]     ; bit 0: may be ignored
    cmp     bx, HEADER_LIMIT - 8
    ja      .endless
    test    ax, ax              ; MULTIBOOT2_HEADER_TAG_END
    jz      .done
    cmp     ax, HEADER_TAG_REQUEST
    je      .request
    cmp     ax, HEADER_TAG_CONSOLE
    je      .console
    cmp     ax, HEADER_TAG_FRAMEBUFFER
    je      .next               ; a wish; a text mode is allowed
    cmp     ax, HEADER_TAG_ALIGN
    je      .next               ; of modules: there are none
    test    cl, 1
    refuse_if z, "the kernel wants what header tag # means: not known"
.next:
    mov     eax, [gs:bx + 4]    ; its size
    cmp     eax, 8
    jb      .endless
    cmp     eax, HEADER_LIMIT
    ja      .endless
    add     ax, 7
    and     ax, ~7 & 0xFFFF
    add     bx, ax
    jmp     .tag
.endless:
    refuse  "the Multiboot2 header has no end: a tag of # bytes"
.console:
    mov     eax, [gs:bx + 8]
    and     al, 3               ; 0: one is needed; 1: EGA text is fine
    cmp     al, 1
    refuse_if e, "the kernel wants another console than text"
    jmp     .next
.request:
    test    cl, 1
    jnz     .next
    mov     cx, [gs:bx + 4]
    shr     cx, 2
    mov     di, 2               ; of its words, the first two are known
.each:
    cmp     di, cx
    jae     .next
    shl     di, 2
    mov     eax, [gs:bx + di]
    shr     di, 2
    inc     di
    cmp     eax, 31
    ja      .not_offered
    bt      dword [offered], eax
    jc      .each
.not_offered:
    refuse  "the kernel wants information tag #: not known"
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
PT_LOAD equ 1

; Calls BX with SI at each program header of something to be loaded.
for_each_segment:
    mov     si, SEGMENTS
    mov     cx, [segments]
.next:
    cmp     dword [si + phdr.type], PT_LOAD
    jne     .skip
    mov     eax, [si + phdr.memsz]
    or      eax, [si + phdr.memsz + 4]
    jz      .skip
    pusha
    call    bx
    popa
.skip:
    add     si, phdr_size
    loop    .next
    ret

; Is the segment at SI inside its file, inside available memory, and not
; on the loader? Sets entry, if _start is in it.
check_segment:
    mov     bx, si
    mov     eax, [bx + phdr.memsz]
    mov     edx, [bx + phdr.memsz + 4]
    add     eax, [bx + phdr.paddr]
    adc     edx, [bx + phdr.paddr + 4]
    jc      .beyond
    jz      .below
.beyond:
    refuse  "a segment ends beyond 4 GiB: at #"
.below:
    mov     ecx, eax            ; its end
    mov     eax, [bx + phdr.filesz]
    mov     edx, [bx + phdr.filesz + 4]
    test    edx, edx
    jnz     .longer
    cmp     eax, [bx + phdr.memsz]
    jbe     .shorter
.longer:
    refuse  "a segment is longer in the file than in memory: #"
.shorter:
    add     eax, [bx + phdr.offset]
    adc     edx, [bx + phdr.offset + 4]
    jc      .outside
    jnz     .outside
    cmp     eax, KERNEL_SIZE
    jbe     .inside
.outside:
    refuse  "a segment ends outside of the kernel's file: at #"
.inside:
    mov     eax, [bx + phdr.paddr]
    cmp     eax, LOADER_END
    refuse_if b, "a segment would lie on the loader: at #"
    call    check_available
    mov     eax, [entry_address]
    sub     eax, [bx + phdr.vaddr]
    jb      .done
    cmp     eax, [bx + phdr.memsz]
    jae     .done
    add     eax, [bx + phdr.paddr]
    mov     [entry], eax
.done:
    ret

; Is all memory from EAX to ECX available? No entry of another kind may
; reach into it, and those of available memory must leave no gap.
check_available:
    pushad
    mov     di, [map]
.other:
    cmp     dword [di + map_entry.type], AVAILABLE
    je      .next_other
    call    get_entry
    jc      .next_other
    cmp     ebp, ecx            ; it starts past the end
    jae     .next_other
    cmp     edx, eax            ; it ends before the start
    jbe     .next_other
    cmp     ebp, eax
    jb      .not_available
    mov     eax, ebp            ; the first address of it
    jmp     .not_available
.next_other:
    add     di, map_entry_size
    cmp     di, [map.end]
    jb      .other
.again:                         ; now EAX rises as far as it can
    mov     di, [map]
.next:
    cmp     dword [di + map_entry.type], AVAILABLE
    jne     .skip
    call    get_entry
    jc      .skip
    cmp     ebp, eax
    ja      .skip
    cmp     edx, eax
    jbe     .skip
    mov     eax, edx
    cmp     eax, ecx
    jb      .again
    popad
    ret
.skip:
    add     di, map_entry_size
    cmp     di, [map.end]
    jb      .next
.not_available:
    xor     edx, edx
    refuse  "the memory for the kernel is not available: from # on"

; EBP = the start and EDX = the end of the map's entry at DI, or
; 4 GiB - 1 if it reaches that far. Carry: it starts beyond.
get_entry:
    cmp     dword [di + map_entry.base + 4], 1
    cmc
    jc      .done
    mov     ebp, [di + map_entry.base]
    mov     edx, ebp
    push    eax
    add     edx, [di + map_entry.length]
    mov     eax, [di + map_entry.length + 4]
    adc     eax, 0
    jz      .below
    mov     edx, -1
.below:
    pop     eax
    clc
.done:
    ret

; Loads the segment at SI, chunk by chunk, and clears the rest of it.
load_segment:
    mov     bp, si
    mov     edi, [bp + phdr.paddr]
    mov     ebx, [bp + phdr.filesz] ; what is left of the file's part
    mov     edx, [bp + phdr.offset]
.next:
    test    ebx, ebx
    jz      .clear
    mov     eax, edx
    shr     eax, 9
    push    edx
    call    read_chunk
    pop     edx
    movzx   esi, dx
    and     si, SECTOR_SIZE - 1 ; where it starts in the chunk
    sub     ecx, esi
    cmp     ecx, ebx
    jbe     .copy
    mov     ecx, ebx
.copy:
    sub     ebx, ecx
    add     edx, ecx
    call    open_high_memory
    a32 gs rep movsb            ; from GS:ESI to ES:EDI
    call    close_high_memory
    jmp     .next
.clear:
    mov     ecx, [bp + phdr.memsz]
    sub     ecx, [bp + phdr.filesz]
    call    open_high_memory
    xor     al, al
    a32 rep stosb
    call    close_high_memory
    ret

; In real mode, a segment has a limit of 64 KiB. But the CPU keeps the
; limit that was last loaded in protected mode (Intel SDM vol. 3A, 10.9,
; "Switching Back to Real-Address Mode"). So go there for a moment, and
; load ES: then ES:EDI reaches all 4 GiB. Interrupts wait meanwhile, and
; a BIOS call may undo it.
open_high_memory:
    cli
    push    eax
    lgdt    [gdt_pointer]
    mov     eax, cr0
    or      al, 1               ; CR0.PE
    mov     cr0, eax
    jmp     short .protected
.protected:
    mov     ax, gdt.data - gdt
    mov     es, ax
    mov     eax, cr0
    and     al, 0xFE
    mov     cr0, eax
    jmp     short .real
.real:
    pop     eax
    ret

close_high_memory:
    push    word 0
    pop     es
    sti
    ret

; ---- the kernel's turn (Multiboot2 3.3) ----

start_kernel:
    cli
    lgdt    [gdt_pointer]
    mov     eax, cr0
    or      al, 1
    mov     cr0, eax
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
align 8
gdt:
    dq      0
.code:
    dq      0x00CF9A000000FFFF  ; 32 bits, execute and read
.data:
    dq      0x00CF92000000FFFF  ; read and write
.end:
gdt_pointer:
    dw      gdt.end - gdt - 1
    dd      gdt

segments:      dw 0             ; how many program headers
entry_address: dd 0             ; of _start, as the file says
entry:         dd 0             ; where that is in memory
map:           dw 0             ; the memory map's first entry
.end:          dw 0             ; and the end of its last

; Header tags (3.1).
HEADER_TAG_REQUEST     equ 1
HEADER_TAG_CONSOLE     equ 4
HEADER_TAG_FRAMEBUFFER equ 5
HEADER_TAG_ALIGN       equ 6
; Tags of the information that a kernel may ask for, as bits.
offered: dd (1 << 1) | (1 << 2) | (1 << 4) | (1 << 6) | (1 << 8)

; How the information starts: what is known before the machine is.
align 8
fixed_tags:
    dd      0, 0
.line:
    dd      1, .line_end - .line ; 3.6.5: the command line
    incbin  COMMAND_LINE
    db      0
.line_end:
    align   8, db 0
.name:
    dd      2, .name_end - .name ; 3.6.9: the loader's name
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
    db      16, 2               ; bits; EGA text
    dw      0
fixed_tags.end:

; ---- the rest of the disk ----

    align   SECTOR_SIZE, db 0
LOADER_SECTORS equ ($ - $$) / SECTOR_SIZE - 1
%if LOADER + LOADER_SECTORS * SECTOR_SIZE > INFORMATION
    %error The loader is too long
%endif

%if LOWEST < LOADER_END
    %assign KIB LOADER_END / 1024
    %error The kernel starts at LOWEST: the loader needs the first KIB KiB
%endif

KERNEL_SECTOR equ LOADER_SECTORS + 1
kernel:
    incbin  KERNEL
KERNEL_SIZE equ $ - kernel
KERNEL_SECTORS equ (KERNEL_SIZE + SECTOR_SIZE - 1) / SECTOR_SIZE

; SeaBIOS finds no disk of less than a cylinder on AHCI and USB.
CYLINDER equ 16 * 63 * SECTOR_SIZE
    times   (CYLINDER - ($ - $$) % CYLINDER) % CYLINDER db 0
