"""Parts of the kernels run in a process of the host, against the C library, a
model, or wrong input. They are the kernel's own objects, as they boot."""
import re

import pytest

import course

HOST = course.ROOT / "tests" / "kernel" / "host"
SEEDS = [1, 2, 3]

pytestmark = course.x86_64_only


def link(folder, source, objects, chapter, *flags):
    """Links a test program with objects of a chapter; returns its path."""
    kernel = course.build(f"chapters/{chapter}", *flags)
    program = folder / source[:-2]
    course.run("gcc", "-std=gnu11", "-O1", "-Wall", "-Wextra", "-no-pie",
               "-Wno-format-nonliteral", "-o", program, HOST / source,
               *[kernel.build / name for name in objects], *course.includes())
    return program


@pytest.mark.parametrize("variant", ["default", "O0", "clang"])
def test_kprintf_prints_what_printf_prints(variant, empty_folder):
    program = link(empty_folder, "kprintf_host.c", ["kprintf.o", "console.o"], "03-vga",
                   variant)
    for seed in SEEDS:
        assert course.run(program, seed, 100_000).stdout == "equal\n"


def test_kprintf_where_printf_may_do_as_it_likes(empty_folder):
    program = link(empty_folder, "kprintf_host.c", ["kprintf.o", "console.o"], "03-vga")
    assert course.run(program, "fixed").stdout == (
        "(null)|(n|  (null)|\n"
        "0x0|             0xb8000|0xffffffffffffffff  |\n"
        "abc||\n"
        "%q and %d go on as they stand|\n"
        "7 before %f|\n"
        "100%|%5|%l|")


@pytest.mark.parametrize("chapter, objects", course.cases([
    ("04-intrinsics", ["vga.o", "vga_scroll.o", "memory.o", "memory_init.o"])], [
    ("03-vga", ["vga.o", "vga_scroll.o"]),
]))
def test_console_writes_each_changed_cell_once_and_reads_none(
        chapter, objects, empty_folder):
    program = link(empty_folder, "vga_host.c", objects, chapter)
    for seed in SEEDS:
        output = course.run(program, seed, 700).stdout
        assert re.fullmatch(r"\d+ writes, 0 reads\n", output)


def test_wrong_multiboot2_information_is_never_read_beyond_its_end(empty_folder):
    program = empty_folder / "multiboot2_host"
    sources = [course.ROOT / "chapters" / "02-boot" / name
               for name in ("multiboot2_info.c", "memory_map.c")]
    course.run("gcc", "-std=gnu11", "-g", "-O1", "-fsanitize=address,undefined",
               "-fno-sanitize-recover", "-o", program,
               HOST / "multiboot2_host.c", *sources, *course.includes())
    for seed in SEEDS:
        output = course.run(program, seed, 200_000).stdout
        accepted, refused = map(int, re.findall(r"\d+", output))
        # Both happen, often: some of the changes do no harm.
        assert accepted > 1000 and refused > 1000


@pytest.mark.parametrize("call", [
    'kprintf("%s", 5)', 'kprintf("%d", 5L)', 'kprintf("%d")',
    'kprintf("%lu", 5)', 'kprintf("%d", 1, 2)', 'panic("%s", 5)',
])
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_the_compiler_compares_arguments_with_the_format(
        compiler, call, empty_folder):
    (empty_folder / "call.c").write_text(
        "#include <kprintf.h>\n#include <panic.h>\n"
        f"void f(void);\nvoid f(void) {{ {call}; }}\n")
    result = course.run(compiler, "-c", "-Wall", "-Wextra", "-Werror", "call.c",
                        *course.includes(), cwd=empty_folder, check=False)
    assert result.returncode != 0
    assert re.search(r"-W(error[=,]-?W?)?format", result.stdout)
