/* exception_report.h - an exception in words. */
#ifndef EXCEPTION_REPORT_H
#define EXCEPTION_REPORT_H

#include <exceptions.h>

/* Prints an exception's name, its error code in words, and the
 * registers: 12 lines at most, which fit on one screen together with a
 * panic's own. */
void exception_report(const struct exception *exception);

#endif
