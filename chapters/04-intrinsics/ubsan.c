/* ubsan.c - the functions that -fsanitize=undefined calls when it finds
 * undefined behavior. They panic with the file and line that caused it.
 *
 * Each gets a pointer to a structure that begins with a place in the
 * source, and values that most of them do not need. Source: LLVM's
 * runtime, compiler-rt/lib/ubsan, whose names and structures GCC
 * shares. */
#include <stdint.h>

#include <panic.h>

struct place {
    const char *file;
    uint32_t line;
    uint32_t column;
};

struct type_mismatch {
    struct place place;
    const void *type;
    uint8_t log_alignment;
    uint8_t access;
};

/* Turns "../04-intrinsics/kernel.c" into "04-intrinsics/kernel.c". */
static const char *chapter_path(const char *path)
{
    while (path[0] == '.' && path[1] == '.' && path[2] == '/')
        path += 3;
    return path;
}

static _Noreturn void undefined(const struct place *place,
                                const char *what)
{
    panic_at(chapter_path(place->file), (int)place->line,
             "Undefined behavior: %s.", what);
}

/* The names are the compiler's, and reserved for it. */
#define HANDLER(name, what)                                            \
    void __ubsan_handle_##name(const struct place *place);             \
    void __ubsan_handle_##name(const struct place *place)              \
    {                                                                  \
        undefined(place, what);                                        \
    }

HANDLER(add_overflow, "an addition overflows")
HANDLER(sub_overflow, "a subtraction overflows")
HANDLER(mul_overflow, "a multiplication overflows")
HANDLER(negate_overflow, "a negation overflows")
HANDLER(divrem_overflow, "a division by zero, or one that overflows")
HANDLER(shift_out_of_bounds, "a shift by too many bits, or of a "
                             "negative number")
HANDLER(pointer_overflow, "a pointer leaves the address space")
HANDLER(load_invalid_value, "a bool or an enum has an impossible value")
HANDLER(builtin_unreachable, "a line that cannot be reached is reached")
HANDLER(vla_bound_not_positive, "an array has no length")
HANDLER(nonnull_arg, "an argument must not be a null pointer")
HANDLER(invalid_builtin, "an argument must not be zero")
HANDLER(alignment_assumption, "a pointer is not aligned as promised")
HANDLER(function_type_mismatch, "a function is called by a pointer of "
                                "another type")

void __ubsan_handle_out_of_bounds(const struct place *place,
                                  uintptr_t index);
void __ubsan_handle_out_of_bounds(const struct place *place,
                                  uintptr_t index)
{
    panic_at(chapter_path(place->file), (int)place->line,
             "Undefined behavior: index %ld is out of bounds.",
             (long)index);
}

void __ubsan_handle_type_mismatch_v1(const struct type_mismatch *data,
                                     uintptr_t pointer);
void __ubsan_handle_type_mismatch_v1(const struct type_mismatch *data,
                                     uintptr_t pointer)
{
    uintptr_t alignment = (uintptr_t)1 << data->log_alignment;

    if (pointer == 0)
        undefined(&data->place, "a null pointer is used");
    else if (pointer % alignment != 0)
        undefined(&data->place,
                  "a pointer is not aligned for its type");
    else
        undefined(&data->place, "an object is too small for its type");
}

void __ubsan_handle_nonnull_return_v1(const void *data,
                                      const struct place *place);
void __ubsan_handle_nonnull_return_v1(const void *data,
                                      const struct place *place)
{
    (void)data;
    undefined(place, "a function must not return a null pointer");
}
