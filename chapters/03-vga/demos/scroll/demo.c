/* demo.c - prints more lines than the screen has rows. */
#include <demo.h>

#include <kprintf.h>

void demo_run(void)
{
    for (int line = 1; line <= 100; line++)
        kprintf("line %d of 100\n", line);
}
