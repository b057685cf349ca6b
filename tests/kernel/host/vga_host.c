/* vga_host.c - runs the kernel's console, as it was built for the
 * kernel, in a process, and compares it with a simple model of a
 * screen.
 *
 * The process has memory at 0xB8000, protected, so that each access of
 * it is a SIGSEGV, which counts it and lets it happen; and each `out`
 * instruction is one as well, and sets a register of a CRT controller
 * made of two variables.
 *
 * usage: vga_host SEED STEPS
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include <vga.h>

enum { ROWS = 25, COLUMNS = 80, CELLS = ROWS * COLUMNS };
enum { VIDEO = 0xB8000, VIDEO_SIZE = 0x1000 };
enum { TRAP_FLAG = 0x100, WRITE_ERROR = 2 };

static uint16_t *video; /* the same memory, unprotected */
static unsigned long reads, writes;
static unsigned writes_of[CELLS];
static uint8_t crtc[256], crtc_index;

static void fail(const char *what)
{
    printf("%s\n", what);
    exit(1);
}

/* An access: count it, and let just this instruction have it. */
static void on_access(uintptr_t address, ucontext_t *context)
{
    if (context->uc_mcontext.gregs[REG_ERR] & WRITE_ERROR) {
        writes++;
        writes_of[(address - VIDEO) / 2]++;
    } else {
        reads++;
    }
    mprotect((void *)VIDEO, VIDEO_SIZE, PROT_READ | PROT_WRITE);
    context->uc_mcontext.gregs[REG_EFL] |= TRAP_FLAG;
}

/* `out %al, (%dx)` is one byte, EE. */
static void on_out(ucontext_t *context)
{
    greg_t *registers = context->uc_mcontext.gregs;
    const uint8_t *code = (const uint8_t *)registers[REG_RIP];

    if (*code != 0xEE)
        fail("an instruction that a process may not execute, and no "
             "outb");
    if ((uint16_t)registers[REG_RDX] == 0x3D4)
        crtc_index = (uint8_t)registers[REG_RAX];
    else if ((uint16_t)registers[REG_RDX] == 0x3D5)
        crtc[crtc_index] = (uint8_t)registers[REG_RAX];
    else
        fail("an unknown port");
    registers[REG_RIP]++;
}

static void on_segv(int number, siginfo_t *info, void *context)
{
    uintptr_t address = (uintptr_t)info->si_addr;

    (void)number;
    if (info->si_code == SEGV_ACCERR && address >= VIDEO &&
        address < VIDEO + CELLS * 2)
        on_access(address, context);
    else if (info->si_code == SI_KERNEL)
        on_out(context);
    else
        fail("an access outside of the screen");
}

static void on_trap(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)info;
    mprotect((void *)VIDEO, VIDEO_SIZE, PROT_NONE);
    ((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL] &= ~TRAP_FLAG;
}

static void protect_video(void)
{
    struct sigaction action = {.sa_flags = SA_SIGINFO};
    int file = memfd_create("video", 0);

    if (ftruncate(file, VIDEO_SIZE) != 0)
        fail("no memory");
    video = mmap(NULL, VIDEO_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
                 file, 0);
    if (mmap((void *)VIDEO, VIDEO_SIZE, PROT_NONE,
             MAP_SHARED | MAP_FIXED_NOREPLACE, file,
             0) != (void *)VIDEO)
        fail(
            "0xB8000 is not to be had: see /proc/sys/vm/mmap_min_addr");
    for (int i = 0; i < CELLS; i++)
        video[i] = (uint16_t)(i * 259); /* what the firmware has left */
    action.sa_sigaction = on_segv;
    sigaction(SIGSEGV, &action, NULL);
    action.sa_sigaction = on_trap;
    sigaction(SIGTRAP, &action, NULL);
}

/* ---- the model: what vga.h promises, as plainly as can be ---- */

static uint16_t model[CELLS], before[CELLS];
static int row, column, attribute;

static void model_new_line(void)
{
    column = 0;
    if (++row < ROWS)
        return;
    row = ROWS - 1;
    memmove(model, model + COLUMNS, (CELLS - COLUMNS) * sizeof *model);
    for (int i = CELLS - COLUMNS; i < CELLS; i++)
        model[i] = (uint16_t)(attribute << 8 | ' ');
}

static void model_put(unsigned char c)
{
    if (c == '\n') {
        model_new_line();
    } else if (c == '\r') {
        column = 0;
    } else if (c == '\b') {
        column -= column > 0;
    } else if (c == '\t') {
        int target = column == COLUMNS ? 8 : column / 8 * 8 + 8;
        do
            model_put(' ');
        while (column != target);
    } else {
        if (column == COLUMNS)
            model_new_line();
        if (c < ' ' || c > '~')
            c = 0xFE;
        model[row * COLUMNS + column++] =
            (uint16_t)(attribute << 8 | c);
    }
}

static void check_screen(void)
{
    int cursor =
        row * COLUMNS + (column < COLUMNS ? column : COLUMNS - 1);

    if (memcmp(video, model, sizeof model) != 0)
        fail("the screen is not what it should be");
    if (reads != 0)
        fail("video memory was read");
    vga_update_cursor();
    if (crtc[0x0E] * 256 + crtc[0x0F] != cursor)
        fail("the cursor is not where it should be");
}

static void step(uint32_t random)
{
    static const char controls[] = "\n\n\n\r\t\b";
    unsigned char c = (unsigned char)(random >> 8);

    memset(writes_of, 0, sizeof writes_of);
    memcpy(before, model, sizeof model);
    switch (random % 16) {
    case 0:
        attribute = (random >> 8 & 15) | (random >> 12 & 7) << 4;
        /* Bit 3 of the background would blink: it must be left out. */
        vga_set_color(random >> 8 & 15,
                      (random >> 12 & 7) | (random >> 20 & 8));
        return;
    case 1:
    case 2:
    case 3:
        c = (unsigned char)controls[c % (sizeof controls - 1)];
        break;
    case 4:
        break; /* any byte */
    default:
        c = (unsigned char)("kernel text "[c % 12]);
    }
    vga_put_char((char)c);
    model_put(c);
    for (int i = 0; i < CELLS; i++)
        if (writes_of[i] > (before[i] != model[i]))
            fail("a cell was written that did not change, or twice");
}

int main(int argc, char **argv)
{
    uint64_t state = strtoull(argv[argc - 2], NULL, 0);

    protect_video();
    attribute = 0x17;
    vga_set_color(7, 1);
    vga_clear();
    for (int i = 0; i < CELLS; i++)
        model[i] = 0x1720;
    check_screen();
    for (long i = atol(argv[argc - 1]); i > 0; i--) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        step((uint32_t)(state >> 32));
        if (i % 16 == 0)
            check_screen();
    }
    check_screen();
    printf("%lu writes, %lu reads\n", writes, reads);
    return 0;
}
