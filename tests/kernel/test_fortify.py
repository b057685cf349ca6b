"""Checked calls, and the sanitizers: mistakes end in an error or a panic."""
import re

import pytest

import course
from course import build_folder

CHAPTER = "chapters/04-intrinsics"
pytestmark = course.x86_64_only
COMPILERS = ["gcc", "clang"]
CALLS = {
    "memcpy": "memcpy(area, other, {})",
    "memmove": "memmove(area, other, {})",
    "memset": "memset(area, 1, {})",
    "memcmp": "result = memcmp(area, other, {})",
    "bcmp": "result = bcmp(area, other, {})",
}

# A process in which panic_at reports, and shows that nothing was written.
PROGRAM = """
#include <stdio.h>
#include <stdlib.h>
#include <fortify.h>
char area[16], other[32];
int result;
void panic_at(const char *file, int line, const char *format, ...)
{
    __builtin_va_list arguments;
    printf("%s:%d: ", file, line);
    __builtin_va_start(arguments, format);
    vprintf(format, arguments);
    for (size_t i = 0; i < sizeof area; i++)
        if (area[i] != 0) printf(" written");
    exit(3);
}
int main(int argc, char **argv)
{
    size_t size = strtoul(argv[argc - 1], NULL, 0);
    size_t evaluated = 0;
#line 100 "caller.c"
    CALL;
    printf("size %zu evaluated %zu times", size, evaluated);
    return 0;
}
"""


def compile_(compiler, source, folder, *flags, check=True):
    (folder / "sample.c").write_text(source)
    return course.run(compiler, "-std=gnu11", "-Wall", "-Wextra", "-Werror",
                      "-Wno-format-nonliteral", *flags, "-o", "sample",
                      "sample.c", *course.includes(), cwd=folder, check=check)


@pytest.mark.parametrize("level", course.cases(["-O2", "-Os"], ["-O1", "-O3"]))
@pytest.mark.parametrize("function", CALLS)
@pytest.mark.parametrize("compiler", COMPILERS)
def test_a_constant_overflow_does_not_compile(compiler, function, level,
                                              empty_folder):
    source = PROGRAM.replace("CALL;", CALLS[function].format("17") + ";")
    result = compile_(compiler, source, empty_folder, "-ffreestanding", level,
                      "-c", check=False)
    assert result.returncode != 0
    assert f"{function}() goes beyond the end of an object" in result.stdout
    assert "caller.c:100" in result.stdout


@pytest.mark.parametrize("size", ["33", "size"])
def test_the_source_is_watched_too(size, empty_folder):
    """32 bytes are there, and the destination's end is not known."""
    source = (f"#include <fortify.h>\nstatic char other[32]; void f(char *p, "
              f"size_t size);\nvoid f(char *p, size_t size) "
              f"{{ (void)size; memcpy(p, other, {size}); }}\n")
    result = compile_("gcc", source, empty_folder, "-O2", "-ffreestanding", "-c",
                      check=False)
    if size == "33":
        assert "memcpy() goes beyond the end of an object" in result.stdout
    else:
        assert "panic_at" in course.run("nm", empty_folder / "sample").stdout


@pytest.mark.parametrize("level", ["-O0", "-O2"])
@pytest.mark.parametrize("function", CALLS)
@pytest.mark.parametrize("compiler", COMPILERS)
def test_a_bounded_overflow_panics_before_a_byte_is_written(
        compiler, function, level, empty_folder):
    call = CALLS[function].format("(evaluated++, size)")
    compile_(compiler, PROGRAM.replace("CALL;", call + ";"), empty_folder, level,
             "-fno-builtin")
    program = empty_folder / "sample"
    assert course.run(program, "16").stdout == "size 16 evaluated 1 times"
    result = course.run(program, "17", check=False)
    assert result.stdout == (f"caller.c:100: {function}() of 17 bytes, but the "
                             "object ends after 16.")


