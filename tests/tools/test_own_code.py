"""What is wrong with code of a student's own, in a kernel that follows the book, is said truly."""
import re

import pytest

import course
from course import MAKE, change

# A call, or a jump, by a pointer that nothing has set.
HOOKS = """
void (*on_done)(void);
{0} run_hooks(void);
{0} run_hooks(void)
{{
    on_done();
    {1}
}}
"""
BEEP = """
global beep
section .text
bits 64
beep:
    mov     dx, 0x61
    in      al, dx
    or      al, 3
    out     dx, al
"""
# Past the end of the screen, and of everything else.
STARS = """
    for (volatile uint16_t *cell = SCREEN + 2;; cell++)
        *cell = 0x0E2A;
"""
AGAIN = """
#include <demo.h>
#include <kernel.h>
void demo_run(void)
{
    kernel_main(0);
}
"""
FORM_FEED = """
#include <demo.h>
#include <kprintf.h>
void demo_run(void)
{
    kprintf("saved: \\f\\n");
}
"""
OWN_CODE = {
    "a null pointer is called": (2, 8, {"hooks.c": HOOKS.format("int", "return 1;")}, ("kernel.c", {
        "void kernel_main": "int run_hooks(void);\n\nvoid kernel_main",
        "    halt_forever();": "    run_hooks();\n    halt_forever();"}),
        r"\nIt called 0x0, or jumped there: this was a null pointer\. Page 0 is still mapped, .*\n"
        r"  at run_hooks \(hooks\.c:6\)\n"),
    "a null pointer is jumped to": (2, 8, {"hooks.c": HOOKS.format("void", "")}, ("kernel.c", {
        "void kernel_main": "void run_hooks(void);\n\nvoid kernel_main",
        "    halt_forever();": "    run_hooks();\n    halt_forever();"}),
        r"\nIt called 0x0, or jumped there: this was a null pointer\. Page 0 is still mapped, .*\n"
        r"  at run_hooks \(hooks\.c:6\)\n"),
    "assembly without a ret in front of _start": (2, 8, {"beep.asm": BEEP}, ("kernel.c", {
        "void kernel_main": "void beep(void);\n\nvoid kernel_main",
        "    halt_forever();": "    beep();\n    halt_forever();"}),
        r"\nBut the CPU is in 64-bit mode: boot\.asm's code for 32-bit mode has run a second time\. Has the end "
        r"of a function no ret, such as beep, which lies right before _start, or does"),
    "32-bit code that overwrites itself": (1, 3, {}, ("kernel.c", {
        "    SCREEN[1] = 0x0A4B;": "    SCREEN[1] = 0x0A4B;" + STARS}),
        r"\nThe kernel's own code at 0x10[0-9a-f]{4} has been overwritten"),
    "kernel_main is called again": (4, 7, {"demo.c": AGAIN}, None,
        r"\nBut kernel_main has been called a second time, from kernel_main \(kernel\.c:\d+\): only boot\.asm"),
    "a new line without a console": (2, 8, {}, ("kernel.c", {'"Hello World!"': '"Hello World!\\n"'}),
        r"\nThe screen shows '\\n' as a character, in row 0, column 12: it is for the code to begin a new row"),
    "a form feed": (3, 9, {"demo.c": FORM_FEED}, None,
        r"\nsaved: ■\nThe CPU has halted in halt_forever "),
}


@pytest.mark.parametrize("what", course.cases(["a null pointer is called"], OWN_CODE))
def test_what_a_students_own_code_does_wrong_is_said(what, empty_folder):
    chapter, step, files, changes, words = OWN_CODE[what]
    folder = empty_folder / "kernel"
    course.run("make", "-s", "-C", course.ROOT, "start", f"DIR={folder}", f"CHAPTER={chapter}",
               f"STEP={step}")
    for name, text in files.items():
        (folder / name).write_text(text)
    if changes:
        change(folder / changes[0], changes[1])
    said = course.run(*MAKE, folder, "run", "PATIENCE=10", check=False).stdout
    assert re.search(words, said), said
    assert "is not a row of the screen" not in said, said
