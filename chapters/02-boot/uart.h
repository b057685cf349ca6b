/* uart.h - the registers of a 16550 UART, the chip behind a serial
 * port. Names: data sheet of the PC16550D, section 8.
 * boot.asm reads these lines too: keep them `#define NAME number`. */
#ifndef UART_H
#define UART_H

/* Registers, as offsets from the port's first address. Where two share
 * an offset, the DLAB bit selects one. */
#define UART_DATA             0 /* DLAB 0: a byte to send */
#define UART_INTERRUPT_ENABLE 1 /* DLAB 0 */
#define UART_DIVISOR_LOW      0 /* DLAB 1 */
#define UART_DIVISOR_HIGH     1 /* DLAB 1 */
#define UART_FIFO_CONTROL     2
#define UART_LINE_CONTROL     3
#define UART_LINE_STATUS      5

/* Line control: the divisor latch access bit; 8 data bits, no parity,
 * 1 stop bit. */
#define UART_DLAB     0x80
#define UART_8N1      0x03
/* Line status, bit THRE: the UART can take another byte. */
#define UART_CAN_SEND 0x20
/* FIFO control: both FIFOs on, and emptied. */
#define UART_FIFO_ON  0x07
/* Divisor: 115200 bits a second, divided by this. */
#define UART_115200   1

#endif
