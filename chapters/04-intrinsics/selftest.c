/* selftest.c - the kernel tests its own memory functions, as they were
 * built and where they run. */
#include <selftest.h>

#include <stddef.h>

#include <console.h>
#include <exceptions.h>
#include <kprintf.h>
#include <memory_tests.h>

static const struct {
    const char *name;
    bool (*passes)(void);
} tests[] = {
    {"memcpy copies 0 to 80 bytes, all alignments", memcpy_copies},
    {"memmove moves up and down, all overlaps", memmove_moves},
    {"memset fills with the low 8 bits", memset_fills},
    {"memcmp finds the first byte that differs", memcmp_compares},
    {"bcmp finds any byte that differs", bcmp_compares},
    {"a size of 0 touches nothing", size_0_touches_nothing},
    {"no byte too many is touched, next to unmapped pages",
     no_byte_too_many},
    {"a byte too many is a page fault, and is caught",
     byte_too_many_faults},
    {"rep movsb, rep stosb and repe cmpsb do the same",
     rep_does_the_same},
    {"a struct of 12000 bytes is copied", large_struct_is_copied},
};

enum { COUNT = sizeof tests / sizeof tests[0] };

static size_t passed;

static void print_fault(const struct exception *fault)
{
    if (fault->rip == fault->cr2)
        kprintf("          page fault: it jumped to 0x%lx\n",
                fault->rip);
    else
        kprintf("          page fault at 0x%lx, in the code at 0x%lx\n",
                fault->cr2, fault->rip);
}

/* What exceptions_catch calls for a test. */
static void run_test(void *number)
{
    if (tests[*(const size_t *)number].passes())
        passed++;
}

void selftest_run(void)
{
    passed = 0;
    for (size_t i = 0; i < COUNT; i++) {
        const size_t passed_before = passed;
        bool faults = exceptions_catch(run_test, &i);
        bool passes = passed > passed_before;
        /* White on red is what `make run` takes for a failure. */
        console_color(passes ? LIGHT_GREEN : WHITE,
                      passes ? BLACK : RED);
        kprintf("  %-6s", passes ? "ok" : "FAILED");
        console_color(LIGHT_GRAY, BLACK);
        kprintf("  %s\n", tests[i].name);
        if (faults)
            print_fault(exceptions_caught());
    }
    kprintf("\n  %zu passed, %zu failed\n", passed, COUNT - passed);
}

bool selftest_passed(void)
{
    return passed == COUNT;
}
