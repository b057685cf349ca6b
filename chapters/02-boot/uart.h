/* uart.h - the registers of a 16550 UART, the chip behind a serial port.
 * boot.asm reads these lines too: keep them `#define NAME number`.
 * Names: data sheet of the PC16550D, section 8. */
#ifndef UART_H
#define UART_H

/* Registers, as offsets from the port's first address. */
#define UART_DATA             0 /* while DLAB is 0: a byte to send */
#define UART_INTERRUPT_ENABLE 1 /* while DLAB is 0 */
#define UART_DIVISOR_LOW      0 /* while DLAB is 1 */
#define UART_DIVISOR_HIGH     1 /* while DLAB is 1 */
#define UART_FIFO_CONTROL     2
#define UART_LINE_CONTROL     3
#define UART_LINE_STATUS      5

#define UART_DLAB     0x80 /* line control: the divisor latch access bit */
#define UART_8N1      0x03 /* line control: 8 data bits, no parity, 1 stop bit */
#define UART_CAN_SEND 0x20 /* line status: it can take another byte */
#define UART_FIFO_ON  0x07 /* FIFO control: on, and both emptied */
#define UART_115200   1    /* divisor: 115200 bits a second, over 1 */

#endif
