"""The crash of a kernel with a student's mistake is explained truly: the cause, the place and
the calls that led there."""
import re

import pytest

import course
from course import MAKE, broken_kernel, change, project

# A function that zeroes more of its stack than the array has.
SHORT_ARRAY = """
static __attribute__((noinline)) void fill(volatile char *to, int size)
{{
    while (size-- > 0)
        *to++ = {0};
}}
__attribute__((noinline)) static void mine(void)
{{
    char array[8];
    fill(array, {1});
}}
static void show"""
PUSH = """
__attribute__((noinline)) static void mine(void)
{
    __asm__ volatile("push $5");
}
static void show"""
RUN_ON = """
void first(int);
__asm__(".text\\n.type first, @function\\nfirst: push $-1\\n"
        ".type second, @function\\nsecond: ret\\n.size second, . - second");
static void show"""
SAME_NAME = """
__attribute__((noinline)) static void init(void)
{
    *(volatile int *)8 = 1;
}
__attribute__((noinline)) static void outer(void)
{
    init();
    __asm__ volatile("");
}
static void show"""
CALLBACK = """
static void (*volatile on_draw)(int);
static __attribute__((noinline)) void draw(int n)
{
    on_draw(n);
}
static __attribute__((noinline)) void each(void (*volatile f)(int))
{
    for (int i = 0; i < 3; i++)
        f(i);
}
static void show"""
OLD_CALLS = """
static __attribute__((noinline)) void log_line(const char *a, const char *b)
{
    char line[256];
    volatile char *to = line;
    while (*a != 0)
        *to++ = *a++;
    if (b == NULL)
        *(volatile int *)0 = 1;
}
static __attribute__((noinline)) void init_disk(void)
{
    log_line("disk", "ok");
    __asm__ volatile("");
}
static __attribute__((noinline)) void start_up(void)
{
    init_disk();
    __asm__ volatile("");
}
static void show"""
IDT = """
static uint64_t idt[64];
static struct __attribute__((packed)) { uint16_t limit; uint64_t base; } idtr;
static __attribute__((noinline)) void load_idt(void)
{
    idt[28] = 0x00108E0000000000; /* a selector that is not of code */
    idtr.limit = sizeof idt - 1;
    idtr.base = (uint64_t)idt;
    __asm__ volatile("lidt %0" : : "m"(idtr));
}
static void show"""
OUTER = """(const char *, uint8_t);
static __attribute__((noinline)) void outer(void)
{
    mine();
    __asm__ volatile("");
}
static void show"""
RECURSION = """
static __attribute__((noinline)) int deep(int n)
{
    volatile int local = n;
    return deep(n + 1) + local;
}
static void show"""

