/* serial.c - sends text through a 16550 UART, one byte at a time.
 * Register names: the data sheet of the PC16550D. */
#include <serial.h>

#include <stdint.h>

#include <addresses.h>
#include <cpu.h>

enum {
    DATA = COM1,                 /* while DLAB is 0 */
    INTERRUPT_ENABLE = COM1 + 1, /* while DLAB is 0 */
    DIVISOR_LOW = COM1,          /* while DLAB is 1 */
    DIVISOR_HIGH = COM1 + 1,     /* while DLAB is 1 */
    FIFO_CONTROL = COM1 + 2,
    LINE_CONTROL = COM1 + 3,
    LINE_STATUS = COM1 + 5,
};

enum {
    FIFO_ENABLE_AND_CLEAR = 0x07,
    EIGHT_DATA_BITS = 0x03,
    DLAB = 0x80,     /* the divisor latch access bit */
    CAN_SEND = 0x20, /* the transmitter holding register is empty */
    DIVISOR = 1,     /* 115200 bits a second, divided by this */
};

void serial_init(void)
{
    outb(INTERRUPT_ENABLE, 0); /* the kernel polls */
    outb(LINE_CONTROL, DLAB);
    outb(DIVISOR_LOW, DIVISOR);
    outb(DIVISOR_HIGH, DIVISOR >> 8);
    outb(LINE_CONTROL, EIGHT_DATA_BITS);
    outb(FIFO_CONTROL, FIFO_ENABLE_AND_CLEAR);
}

static void send(uint8_t byte)
{
    /* Where there is no UART, all bits read as 1: the loop ends. */
    while (!(inb(LINE_STATUS) & CAN_SEND))
        continue;
    outb(DATA, byte);
}

void serial_put_char(char c)
{
    if (c == '\n')
        send('\r');
    send((uint8_t)c);
}
