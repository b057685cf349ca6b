/* panic.h - the end, when the kernel cannot go on. */
#ifndef PANIC_H
#define PANIC_H

#include <stdbool.h>

/* Shows a message, and the file and line of the call, on a red screen
 * and on COM1, and halts with interrupts off. It can be called from
 * anywhere, even in the middle of a print. The arguments are kprintf's.
 * It does not return. */
#define panic(...) panic_at(__FILE__, __LINE__, __VA_ARGS__)

_Noreturn void panic_at(const char *file, int line, const char *format,
                        ...) __attribute__((format(printf, 3, 4)));

/* The two halves of a panic, for one with more to say than a line: what
 * is printed between them is part of it.
 *
 * panic_begin turns interrupts off, and begins a red screen. It returns
 * false if a panic has begun before: then it has done nothing else, and
 * what is on the screen should stay there. panic_has_begun only says
 * whether one has. */
bool panic_begin(void);
bool panic_has_begun(void);
_Noreturn void panic_end(void);

#endif
