/* kernel.c - does one thing that the page tables forbid, by its DEMO;
 * without a DEMO, it does none of them and halts. */
#include <stddef.h>
#include <stdint.h>

#include <cpu.h>
#include <startup.h>

/* Read through volatile, so that the compiler knows nothing of where it
 * points, and does as it is told. */
#define UNKNOWN(pointer)                                               \
    (*(void *volatile *)&(void *){(void *)(pointer)})

static const uint8_t rodata[] = {0xC3}; /* ret */
__attribute__((unused)) static uint8_t data[] = {0xC3};
extern const uint8_t __ehdr_start, stack_guard[];

__attribute__((unused)) static void write_to(void *address)
{
    *(volatile uint8_t *)address = 0;
}

__attribute__((unused)) static void jump_to(void *address)
{
    ((void (*)(void))(uintptr_t)address)();
}

__attribute__((unused, noinline)) static uint64_t
recurse(volatile uint64_t n)
{
    return n == 0 ? 0 : recurse(n - 1) + n;
}

/* The build warns of such a frame; here it is meant. */
#pragma GCC diagnostic ignored "-Wframe-larger-than="
__attribute__((unused, noinline)) static void use_a_large_frame(void)
{
    volatile uint8_t frame[100000];

    for (size_t i = 0; i < sizeof frame; i++)
        frame[i] = 0;
}

void kernel_main(uint32_t magic, uintptr_t info_address)
{
    (void)magic;
    (void)rodata;
    if (startup(info_address) != NULL)
        return;
#if defined DEMO_WRITE_TEXT
    write_to(UNKNOWN((uintptr_t)kernel_main));
#elif defined DEMO_WRITE_RODATA
    write_to(UNKNOWN(rodata));
#elif defined DEMO_WRITE_HEADERS
    write_to(UNKNOWN(&__ehdr_start));
#elif defined DEMO_EXECUTE_DATA
    jump_to(UNKNOWN(data));
#elif defined DEMO_EXECUTE_RODATA
    jump_to(UNKNOWN(rodata));
#elif defined DEMO_EXECUTE_STACK
    volatile uint8_t code = 0xC3;
    jump_to(UNKNOWN(&code));
#elif defined DEMO_EXECUTE_MEMORY
    volatile uint8_t *memory = UNKNOWN(0x1000000);
    *memory = 0xC3;
    jump_to(UNKNOWN(memory));
#elif defined DEMO_READ_PAGE_0
    (void)*(volatile uint8_t *)UNKNOWN(0x10);
#elif defined DEMO_WRITE_PAGE_0
    write_to(UNKNOWN(0xFFF));
#elif defined DEMO_JUMP_TO_0
    jump_to(UNKNOWN(NULL));
#elif defined DEMO_LARGE_FRAME
    use_a_large_frame();
#elif defined DEMO_READ_GUARD
    (void)*(volatile const uint8_t *)UNKNOWN(stack_guard);
#elif defined DEMO_OVERFLOW_STACK
    recurse(1000000);
#endif
    halt_forever();
}
