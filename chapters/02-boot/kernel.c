/* kernel.c - says Hello World!, or why it cannot. */
#include <stddef.h>
#include <stdint.h>

#include <addresses.h>
#include <cpu.h>
#include <kernel.h>
#include <prepare_memory.h>
#include <serial.h>

/* Attribute bytes: the high half is the background, the low half the
 * text. */
enum {
    LIGHT_GRAY_ON_BLACK = 0x07,
    WHITE_ON_RED = 0x4F,
    BRIGHT_GREEN = 0x0A
};

/* Shows one line, at the top of an empty screen and on COM1. */
static void show(const char *text, uint8_t attribute)
{
    /* volatile: keep every store, although nothing reads it back. */
    volatile uint16_t *cell = (volatile uint16_t *)VGA_TEXT;

    for (size_t i = 0; i < VGA_COLUMNS * VGA_ROWS; i++)
        cell[i] = LIGHT_GRAY_ON_BLACK << 8 | ' ';
    for (; *text != '\0'; text++) {
        *cell++ = (uint16_t)(attribute << 8 | (uint8_t)*text);
        serial_put_char(*text);
    }
    serial_put_char('\n');
}

void kernel_main(uintptr_t info_address)
{
    const char *problem = prepare_memory(info_address);

    if (problem == NULL)
        show("Hello World!", BRIGHT_GREEN);
    else
        show(problem, WHITE_ON_RED);
    halt_forever();
}
