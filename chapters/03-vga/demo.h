/* demo.h - what a demo makes the kernel do. */
#ifndef DEMO_H
#define DEMO_H

/* The kernel calls it last, before it halts. The chapter's own does
 * nothing; with DEMO=name, demos/name/demo.c takes its place. It may
 * return. */
void demo_run(void);

#endif
