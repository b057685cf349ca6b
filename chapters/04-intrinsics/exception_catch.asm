; exception_catch.asm - calls a function that may fault, and comes back
; if it does.

global exceptions_catch, exceptions_recover, recovery_stack

section .text
bits 64

; bool exceptions_catch(void (*function)(void *), void *argument): see
; exceptions.h. The registers that a function must preserve (ABI 3.2.1)
; are saved on the stack, and recovery_stack says where.
exceptions_catch:
    push    rbx
    push    rbp
    push    r12
    push    r13
    push    r14
    push    r15
    push    qword [recovery_stack]  ; of an enclosing call, or 0
    mov     [recovery_stack], rsp
    mov     rax, rdi
    mov     rdi, rsi
    call    rax
    xor     eax, eax                ; nothing was caught
.return:
    pop     qword [recovery_stack]
    pop     r15
    pop     r14
    pop     r13
    pop     r12
    pop     rbp
    pop     rbx
    ret

; Where exception_handle sends the CPU, with RSP = recovery_stack.
exceptions_recover:
    cld                             ; the failed code may have set DF
    mov     eax, 1
    jmp     exceptions_catch.return

section .bss nobits alloc noexec write align=8

; The stack pointer to go back to; 0 while no exception is expected.
recovery_stack: resq 1
