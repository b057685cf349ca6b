; start.asm - puts the kernel where it belongs, and starts it.

bits 32

PT_LOAD equ 1                   ; a segment to be loaded

load_segments:
    mov     esi, [KERNEL + E_PHOFF]
    add     esi, KERNEL
    movzx   ecx, word [KERNEL + E_PHNUM]
.next:
    cmp     dword [esi + P_TYPE], PT_LOAD
    jne     .skip
    push    esi
    push    ecx
    mov     edi, [esi + P_PADDR]
    mov     ecx, [esi + P_FILESZ]
    mov     edx, [esi + P_MEMSZ]
    sub     edx, ecx            ; the rest is not in the file
    mov     esi, [esi + P_OFFSET]
    add     esi, KERNEL
    rep     movsb               ; copies ECX bytes from ESI to EDI
    mov     ecx, edx
    xor     eax, eax
    rep     stosb               ; stores AL in ECX bytes from EDI on
    pop     ecx
    pop     esi
.skip:
    add     esi, P_SIZE
    loop    .next
    ret

start_kernel:
    mov     eax, 0x36D76289     ; "a Multiboot2 loader started you"
    mov     ebx, INFORMATION
    jmp     [KERNEL + E_ENTRY]
