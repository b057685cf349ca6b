/* memory_fuzz.c - the kernel's memory functions and the C library's get
 * the same orders, and must leave the same memory behind. libFuzzer
 * makes the orders up. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *kernel_memcpy(void *, const void *, size_t);
void *kernel_memmove(void *, const void *, size_t);
void *kernel_memset(void *, int, size_t);
int kernel_memcmp(const void *, const void *, size_t);
struct {
    size_t move, set, compare;
} kernel_memory_rep_from;

enum { AREA = 3000 };

/* One order: what to do, where, with how many bytes. */
struct order {
    uint8_t what;
    uint8_t value;
    uint16_t to, from, size;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);

static int sign(int number)
{
    return (number > 0) - (number < 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    static uint8_t ours[AREA], theirs[AREA];
    struct order order;

    for (size_t i = 0; i < AREA; i++)
        ours[i] = theirs[i] = (uint8_t)(i * 31 / 8);
    for (; length >= sizeof order;
         data += sizeof order, length -= sizeof order) {
        memcpy(&order, data, sizeof order);
        size_t to = order.to % AREA, from = order.from % AREA;
        size_t most = AREA - (to > from ? to : from);
        size_t size = order.size % (most + 1);
        kernel_memory_rep_from.move = kernel_memory_rep_from.set =
            kernel_memory_rep_from.compare =
                order.what & 4 ? 0 : SIZE_MAX;
        switch (order.what & 3) {
        case 0:
            kernel_memmove(ours + to, ours + from, size);
            memmove(theirs + to, theirs + from, size);
            break;
        case 1: /* overlaps as well: ours allows it */
            kernel_memcpy(ours + to, ours + from, size);
            memmove(theirs + to, theirs + from, size);
            break;
        case 2:
            kernel_memset(ours + to, order.value, size);
            memset(theirs + to, order.value, size);
            break;
        case 3:
            if (sign(kernel_memcmp(ours + to, ours + from, size)) !=
                sign(memcmp(theirs + to, theirs + from, size)))
                abort();
            break;
        }
        if (memcmp(ours, theirs, AREA) != 0)
            abort();
    }
    return 0;
}
