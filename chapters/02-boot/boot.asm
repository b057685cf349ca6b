; boot.asm - from the loader's 32-bit protected mode to C in long mode.
;
; The loader leaves its magic in EAX and the address of the Multiboot2
; information in EBX. Segments are flat, 4 GiB each, and paging is off
; (Multiboot2 section 3.3). "ABI" is the System V ABI, AMD64 supplement.

%include "addresses.inc"
%include "multiboot2.inc"
%include "registers.inc"
%include "uart.inc"

global _start
extern kernel_main

section .text
bits 32

_start:
    cld                         ; C expects the direction flag clear
    mov     esp, stack_top
    mov     edi, ebx            ; kernel_main's argument (ABI 3.2.3)
    mov     esi, eax            ; the loader's magic
    call    init_com1
    call    require_multiboot2
    call    require_cpuid
    call    require_long_mode
    call    map_first_gib
    call    enter_long_mode
    lgdt    [gdt_pointer]
    jmp     gdt.code:start_64   ; loads CS: from here on 64-bit code

; ---- what the machine must have: each check returns, or refuses ----

require_multiboot2:
    mov     ebx, message_multiboot2
    cmp     esi, MULTIBOOT2_LOADER_MAGIC
    jne     refuse
    ret

; A CPU has CPUID if the ID bit of EFLAGS can be changed (Intel SDM
; vol. 1, 3.4.3.3).
require_cpuid:
    mov     ebx, message_cpuid
    pushfd
    pop     eax
    mov     ecx, eax            ; ECX = EFLAGS as they were
    xor     eax, EFLAGS_ID
    push    eax
    popfd
    pushfd
    pop     eax                 ; EAX = EFLAGS, ID changed or not
    push    ecx
    popfd
    cmp     eax, ecx
    je      refuse
    ret

; Long mode and no-execute pages are two bits of one CPUID leaf.
require_long_mode:
    mov     eax, CPUID_MAX_EXTENDED
    cpuid                       ; changes EBX, ECX, and EDX too
    mov     ebx, message_long_mode
    cmp     eax, CPUID_EXTENDED
    jb      refuse
    mov     eax, CPUID_EXTENDED
    cpuid
    mov     ebx, message_long_mode
    test    edx, CPUID_EDX_LM
    jz      refuse
    mov     ebx, message_no_execute
    test    edx, CPUID_EDX_NX
    jz      refuse
    ret

; Shows the text at EBX on an empty screen and on COM1, then halts for
; good.
refuse:
    mov     edi, VGA_TEXT
    mov     ecx, VGA_COLUMNS * VGA_ROWS
    mov     ax, 0x0720          ; a blank, light gray on black
    rep     stosw
    mov     edi, VGA_TEXT
.character:
    mov     al, [ebx]
    test    al, al
    jz      .halt
    mov     ah, 0x4F            ; white on red
    stosw
    call    send_to_com1
    inc     ebx
    jmp     .character
.halt:
    cli
    hlt
    jmp     .halt

; ---- the serial port, for this file and for serial.c ----

init_com1:
    mov     al, UART_DLAB
    mov     dx, COM1 + UART_LINE_CONTROL
    out     dx, al
    mov     al, UART_115200
    mov     dx, COM1 + UART_DIVISOR_LOW
    out     dx, al
    xor     al, al
    mov     dx, COM1 + UART_DIVISOR_HIGH
    out     dx, al
    mov     al, UART_8N1
    mov     dx, COM1 + UART_LINE_CONTROL
    out     dx, al
    xor     al, al              ; no interrupts: the kernel polls
    mov     dx, COM1 + UART_INTERRUPT_ENABLE
    out     dx, al
    mov     al, UART_FIFO_ON
    mov     dx, COM1 + UART_FIFO_CONTROL
    out     dx, al
    ret

