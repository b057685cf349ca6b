/* kprintf.h - formatted text, on the screen and on COM1. */
#ifndef KPRINTF_H
#define KPRINTF_H

#include <stdarg.h>

/* Prints like the C library's printf (C11, 7.21.6.1). It understands
 *
 *   %c %s %d %i %u %x %X %p %%   with the sizes l, ll and z,
 *   a minimum width, `-` to align left, `0` to pad with zeros,
 *   and for %s a precision: the most characters to read. That of a
 *   number is ignored.
 *
 * A NULL for %s prints "(null)"; %p prints 0x and hexadecimal digits.
 * The compiler compares the arguments with the format. At an unknown
 * conversion it prints the rest verbatim, because the argument's size
 * is unknown. */
void kprintf(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* The same, with the arguments as a va_list. */
void kvprintf(const char *format, va_list arguments)
    __attribute__((format(printf, 1, 0)));

#endif
