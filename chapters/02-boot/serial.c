/* serial.c - sends text through the UART of COM1, byte by byte. */
#include <serial.h>

#include <stdint.h>

#include <addresses.h>
#include <cpu.h>
#include <uart.h>

static void send(uint8_t byte)
{
    /* Without a UART, its ports read as 0xFF, which ends the loop at
     * once. */
    while (!(inb(COM1 + UART_LINE_STATUS) & UART_CAN_SEND))
        continue;
    outb(COM1 + UART_DATA, byte);
}

void serial_put_char(char c)
{
    if (c == '\n')
        send('\r');
    send((uint8_t)c);
}
