/* exceptions.c - decides what becomes of an exception: it is caught, if
 * some code has asked for that, or the kernel panics. */
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

/* If this exception is to be caught, has it return to
 * exceptions_recover. */
static bool recovers(struct exception *exception)
{
    if (exception->vector != VECTOR_PAGE_FAULT || recovery_stack == 0 ||
        panic_has_begun())
        return false;
    caught = *exception;
    exception->rip = (uintptr_t)exceptions_recover;
    exception->rsp = recovery_stack;
    return true;
}

/* The bare minimum about an exception, in case its report is what
 * fails. */
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
    /* A copy: a second double fault starts at the top of its stack. */
    static struct exception first;
    static int count, nested;

    if (recovers(exception))
        return;
    if (count++ == 0)
        first = *exception;
    if (panic_begin()) {
        exception_report(exception);
        panic_end();
    }
    /* An exception in the middle of a panic. Something that shows the
     * panic is at fault, most likely the screen: from now on, use COM1,
     * and the third time, do not even call exception_report. */
    console_leave_screen();
    if (nested++ == 0) {
        kprintf("\n\n This exception has stopped the panic:\n");
        print_numbers(exception);
        kprintf("\n The first exception, in full:\n\n");
        exception_report(&first);
        panic_end();
    }
    if (nested == 2)
        print_numbers(&first);
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
