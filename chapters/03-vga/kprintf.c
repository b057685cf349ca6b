/* kprintf.c - turns a format and its arguments into characters. */
#include <kprintf.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <console.h>

/* One conversion of the format, such as %-8.3s or %08lx. */
struct conversion {
    bool left;        /* `-` */
    bool zeros;       /* `0` */
    bool is_64_bit;   /* l, ll and z all say the same on x86-64 */
    size_t width;     /* the fewest characters */
    size_t precision; /* for %s: the most characters */
    char type;        /* the letter at the end */
};

/* The longest number: the 20 digits of 2^64 - 1. */
enum { MAX_DIGITS = 20 };

static void put_repeated(char c, size_t count)
{
    while (count-- > 0)
        console_put(c);
}

/* Prints a prefix and a text as one field, at least as wide as asked
 * for. Zeros go between the two, so that a number's sign stays in
 * front. */
static void put_field(const struct conversion *conversion,
                      const char *prefix, const char *text,
                      size_t length)
{
    size_t used = length;
    size_t padding = 0;

    for (const char *p = prefix; *p != '\0'; p++)
        used++;
    if (used < conversion->width)
        padding = conversion->width - used;

    if (!conversion->left && !conversion->zeros)
        put_repeated(' ', padding);
    while (*prefix != '\0')
        console_put(*prefix++);
    if (!conversion->left && conversion->zeros)
        put_repeated('0', padding);
    for (size_t i = 0; i < length; i++)
        console_put(text[i]);
    if (conversion->left)
        put_repeated(' ', padding);
}

static void put_string(const struct conversion *conversion,
                       const char *string)
{
    size_t length = 0;

    if (string == NULL)
        string = "(null)";
    /* The precision first: what lies beyond it need not be readable. */
    while (length < conversion->precision && string[length] != '\0')
        length++;
    put_field(conversion, "", string, length);
}

static void put_unsigned(const struct conversion *conversion,
                         const char *prefix, uint64_t value,
                         unsigned base)
{
    const char *digits = conversion->type == 'X' ? "0123456789ABCDEF"
                                                 : "0123456789abcdef";
    char text[MAX_DIGITS];
    size_t start = MAX_DIGITS;

    do { /* from the last digit to the first */
        text[--start] = digits[value % base];
        value /= base;
    } while (value != 0);
    put_field(conversion, prefix, &text[start], MAX_DIGITS - start);
}

static void put_signed(const struct conversion *conversion,
                       int64_t value)
{
    /* 0 - value, unsigned, is right even for INT64_MIN. */
    if (value < 0)
        put_unsigned(conversion, "-", 0 - (uint64_t)value, 10);
    else
        put_unsigned(conversion, "", (uint64_t)value, 10);
}

/* Prints one conversion with the next argument. Returns false, and
 * takes no argument, if there is no such conversion. */
static bool put_conversion(const struct conversion *conversion,
                           va_list *arguments)
{
    const bool is_64_bit = conversion->is_64_bit;
    char c;

    switch (conversion->type) {
    case '%':
        console_put('%');
        return true;
    case 'c':
        c = (char)va_arg(*arguments, int);
        put_field(conversion, "", &c, 1);
        return true;
    case 's':
        put_string(conversion, va_arg(*arguments, const char *));
        return true;
    case 'p':
        put_unsigned(conversion, "0x",
                     (uintptr_t)va_arg(*arguments, const void *), 16);
        return true;
    case 'd':
    case 'i':
        put_signed(conversion, is_64_bit ? va_arg(*arguments, int64_t)
                                         : va_arg(*arguments, int));
        return true;
    case 'u':
    case 'x':
    case 'X':
        put_unsigned(conversion, "",
                     is_64_bit ? va_arg(*arguments, uint64_t)
                               : va_arg(*arguments, unsigned),
                     conversion->type == 'u' ? 10 : 16);
        return true;
    default:
        return false;
    }
}

static size_t read_number(const char **format)
{
    size_t number = 0;

    for (; **format >= '0' && **format <= '9'; (*format)++)
        number = number * 10 + (size_t)(**format - '0');
    return number;
}

/* Reads what follows a '%', and moves *format past it. */
static struct conversion read_conversion(const char **format)
{
    struct conversion conversion;

    conversion.left = conversion.zeros = conversion.is_64_bit = false;
    conversion.precision = SIZE_MAX;
    for (; **format == '-' || **format == '0'; (*format)++) {
        if (**format == '-')
            conversion.left = true;
        else
            conversion.zeros = true;
    }
    conversion.width = read_number(format);
    if (**format == '.') {
        (*format)++;
        conversion.precision = read_number(format);
    }
    for (; **format == 'l' || **format == 'z'; (*format)++)
        conversion.is_64_bit = true;
    conversion.type = **format;
    if (conversion.type != '\0')
        (*format)++;
    return conversion;
}

void kvprintf(const char *format, va_list arguments)
{
    /* va_list may be an array type, so `&arguments` has the wrong type:
     * copy it to a local. */
    va_list next;

    va_copy(next, arguments);
    while (*format != '\0') {
        if (*format != '%') {
            console_put(*format++);
            continue;
        }
        const char *rest = format++;
        struct conversion conversion = read_conversion(&format);
        if (!put_conversion(&conversion, &next)) {
            while (*rest != '\0')
                console_put(*rest++);
            break;
        }
    }
    va_end(next);
    console_flush();
}

void kprintf(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    kvprintf(format, arguments);
    va_end(arguments);
}