# The file, what is replaced there by what, and what must be said then.
MISTAKES = {
    "the tables do not map the code": (
        "kernel.c", {"    halt_": "    write_cr3(0x300000);\n    halt_"},
        r"The CPU could not fetch its next instruction, at 0x101[0-9a-f]+: the page tables "
        r"that are in use now do not map the kernel's own code\.\n"
        r"  at write_cr3 \(cpu\.h:\d+\), in kernel_main \(kernel\.c:\d+\)\n"
        r"  called by start_64 \(boot\.asm:\d+\)\n"),
    "boot.asm has not filled the tables": (
        "boot.asm", {"    call    map_first_gib\n": ""},
        r"could not fetch its next instruction, at .* do not map the kernel's own code\.\n"
        r"  at enter_long_mode \(boot\.asm:\d+\)\n  called by _start \(boot\.asm:\d+\)\n"),
    "a return address is zeroed": (
        "kernel.c", {"\nstatic void show": SHORT_ARRAY.format("0", 16),
                     "    halt_": "    mine();\n    halt_"},
        r"\nIt returned to 0x0, which does not follow a call: has a loop run past .*\n"
        r"  at 0x0, which is not in the kernel\n"
        r"  the stack leads back to kernel_main, called by start_64 \(boot\.asm:\d+\)\n"),
    "a return address is zeroed, two calls deep": (
        "kernel.c", {"\nstatic void show": SHORT_ARRAY.format("0", 16) + OUTER,
                     "    halt_": "    outer();\n    halt_"},
        r"\nIt returned to 0x0, which does not follow a call: has a loop run past .*\n"
        r"  at 0x0, which is not in the kernel\n"
        r"  the stack leads back to outer, called by kernel_main \(kernel\.c:\d+\)\n"),
    "a return address is text": (
        "kernel.c", {"\nstatic void show": SHORT_ARRAY.format("'x'", 32),
                     "    halt_": "    mine();\n    halt_"},
        r'\nIt returned to 0x7878787878787878 \(the text "xxxxxxxx"\), which does not follow a call: has a loop'),
    "a null pointer is called": (
        "kernel.c", {"    halt_": "    void (*volatile f)(void) = 0;\n    f();\n    halt_"},
        r"\nIt jumped to 0x0, in page 0, which is not mapped: this was a null pointer\.\n"
        r"  at kernel_main \(kernel\.c:\d+\)\n"),
    "a pointer to nowhere is called": (
        "kernel.c", {"    halt_": "    void (*f)(void) = (void (*)(void))0x123456789abcdef0;"
                     "\n    f();\n    halt_"},
        r"\nIt jumped to 0x123456789abcdef0, which is not canonical: .*\n  at kernel_main \("),
    "an address is not canonical": (
        "kernel.c", {"    halt_": "    *(volatile int *)0x7fff123456789abc = 1;\n    halt_"},
        r"\nThe instruction, mov .*\[r.*, uses 0x7fff123456789abc, which is not canonical"),
    "what the compiler makes of undefined behavior": (
        "kernel.c", {"    halt_": "    __builtin_trap();\n    halt_"},
        r"\nThe instruction is ud2: the compiler puts it where"),
    "the number of a page fault": (
        "kernel.c", {"    halt_": '    __asm__ volatile("int $0x0e");\n    halt_'},
        r"crashed with the instruction int 0xe, and nothing handles it yet: that comes in "
        r"chapter 4\.\n"
        r"  at kernel_main \(kernel\.c:\d+\)\n"),
    "a recursion without end": (
        "kernel.c", {"\nstatic void show": RECURSION, "    halt_": "    deep(1);\n    halt_"},
        r"the stack has overflowed\.\n  at deep \(.*\n  called by deep \(kernel\.c:\d+\), "
        r"\d{3} times\n  called by kernel_main \(kernel\.c:\d+\)\n"
        r"  called by start_64 \(boot\.asm:\d+\)\n"),
}
MISTAKES |= {
    "an lgdt of something else": (
        "boot.asm", {"lgdt    [gdt_pointer]": "lgdt    [gdt]"},
        r"The GDT in use, at 0x0, is not in the kernel: no lgdt has been executed, or it was "
        r"given something else than a limit of 2 bytes and then the address\. A far jump "
        r"to 64-bit code wants an entry for 64-bit code, which is present\.\n"),
    "paging before PAE": (
        "boot.asm", {"    mov     eax, cr4\n    and     eax, ~CR4_LA57      ; a loader may leave it set\n"
                     "    or      eax, CR4_PAE\n    mov     cr4, eax\n": "",
                     "    mov     cr0, eax            ; long": "    mov     cr0, eax\n"
                     "    mov     eax, cr4\n    or      eax, CR4_PAE\n    mov     cr4, eax ;"},
        r"long mode, which is not on yet\. Not set: CR0\.PG\. The order is CR4\.PAE, CR3"),
    "the null entry": (
        "boot.asm", {"    jmp     gdt.code:start_64": "    jmp     1:start_64"},
        r"\nThe far jump's selector, 0x1, names the null entry of the GDT\.\n"),
    "push without pop": (
        "kernel.c", {"\nstatic void show": PUSH, "    halt_": "    mine();\n    halt_"},
        r"\nIt returned to 0x5, which does not follow a call: .* Do push and pop not match\? .*"
        r"\n  at 0x5, which is not in the kernel\n  the stack leads back to mine, called by "
        r"kernel_main \("),
    "a text segment that may not be executed": (
        "linker.ld", {"FLAGS(5)": "FLAGS(4)"},
        r"this code of the kernel is in a segment that may not be executed\. .*\n  at write_cr3 "),
    "code that is overwritten": (
        "kernel.c", {"    const char *problem": "    __asm__ volatile(\"rep stosb\" : : \"D\"("
                     "0x101100), \"a\"(0), \"c\"(0x600) : \"memory\");\n    const char *problem"},
        r"\nThe kernel's own code at 0x101[0-9a-f]{3} has been overwritten, or was loaded where "),
    "code that is mapped elsewhere": (
        "paging.c", {"            page * PAGE_SIZE | permissions(segment": "            page | "
                     "permissions(segment"},
        r"\nThe page tables map 0x101000, which is the kernel's own code, to 0x0, where that code is not\."),
    "no PAE any more": (
        "kernel.c", {"    halt_": '    __asm__ volatile("mov %0, %%cr4" : : "r"(0L));\n    halt_'},
        r"could not fetch its next instruction.*\n(.*\n)?  at kernel_main \(kernel\.c:42\)\n"),
    "a page of the kernel at 0": (
        "linker.ld", {"1M + SIZEOF": "0x500 + SIZEOF"},
        r"\nIt read from 0x[0-9a-f]{3}, which is not mapped, although it belongs to the kernel\."),
    "a recursion before there is a guard page": (
        "kernel.c", {"\nstatic void show": RECURSION,
                     "    const char *problem": "    deep(1);\n    const char *problem"},
        r"\nThe stack pointer, 0x10[0-9a-f]+, is below the stack and its guard page: has the stack overflowed"),
    "two functions of one name": (
        "kernel.c", {"\nstatic void show": SAME_NAME, "    halt_": "    outer();\n    halt_"},
        r"\n  at init \(kernel\.c:\d+\)\n  called by outer \(.*\n  called by kernel_main \("),
    "a jump through a callback": (
        "kernel.c", {"\nstatic void show": CALLBACK, "    halt_": "    each(draw);\n    halt_"},
        r"\nIt jumped to 0x0, in page 0.*\n  at 0x0, which is not in the kernel\n"
        r"  the stack leads back to each \(kernel\.c:\d+\)\n"),
    "words that old calls have left": (
        "kernel.c", {"\nstatic void show": OLD_CALLS,
                     "    halt_": "    start_up();\n    log_line(\"\", *(char *volatile *)"
                     "0x300000);\n    halt_"},
        r"\n  at log_line \(.*\n  called by kernel_main \(kernel\.c:\d+\)\n  called by start_64"),
    "code that runs on into another function": (
        "kernel.c", {"\nstatic void show": RUN_ON, "    halt_": "    first(5);\n    halt_"},
        r"\nIt returned to 0xffff\w+, which does not follow a call: .* run past the end of one "
        r"function into another\?\n"),
    "no memory at the kernel's address": (
        "linker.ld", {"1M + SIZEOF": "256M + SIZEOF"},
        r"\nGRUB has not started the kernel, .* It says: error: out of memory\. linker\.ld has put "
        r"the kernel at 0x10000000: is there free memory\?"),
    "a stack that is mapped elsewhere": (
        "registers.h", {"0x8000000000000000": "0x80000000"},
        r"\nThe page tables map 0x10[0-9a-f]+, which is in the kernel's stack, to 0x8010[0-9a-f]+: what"),
    "paging that is off again": (
        "cpu.h", {"mov %%cr0, %0": "mov %0, %%cr0"},
        r"It is in 32-bit mode, although EFER\.LME is on: has CR0\.PG been cleared again\?\n"),
    "a check without its ret": (
        "boot.asm", {"    jz      refuse\n    ret\n\n; Shows": "    jz      refuse\n\n; Shows"},
        r"\nThe kernel has given up: the CPU has reached refuse\.\nBut QEMU's .*\n.*\n  the stack leads back to "
        r"require_long_mode, called by _start \(boot\.asm:26\)\n"),
    "the compiler's stack protector": (
        "kernel.c", {"    halt_": '    __asm__ volatile("mov %%fs:0x28, %%rax" : : : "rax");\n'
                     "    halt_"},
        r"\nIt read from 0x28, in page 0, which is not mapped: the compiler's stack protector expects "
        r"a number at fs:0x28, but FS is 0 in this kernel\. Remove -fstack-protector from CFLAGS"),
    "a segment register": (
        "kernel.c", {"    halt_": '    __asm__ volatile("mov %%gs:8, %%eax" : : : "eax");\n    halt_'},
        r"\nIt read from 0x8, in page 0, which is not mapped: it used GS, which has no address in"),
    "a stack pointer from memory": (
        "boot.asm", {"mov     esp, stack_top": "mov     esp, [stack_top]"},
        r" The stack pointer is 0x0, where no stack is\.\n"),
    "a stack that is read-only": (
        "linker.ld", {"FLAGS(6)": "FLAGS(4)"},
        r"which is read-only\. The stack is there: linker\.ld must give the segment of \.bss FLAGS"),
    "page tables that are overwritten": (
        "kernel.c", {"    halt_": "    for (volatile char *p = (char *)&info_address;; p++)\n"
                     "        *p = 1;\n    halt_"},
        r"\nIt wrote to 0x[0-9a-f]+, (whose page-table entry has a reserved bit set: have the "
        r"page tables been overwritten|which is not mapped)"),
    "a handler that fails": (
        "kernel.c", {"\nstatic void show": IDT, "    halt_": "    load_idt();\n"
                     "    *(volatile int *)8 = 1;\n    halt_"},
        r"crashed with a page fault \(#PF\), and its handler could not be called\."),
}
FAST = ("the tables do not map the code", "boot.asm has not filled the tables",
        "a return address is zeroed", "an address is not canonical",
        "a recursion without end")


