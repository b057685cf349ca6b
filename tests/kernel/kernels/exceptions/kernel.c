/* kernel.c - raises the exception that its image names. */
#include <stddef.h>
#include <stdint.h>

#include <cpu.h>
#include <exceptions.h>
#include <kernel.h>
#include <panic.h>
#include <prepare_memory.h>
#include <provoke.h>
#include <title.h>

/* A test writes a name over the blanks. volatile: the compiler must not
 * know them. */
static const volatile char wanted[] =
    "PROVOKE:                        ";

void kernel_main(uintptr_t info_address)
{
    char name[sizeof wanted];
    size_t size = 0;

    exceptions_init();
    const char *problem = prepare_memory(info_address);
    print_title("a kernel with a mistake");
    if (problem != NULL)
        panic("%s", problem);
    for (size_t i = sizeof "PROVOKE:" - 1; wanted[i] != ' '; i++)
        name[size++] = wanted[i];
    name[size] = '\0';
    provoke(name);
    halt_forever();
}
