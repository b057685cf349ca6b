/* The code holds the array's address, in 32 bits: it must be known when
 * the program is linked. */
void _start(void);

static int list[4];
volatile int position;

void _start(void)
{
    for (;;)
        list[position] = list[position + 1];
}
