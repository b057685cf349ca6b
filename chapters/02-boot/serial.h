/* serial.h - the first serial port, COM1: 115200 bits a second, 8 data
 * bits, no parity, 1 stop bit. boot.asm has set it up. */
#ifndef SERIAL_H
#define SERIAL_H

/* Sends one byte, and waits, without a limit, until the port can take
 * it. '\n' is sent as "\r\n", which terminals expect. Without a COM1
 * the byte is lost. */
void serial_put_char(char c);

#endif
