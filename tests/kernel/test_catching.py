"""A page fault that is expected is caught, and nothing else is: the kernel's own tests go
on after it."""
import re

import course
from course import build_folder


def selftest(folder, name, replaced):
    """Returns what `make run` says of a copy of chapter 4 with a mistake."""
    target = course.project(folder, "04-intrinsics", name, replaced)
    result = course.run(*course.MAKE, target, "run", check=False)
    assert result.returncode != 0
    return result.stdout


READS_TOO_MUCH = {"    else\n"
                  "        put_few(to, get_few(from, size), size);\n":
                  "    else if (size > 0) {\n"
                  "        uint64_t all = WORD8_AT(from);\n"
                  "        for (size_t i = 0; i < size; i++)\n"
                  "            to[i] = (byte)(all >> 8 * i);\n"
                  "    }\n"}


def test_a_byte_too_many_fails_its_test_and_the_others_go_on(empty_folder):
    said = selftest(empty_folder, "memory.c", READS_TOO_MUCH)
    assert re.search(
        r"\n  FAILED  no byte too many is touched, next to unmapped pages\n"
        r"          page fault at 0x\w+, in the code at 0x\w+\n", said)
    assert "\n  ok      a struct of 12000 bytes is copied\n\n  8 passed, 2 failed\n" in said
    assert re.search(r"\n0x\w+ is in copy_small \(memory\.c:\d+\), in memmove", said)


def test_pages_that_are_mapped_after_all_fail_a_test(empty_folder):
    """Else the tests next to unmapped pages would prove nothing."""
    said = selftest(empty_folder, "paging.c", {
        "    page_table[(uintptr_t)stack_guard / PAGE_SIZE] = 0;\n": ""})
    assert "\n  ok      no byte too many is touched, next to unmapped pages\n" \
        "  FAILED  a byte too many is a page fault, and is caught\n" in said


def test_only_page_faults_are_caught(empty_folder):
    said = selftest(empty_folder, "memory.c", {
        "    byte *to = destination;\n    /* value":
        "    __asm__ volatile(\"ud2\");\n    byte *to = destination;\n    /* value"})
    assert "\n Invalid opcode (#UD), vector 6," in said and "FAILED" not in said


def test_after_the_tests_nothing_is_caught():
    said = course.make("chapters/04-intrinsics", "run", "DEMO=null", build_folder(),
                       check=False)
    assert said.returncode != 0
    assert "\n Page fault (#PF), vector 14, error code 0x2.\n It wrote to 0x0, " in said.stdout
    assert "\n  at demo_run (04-intrinsics/demos/null/demo.c:11)\n" in said.stdout


def test_a_call_that_catches_leaves_the_registers_and_the_stack(empty_folder):
    """Whatever a function has done with them before it faults, also within another such
    call."""
    target = course.project(empty_folder, "04-intrinsics", "demo.c", {
        "void demo_run(void)\n{": """#include <exceptions.h>
#include <kprintf.h>
#include <qemu_exit.h>
static int *volatile nowhere;
static void faults(void *depth)
{
    if (depth == (void *)0) {
        __asm__ volatile("std; mov $1, %%rbx; mov $2, %%rbp; mov $3, %%r12\\n"
                         "mov $4, %%r13; mov $5, %%r14; mov $6, %%r15; push $7\\n"
                         "movb $0, 0"
                         : : : "memory");
    } else {
        bool caught = exceptions_catch(faults, (char *)depth - 1);
        kprintf("  %p: %d\\n", depth, caught);
        *nowhere = caught;
    }
}
static void returns(void *argument)
{
    *(int *)argument = 42;
}
void demo_run(void)
{
    int number = 0;
    bool caught = exceptions_catch(faults, (void *)2);
    uint64_t flags;
    __asm__ volatile("pushf; pop %0" : "=r"(flags));
    kprintf("  caught: %d, DF: %d\\n", caught, (int)(flags >> 10 & 1));
    caught = exceptions_catch(returns, &number);
    kprintf("  caught: %d, number: %d\\n", caught, number);
    qemu_exit(true);"""})
    for flags in ("-O0 -g", "-O2 -g"):
        said = course.run(*course.MAKE, target, "run", f"CFLAGS={flags}").stdout
        assert "\n  0x1: 1\n  0x2: 1\n  caught: 1, DF: 0\n  caught: 0, number: 42\n" in said
