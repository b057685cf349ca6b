/* serial.h - the first serial port, COM1. */
#ifndef SERIAL_H
#define SERIAL_H

/* Sets COM1 to 115200 bits a second, 8 data bits, no parity, 1 stop
 * bit. Must be called once before serial_put_char. Without a COM1 it
 * does nothing. */
void serial_init(void);

/* Sends one byte, and waits until the port can take it. '\n' is sent as
 * "\r\n", which terminals expect. Without a COM1 the byte is lost. */
void serial_put_char(char c);

#endif