; Sends AL. Without a UART, its ports read as 0xFF, which ends the loop
; at once.
send_to_com1:
    mov     ah, al
    mov     dx, COM1 + UART_LINE_STATUS
.wait:
    in      al, dx
    test    al, UART_CAN_SEND
    jz      .wait
    mov     al, ah
    mov     dx, COM1 + UART_DATA
    out     dx, al
    ret

; ---- from 32 to 64 bits ----

; Maps each address of the first GiB to itself, in 512 pages of 2 MiB.
; The loader has zeroed .bss, so all other entries say "not present".
map_first_gib:
    mov     dword [boot_pml4], boot_pdpt + (PTE_PRESENT | PTE_WRITABLE)
    mov     dword [boot_pdpt], boot_pd + (PTE_PRESENT | PTE_WRITABLE)
    mov     eax, PTE_PRESENT | PTE_WRITABLE | PTE_LARGE
    xor     ecx, ecx
.entry:
    mov     [boot_pd + ecx * 8], eax
    add     eax, LARGE_PAGE
    inc     ecx
    cmp     ecx, MAPPED_SIZE / LARGE_PAGE
    jne     .entry
    ret

; The order is the manual's (SDM vol. 3A, "Initializing IA-32e Mode"):
; PAE, CR3, EFER, then paging.
enter_long_mode:
    mov     eax, cr4
    and     eax, ~CR4_LA57      ; a loader may leave it set
    or      eax, CR4_PAE
    mov     cr4, eax
    mov     eax, boot_pml4
    mov     cr3, eax
    mov     ecx, MSR_EFER
    rdmsr
    or      eax, EFER_LME | EFER_NXE
    wrmsr
    mov     eax, cr0
    or      eax, CR0_PG
    mov     cr0, eax            ; long mode, but still 32-bit code
    ret

bits 64
start_64:
    mov     ax, gdt.data
    mov     ss, ax
    mov     ds, ax
    mov     es, ax
    mov     fs, ax
    mov     gs, ax
    mov     edi, edi            ; writing the lower half clears the
    mov     esp, esp            ; upper half, undefined until now
    xor     ebp, ebp            ; the end of the chain of stack frames
    call    kernel_main         ; RSP is 16-byte aligned (ABI 3.2.2)
.halt:                          ; if kernel_main ever returns
    cli
    hlt
    jmp     .halt

section .rodata

; In 64-bit mode the CPU ignores a segment's base and limit (SDM vol.
; 3A, 3.2.4): what counts is its type. The "accessed" bit is set, so
; that the CPU never writes to this read-only table.
gdt:
    dq      0                   ; selector 0 is never used
.code:  equ     $ - gdt
    dw      0, 0
    db      0, 0b10011011, 0b00100000, 0 ; code, readable; L: 64-bit
.data:  equ     $ - gdt
    dw      0, 0
    db      0, 0b10010011, 0, 0 ; data, writable
.end:

gdt_pointer:
    dw      gdt.end - gdt - 1   ; the limit is the last byte's offset
    dd      gdt

message_multiboot2:
    db      "This kernel must be started by a Multiboot2 loader, "
    db      "such as GRUB.", 0
message_cpuid:
    db      "This kernel needs a 64-bit CPU: "
    db      "this one has no CPUID instruction.", 0
message_long_mode:
    db      "This kernel needs a 64-bit CPU: "
    db      "this one has no long mode.", 0
message_no_execute:
    db      "This kernel needs a CPU with no-execute pages (NX): "
    db      "this one reports none.", 0

section .bss nobits alloc noexec write align=PAGE_SIZE

boot_pml4:   resb PAGE_SIZE
boot_pdpt:   resb PAGE_SIZE
boot_pd:     resb PAGE_SIZE

; A stack grows down. paging.c leaves stack_guard unmapped: a stack
; that outgrows its 16 KiB causes a page fault, and overwrites nothing.
global stack_guard
stack_guard: resb PAGE_SIZE
             resb STACK_SIZE
stack_top:
