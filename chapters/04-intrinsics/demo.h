/* demo.h - mistakes, made on purpose. */
#ifndef DEMO_H
#define DEMO_H

/* Makes the mistake that `make run DEMO=...` names, or none. */
void demo_run(void);

#endif
