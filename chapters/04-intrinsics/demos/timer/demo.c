/* demo.c - a device interrupts the kernel: the timer, 100 times a
 * second. The kernel counts, and sleeps in between. */
#include <demo.h>

#include <stdint.h>

#include <cpu.h>
#include <kprintf.h>

/* The interrupt controllers, two 8259A chips, and the timer, an 8254:
 * their ports, and commands from their data sheets. */
enum {
    PIC1_COMMAND = 0x20,
    PIC1_DATA,
    PIC2_COMMAND = 0xA0,
    PIC2_DATA,
    PIC_INIT = 0x11, /* four bytes follow, three of them as data */
    PIC_8086 = 0x01,
    TIMER = 0x40,
    TIMER_COMMAND = 0x43,
    TIMER_RATE = 0x34, /* counter 0: low byte, high byte, again */
    TIMER_HZ = 1193182,
};
enum { VECTOR_TIMER = 32, VECTORS, HZ = 100 };

struct gate {
    uint16_t offset_0, selector;
    uint8_t ist, type;
    uint16_t offset_16;
    uint32_t offset_32, reserved;
};
struct __attribute__((packed)) table {
    uint16_t limit;
    struct gate *base;
};

static struct gate idt[VECTORS];
volatile unsigned ticks;

/* The handler: it adds 1, and tells the controller that the interrupt
 * is handled. It returns to whatever was interrupted, so it leaves
 * every register as it was; iretq brings the flags back. */
__asm__(".section .text\n"
        ".intel_syntax noprefix\n"
        "on_timer:\n"
        "    push rax\n"
        "    inc dword ptr ticks[rip]\n"
        "    mov al, 0x20\n" /* end of interrupt, */
        "    out 0x20, al\n" /* to PIC1_COMMAND */
        "    pop rax\n"
        "    iretq\n"
        ".att_syntax prefix\n");
extern const uint8_t on_timer[];

/* A BIOS leaves the first chip set to vectors 8 to 15, which are those
 * of exceptions. */
static void pic_init(void)
{
    outb(PIC1_COMMAND, PIC_INIT);
    outb(PIC2_COMMAND, PIC_INIT);
    outb(PIC1_DATA, VECTOR_TIMER);     /* its eight vectors */
    outb(PIC2_DATA, VECTOR_TIMER + 8); /* and the other one's */
    outb(PIC1_DATA, 1 << 2); /* the second chip is at line 2 */
    outb(PIC2_DATA, 2);
    outb(PIC1_DATA, PIC_8086);
    outb(PIC2_DATA, PIC_8086);
    outb(PIC1_DATA, 0xFE); /* all lines are masked but the timer's */
    outb(PIC2_DATA, 0xFF);
}

/* A copy of the kernel's IDT, with one more gate. */
static void idt_init(void)
{
    const uintptr_t code = (uintptr_t)on_timer;
    struct table now, longer = {sizeof idt - 1, idt};

    __asm__ volatile("sidt %0" : "=m"(now));
    for (int i = 0; i < VECTOR_TIMER; i++)
        idt[i] = now.base[i];
    idt[VECTOR_TIMER] = idt[0]; /* the same segment and type */
    idt[VECTOR_TIMER].offset_0 = (uint16_t)code;
    idt[VECTOR_TIMER].offset_16 = (uint16_t)(code >> 16);
    __asm__ volatile("lidt %0" : : "m"(longer));
}

void demo_run(void)
{
    pic_init();
    idt_init();
    outb(TIMER_COMMAND, TIMER_RATE);
    outb(TIMER, (TIMER_HZ / HZ) & 0xFF);
    outb(TIMER, (TIMER_HZ / HZ) >> 8);

    /* One at a time: on a busy machine, several come in a row. */
    for (unsigned seen = 1; seen <= 3 * HZ; seen++) {
        while (ticks < seen)
            __asm__ volatile("sti; hlt; cli" : : : "memory");
        if (seen % HZ == 0)
            kprintf("\n  %u ticks: %u s", seen, seen / HZ);
    }
}
