/* demo.c - a typewriter: shows the keys that are pressed, until Esc. It
 * asks the keyboard's controller again and again, which keeps the CPU
 * busy; with an interrupt, it could sleep. */
#include <demo.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <console.h>
#include <cpu.h>
#include <kprintf.h>

/* The controller, an 8042 (IBM PC AT Technical Reference): its ports.
 */
enum { KEY_DATA = 0x60, KEY_STATUS = 0x64, KEY_IS_THERE = 0x01 };
/* Scan codes of set 1: a key's number, and this bit when it is let
 * go. */
enum { RELEASED = 0x80, ESCAPE = 0x01, SHIFT_L = 0x2A, SHIFT_R = 0x36 };

/* What a US keyboard has on the keys, by their numbers. */
static const char plain[] = "\0\0001234567890-=\b\tqwertyuiop[]\n\0"
                            "asdfghjkl;'`\0\\zxcvbnm,./\0*\0 ";
static const char shifted[] = "\0\0!@#$%^&*()_+\b\tQWERTYUIOP{}\n\0"
                              "ASDFGHJKL:\"~\0|ZXCVBNM<>?\0*\0 ";

static uint8_t next_code(void)
{
    while (!(inb(KEY_STATUS) & KEY_IS_THERE))
        __asm__ volatile("pause");
    return inb(KEY_DATA);
}

void demo_run(void)
{
    bool shift = false;

    kprintf("\n  Type something. Esc ends it.\n  ");
    for (;;) {
        uint8_t code = next_code();
        size_t key = code & ~RELEASED;
        bool is_pressed = !(code & RELEASED);

        if (key == SHIFT_L || key == SHIFT_R)
            shift = is_pressed;
        else if (is_pressed && key == ESCAPE)
            return;
        else if (is_pressed && key < sizeof plain && plain[key]) {
            console_put(shift ? shifted[key] : plain[key]);
            console_flush();
        }
    }
}
