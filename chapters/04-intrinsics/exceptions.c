/* exceptions.c - decides what becomes of an exception: somebody has
 * asked to catch it, or the kernel panics. */
#include <exceptions.h>

#include <stddef.h>

#include <console.h>
#include <cpu.h>
#include <descriptor_tables.h>
#include <exception_report.h>
#include <kprintf.h>
#include <panic.h>
#include <vectors.h>

/* exception_entries.asm */
extern const uint8_t exception_entries[], exceptions_recover[];
extern uint64_t recovery_stack;
void exception_handle(struct exception *exception);

static struct exception caught;

/* Takes an exception to exceptions_recover, if it is one to catch. */
static bool recovers(struct exception *exception)
{
    if (exception->vector != VECTOR_PAGE_FAULT || recovery_stack == 0)
        return false;
    caught = *exception;
    exception->rip = (uintptr_t)exceptions_recover;
    exception->rsp = recovery_stack;
    return true;
}

/* The least that can be said of an exception, for when its report is
 * what fails. */
static void print_numbers(const struct exception *exception)
{
    kprintf(" Vector %lu, error code 0x%lx, RIP 0x%lx, RSP 0x%lx, "
            "CR2 0x%lx.\n",
            exception->vector, exception->error, exception->rip,
            exception->rsp, exception->cr2);
}

/* exception_entries.asm calls it. When it returns, the CPU goes on
 * where exception->rip says. */
void exception_handle(struct exception *exception)
{
    static const struct exception *first;
    static int nested;

    if (first == NULL && recovers(exception))
        return;
    if (first == NULL)
        first = exception;
    if (panic_begin()) {
        exception_report(exception);
        panic_end();
    }
    /* An exception in the middle of a panic. What shows the panic is at
     * fault, most likely the screen: from now on, COM1 must do. */
    console_leave_screen();
    switch (nested++) {
    case 0:
        kprintf("\n\n This exception has stopped the panic:\n");
        print_numbers(exception);
        kprintf("\n The first exception, in full:\n\n");
        exception_report(first);
        panic_end();
    case 1:
        print_numbers(first);
    }
    halt_forever();
}

void exceptions_init(void)
{
    descriptor_tables_init(exception_entries);
}

const struct exception *exceptions_caught(void)
{
    return &caught;
}
