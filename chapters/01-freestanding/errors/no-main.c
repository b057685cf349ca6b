/* A kernel has no main(). The host's start files call it. */
_Noreturn void kernel(void);

void kernel(void)
{
    for (;;)
        continue;
}
