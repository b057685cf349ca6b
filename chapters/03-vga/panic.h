/* panic.h - the end, when the kernel cannot go on. */
#ifndef PANIC_H
#define PANIC_H

/* Shows a message, and the file and line of the call, on a red screen
 * and on COM1, and halts with interrupts off. It can be called from
 * anywhere, even in the middle of a print. The arguments are kprintf's.
 * It does not return. */
#define panic(...) panic_at(__FILE__, __LINE__, __VA_ARGS__)

_Noreturn void panic_at(const char *file, int line, const char *format,
                        ...) __attribute__((format(printf, 3, 4)));

#endif
