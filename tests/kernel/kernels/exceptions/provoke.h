/* provoke.h - many ways to raise an exception. */
#ifndef PROVOKE_H
#define PROVOKE_H

/* Raises the exception with this name (provoke.c has the list), or
 * panics if there is none. */
void provoke(const char *name);

#endif
