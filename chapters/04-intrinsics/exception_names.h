/* exception_names.h - what the manuals call the exceptions. */
#ifndef EXCEPTION_NAMES_H
#define EXCEPTION_NAMES_H

#include <vectors.h>

/* A name and a mnemonic for each vector, such as "Page fault (#PF)". A
 * reserved vector is a "Reserved exception". */
extern const char *const exception_names[EXCEPTIONS];

#endif
