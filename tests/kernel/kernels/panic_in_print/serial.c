/* serial.c - a serial port that panics when it gets a '!'. */
#include <serial.h>

#include <panic.h>

void serial_put_char(char c)
{
    if (c == '!')
        panic("The serial port got a %c, and will get another one", c);
}
