/* The CPU divides 128 bits by 64 bits. For a wider divisor, the
 * compiler calls a function. */
void _start(void);

unsigned __int128 dividend, divisor, quotient;

void _start(void)
{
    quotient = dividend / divisor;
    for (;;)
        continue;
}
