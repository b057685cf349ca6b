/* demo.h - does one thing that the page tables forbid. */
#ifndef DEMO_H
#define DEMO_H

void demo_run(void);

#endif
