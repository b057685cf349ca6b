/* fortify.h - memory functions that know where objects end. A file that
 * includes it instead of memory.h has its calls checked.
 *
 * If a constant size goes beyond the end of an object, the call does
 * not compile. If a variable size does, the call panics with its file
 * and line, before a byte is read or written. If the compiler does not
 * know the end, as with a pointer from elsewhere, nothing is checked.
 */
#ifndef FORTIFY_H
#define FORTIFY_H

#include <memory.h>
#include <panic.h>

/* The bytes from a pointer to its object's end; (size_t)-1 if the
 * compiler does not know. The dynamic one also finds an end known only
 * at run time (GCC manual, "Object Size Checking"). The pointer is not
 * evaluated. */
#if __has_builtin(__builtin_dynamic_object_size)
#define ROOM_AT(pointer) __builtin_dynamic_object_size(pointer, 0)
#else
#define ROOM_AT(pointer) __builtin_object_size(pointer, 0)
#endif

/* With -O0 the compiler keeps even branches that are never taken, and a
 * call in one would be an error: leave all overflows to the panic. */
#ifdef __OPTIMIZE__
#define IS_CONSTANT(size) __builtin_constant_p(size)
#else
#define IS_CONSTANT(size) 0
#endif

/* These functions do not exist: compiling a call to one is an error. */
#define FORTIFY_ERROR(function)                                        \
    void function##_goes_beyond_an_object(void)                        \
        __attribute__((error(#function "() goes beyond the end of "    \
                                       "an object")))
FORTIFY_ERROR(memcpy);
FORTIFY_ERROR(memmove);
FORTIFY_ERROR(memset);
FORTIFY_ERROR(memcmp);
FORTIFY_ERROR(bcmp);

/* constant is the size as the caller wrote it, size the variable that
 * holds it. Without a known end, both comparisons are always false, and
 * the compiler drops them. */
#define FORTIFY(function, object, constant, size)                      \
    do {                                                               \
        if (IS_CONSTANT(constant) && (constant) > ROOM_AT(object))     \
            function##_goes_beyond_an_object();                        \
        if ((size) > ROOM_AT(object))                                  \
            panic(#function "() of %zu bytes, but the object ends "    \
                            "after %zu.",                              \
                  (size), ROOM_AT(object));                            \
    } while (0)

#define FORTIFIED_2(function, left, right, size)                       \
    ({                                                                 \
        size_t function##_size = (size);                               \
        FORTIFY(function, left, size, function##_size);                \
        FORTIFY(function, right, size, function##_size);               \
        function(left, right, function##_size);                        \
    })

/* Inside a macro, its own name is not expanded: it is the function. */
#define memcpy(to, from, size)    FORTIFIED_2(memcpy, to, from, size)
#define memmove(to, from, size)   FORTIFIED_2(memmove, to, from, size)
#define memcmp(left, right, size) FORTIFIED_2(memcmp, left, right, size)
#define bcmp(left, right, size)   FORTIFIED_2(bcmp, left, right, size)
#define memset(to, value, size)                                        \
    ({                                                                 \
        size_t memset_size = (size);                                   \
        FORTIFY(memset, to, size, memset_size);                        \
        memset(to, value, memset_size);                                \
    })

#endif
