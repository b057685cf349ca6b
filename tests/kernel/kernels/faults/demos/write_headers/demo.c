/* demo.c - writes to the kernel's ELF header. */
#include <demo.h>

#include <faults.h>

extern const uint8_t __ehdr_start;

void demo_run(void)
{
    write_to(UNKNOWN(&__ehdr_start));
}
