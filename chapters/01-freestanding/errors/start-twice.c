/* A kernel has a _start. So do the host's start files. */
_Noreturn void _start(void);

void _start(void)
{
    for (;;)
        continue;
}

int main(void)
{
    return 0;
}