@pytest.mark.parametrize("function", CALLS)
@pytest.mark.parametrize("compiler", COMPILERS)
def test_an_unbounded_call_costs_nothing(compiler, function, empty_folder):
    """Its machine code is that of the plain call."""
    codes = []
    for header in ("fortify.h", "memory.h"):
        source = (f"#include <{header}>\nint result; void f(char *area, char "
                  f"*other, size_t size);\nvoid f(char *area, char *other, "
                  f"size_t size)\n{{ (void)other; {CALLS[function]}; }}\n"
                  ).replace("{}", "size")
        compile_(compiler, source, empty_folder, "-O2", "-ffreestanding", "-c")
        codes.append(course.run("objdump", "-dr", "sample",
                                cwd=empty_folder).stdout)
    assert "<f>:" in codes[0]
    assert codes[0] == codes[1]


def boot(*settings):
    """Boots chapter 4 with settings, and returns what it shows."""
    return course.make(CHAPTER, "boot-test", *settings, build_folder(), "WERROR=1",
                       check=False).stdout


@pytest.mark.parametrize("settings, lines", [
    (("DEMO=overflow",),
     [r" memcpy\(\) of 20 bytes, but the object ends after 16\.",
      r" at 04-intrinsics/demos/overflow/demo\.c:\d+"]),
    (("DEMO=undefined", "SANITIZE=undefined"),
     [" Undefined behavior: a shift by too many bits, or of a negative number.",
      r" at 04-intrinsics/demos/undefined/demo\.c:\d+"]),
    (("DEMO=smash", "SANITIZE=stack"),
     [" An array on the stack has overflowed, in the code at 0x[0-9a-f]+."]),
])
@pytest.mark.parametrize("compiler", course.cases(COMPILERS[:1], COMPILERS))
def test_a_mistake_ends_in_a_panic(settings, lines, compiler):
    output = boot(*settings, f"CC={compiler}")
    assert " KERNEL PANIC\n" in output
    for line in lines:
        assert re.search(f"^{line}$", output, re.MULTILINE), output


@pytest.mark.parametrize("sanitizers", ["stack undefined", "undefined,stack"])
def test_several_sanitizers_are_taken_in_any_order(sanitizers):
    output = course.make(CHAPTER, "boot-test", "DEMO=smash", f"SANITIZE={sanitizers}",
                         build_folder(), "CC=gcc",
                         check=False).stdout
    # This one is the first to notice; the other's check is in the code, too.
    assert "Undefined behavior: index 16 is out of bounds." in output
    assert "__stack_chk_fail" in course.run("nm", "-u", course.own_build() / "demo.o").stdout


@pytest.mark.parametrize("wrong", ["undefine", "undefined stak"])
def test_an_unknown_sanitizer_is_refused(wrong):
    assert re.search(rf"SANITIZE={wrong.split()[-1]} is unknown here\. This chapter knows: "
                     "undefined stack", boot(f"SANITIZE={wrong}"))


def test_without_a_sanitizer_a_shift_goes_unnoticed():
    output = boot("DEMO=undefined", "CC=gcc")
    assert "  1 << 40 is " in output and "KERNEL PANIC" not in output


def test_without_a_sanitizer_only_the_cpu_notices_an_overflow_on_the_stack():
    output = boot("DEMO=smash", "CC=gcc")
    assert "\n General protection fault (#GP), vector 13, " in output
    assert "It jumped to 0x7878787878787878" in output


@pytest.mark.parametrize("sanitizer", course.cases(["undefined stack"], ["undefined", "stack"]))
@pytest.mark.parametrize("compiler", course.cases(COMPILERS[:1], COMPILERS))
def test_the_kernel_itself_has_no_such_mistake(compiler, sanitizer):
    output = boot(f"SANITIZE={sanitizer}", f"CC={compiler}")
    assert "\n  10 passed, 0 failed\n" in output
    assert "KERNEL PANIC" not in output


