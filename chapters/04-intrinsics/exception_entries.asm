; exception_entries.asm - where the CPU goes when it raises an
; exception, and the way from there to C.

%include "vectors.inc"

global exception_entries
extern exception_handle

section .text
bits 64

; One entry for each vector, ENTRY_SIZE bytes apart. Where the CPU
; pushes no error code, a 0 takes its place, so that C always sees the
; same layout.
align ENTRY_SIZE
exception_entries:
%assign vector 0
%rep EXCEPTIONS
    align   ENTRY_SIZE
%if !(WITH_ERROR_CODE >> vector & 1)
    push    0
%endif
    push    vector
    jmp     save_registers
%assign vector vector + 1
%endrep

; Completes a struct exception on the stack, from its end to its start.
; The CPU aligns RSP to 16 before it pushes; 24 words keep it aligned
; (SDM vol. 3A, "64-Bit Mode Stack Frame").
save_registers:
    push    rax
    push    rbx
    push    rcx
    push    rdx
    push    rsi
    push    rdi
    push    rbp
    push    r8
    push    r9
    push    r10
    push    r11
    push    r12
    push    r13
    push    r14
    push    r15
    mov     rax, cr2            ; before another page fault changes it
    push    rax
    mov     rdi, rsp            ; exception_handle's argument
    sub     rsp, 8              ; the 24th word
    cld
    call    exception_handle    ; returns only if this exception is to
    add     rsp, 8 + 8          ; be caught; CR2 is not restored
    pop     r15
    pop     r14
    pop     r13
    pop     r12
    pop     r11
    pop     r10
    pop     r9
    pop     r8
    pop     rbp
    pop     rdi
    pop     rsi
    pop     rdx
    pop     rcx
    pop     rbx
    pop     rax
    add     rsp, 8 + 8          ; the vector and the error code
    iretq
