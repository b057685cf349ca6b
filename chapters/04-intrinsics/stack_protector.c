/* stack_protector.c - what SANITIZE=stack needs: each function
 * with an array keeps a copy of the guard above it, and compares the
 * two before it returns. */
#include <stdint.h>

#include <panic.h>

/* The lowest byte is 0: a string that overflows cannot write this value
 * and go on past it. */
extern const uintptr_t __stack_chk_guard;
const uintptr_t __stack_chk_guard = 0x595E9FBD94FDA700;

_Noreturn void __stack_chk_fail(void);

/* Called when the copy of the guard has changed. All that is known is
 * the address of the last byte of the call: `make run` and
 * `make disasm` say which function that is in. */
void __stack_chk_fail(void)
{
    panic("An array on the stack has overflowed, in the code at %p.",
          (const char *)__builtin_return_address(0) - 1);
}
