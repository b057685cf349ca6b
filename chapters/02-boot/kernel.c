/* kernel.c - says Hello World!, or why it cannot. */
#include <stddef.h>
#include <stdint.h>

#include <addresses.h>
#include <cpu.h>
#include <startup.h>
#include <uart.h>

/* Attribute bytes: the high half is the background, the low half the
 * text. */
enum {
    LIGHT_GRAY_ON_BLACK = 0x07,
    WHITE_ON_RED = 0x4F,
    BRIGHT_GREEN = 0x0A
};

/* Sends one character to COM1, which boot.asm has set up. Where there
 * is no UART, its ports read as 0xFF: nothing to wait for. */
static void send_to_com1(char c)
{
    while (!(inb(COM1 + UART_LINE_STATUS) & UART_CAN_SEND))
        continue;
    outb(COM1 + UART_DATA, (uint8_t)c);
}

/* Shows one line, at the top of an empty screen and on COM1. */
static void show(const char *text, uint8_t attribute)
{
    /* volatile: each store is meant, although nothing reads it back. */
    volatile uint16_t *cell = (volatile uint16_t *)VGA_TEXT;

    for (size_t i = 0; i < VGA_COLUMNS * VGA_ROWS; i++)
        cell[i] = LIGHT_GRAY_ON_BLACK << 8 | ' ';
    for (; *text != '\0'; text++) {
        *cell++ = (uint16_t)(attribute << 8 | (uint8_t)*text);
        send_to_com1(*text);
    }
    send_to_com1('\n');
}

void kernel_main(uint32_t magic, uintptr_t info_address)
{
    const char *problem = startup(info_address);

    (void)magic;
    if (problem == NULL)
        show("Hello World!", BRIGHT_GREEN);
    else
        show(problem, WHITE_ON_RED);
    halt_forever();
}
