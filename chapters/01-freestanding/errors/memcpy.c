/* No line here calls memcpy(), but copying the structure does. */
void _start(void);

struct page {
    char bytes[65536];
};
struct page from, to;

void _start(void)
{
    to = from;
    for (;;)
        continue;
}