@pytest.mark.parametrize("mistake", course.cases(FAST, MISTAKES))
def test_the_cause_and_the_place_are_named(mistake, empty_folder):
    name, changes, words = MISTAKES[mistake]
    target = project(empty_folder, "02-boot", name, changes)
    result = course.run(*MAKE, target, "run", "PATIENCE=15", check=False)
    assert result.returncode != 0 and re.search(words, result.stdout), result.stdout


def test_code_among_the_constants_is_named(empty_folder):
    """It runs until paging forbids it, when kernel_main returns."""
    target = broken_kernel(empty_folder, "")
    change(target / "boot.asm", {"section .text\n": "section .rodata\n"})
    assert re.search(
        r"this code of the kernel is in a segment that may not be executed\. It must be in "
        r"section \.text, .*\n  at start_64", course.run(*MAKE, target, "run", check=False).stdout)


def test_segments_that_share_a_page_are_named(empty_folder):
    target = project(empty_folder, "03-vga", "linker.ld", {"    . = ALIGN(4K);\n": ""})
    assert "one segment of the kernel ends and another starts, at 0x10" in \
        course.run(*MAKE, target, "run", check=False).stdout


def test_a_number_for_a_string_is_traced_to_the_call_of_kprintf(empty_folder):
    target = project(empty_folder, "03-vga", "kernel.c", {
        "    halt_forever();": '    kprintf("%s", (char *)42);\n    halt_forever();'})
    assert re.search(
        r"It read from 0x2a, .* a number taken for an address, or an index "
        r"below 0\?\n  at .*\n  called by kprintf \(.*\n  called by kernel_main \(kernel\.c",
        course.run(*MAKE, target, "run", check=False).stdout)