# Each kind of undefined behavior that a handler reports, and its words.
UNDEFINED = {
    "forty + 0x7FFFFFFF": "an addition overflows",
    "-forty - 0x7FFFFFFF": "a subtraction overflows",
    "forty * 0x7FFFFFFF": "a multiplication overflows",
    "-(int)(forty + 0x7FFFFFD8u)": "a negation overflows",
    "forty / (forty - 40)": "a division by zero, or one that overflows",
    "1 << forty": "a shift by too many bits, or of a negative number",
    "((int[4]){1, 2, 3, 4})[forty]": r"index 40 is out of bounds",
    "*(volatile int *)(long)(forty - 40)": "a null pointer is used",
    "*(volatile int *)((char *)&forty + 1)":
        "a pointer is not aligned for its type",
    "*(volatile unsigned char *)&flag = (unsigned char)forty, flag":
        "a bool or an enum has an impossible value",
    "forty == 40 ? __builtin_ctz((unsigned)forty - 40) : 0":
        "an argument must not be zero",
}


@pytest.fixture(scope="session")
def project(tmp_path_factory):
    """A copy of the kernel for one demo after another: only the demo is rebuilt."""
    target = tmp_path_factory.mktemp("project") / "mine"
    course.make(CHAPTER, "start", f"DIR={target}")
    return target


@pytest.mark.xdist_group("project")
@pytest.mark.parametrize("expression", course.cases(
    list(UNDEFINED)[:4], list(UNDEFINED)[4:]))
def test_each_kind_of_undefined_behavior_is_named(expression, project):
    """In a copy of the kernel, whose demo is this expression."""
    text = (course.ROOT / CHAPTER / "demos/undefined/demo.c").read_text()
    text = text.replace("1 << forty);", f"(int)({expression}));\n    (void)flag;")
    text = text.replace("void demo_run(void)", "static volatile _Bool flag;\n"
                        "void demo_run(void)", 1)
    (project / "demos/undefined/demo.c").write_text(text)
    output = course.run(
        "make", "--no-print-directory", "-C", project, "boot-test", "CC=gcc",
        "DEMO=undefined", "SANITIZE=undefined", check=False).stdout
    assert f"Undefined behavior: {UNDEFINED[expression]}." in output
    assert re.search(r"^ at demos/undefined/demo\.c:\d+$", output, re.MULTILINE), output


@pytest.mark.parametrize("compiler", COMPILERS)
def test_the_kernel_has_each_function_that_the_compiler_calls(compiler, empty_folder):
    """Each version of a compiler may look for one kind more."""
    source = "".join(f"int f{number}(void); int f{number}(void) {{ return (int)"
                     f"({expression}); }}\n"
                     for number, expression in enumerate([
                         *UNDEFINED, "called(forty)", "forty > 40 ? 1 : "
                         "(__builtin_unreachable(), 0)", "pointer[forty]"]))
    (empty_folder / "sample.c").write_text(
        "static volatile int forty = 40; static volatile _Bool flag;\n"
        "extern int (*called)(int); extern int *pointer;\n" + source)
    course.run(compiler, "-w", "-ffreestanding", "-fsanitize=undefined", "-c",
               "sample.c", cwd=empty_folder)
    wanted = undefined_symbols(empty_folder / "sample.o")
    kernel = course.build(CHAPTER)
    assert len(wanted) > 10
    assert wanted <= set(kernel.symbols())


def undefined_symbols(path):
    """Returns the handlers of undefined behavior that an object calls."""
    return set(re.findall(r"U (__ubsan_\w+)", course.run("nm", path).stdout))


def test_an_unknown_sanitizer_is_one_line():
    for chapter, words in (("03-vga", "Sanitizers come in chapter 4"),
                           ("04-intrinsics", "This chapter knows: undefined")):
        result = course.make(f"chapters/{chapter}", "SANITIZE=address",
                             check=False)
        assert result.returncode != 0
        assert "SANITIZE=address is unknown here" in result.stdout
        assert words in result.stdout
