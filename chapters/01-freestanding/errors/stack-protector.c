/* An array on the stack, which the compiler may guard. */
void _start(void);

static __attribute__((noinline)) int last(int n)
{
    volatile char list[16];

    for (int i = 0; i < n; i++)
        list[i] = (char)i;
    return list[n - 1];
}

void _start(void)
{
    last(3);
    for (;;)
        continue;
}
