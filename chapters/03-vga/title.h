/* title.h - the first row of the kernels' screens. */
#ifndef TITLE_H
#define TITLE_H

/* Clears the screen and prints the course's name and a text, at most 62
 * characters, in its first row. */
void print_title(const char *text);

#endif
