"""The page tables do what the program headers say, as the CPU sees it."""
import re

import pytest

import course
import crash
import elf
import qemu

FAULTS = {
    "write_text": "It wrote to {demo_run:#x}, which is read-only.",
    "write_rodata": "It wrote to {rodata:#x}, which is read-only.",
    "write_headers": "It wrote to 0x100000, which is read-only.",
    "execute_data": "It jumped to {data:#x}, which is not executable.",
    "execute_rodata": "It jumped to {rodata:#x}, which is not executable.",
    "execute_stack": "It jumped to 0x[0-9a-f]+, which is not executable.",
    "execute_memory": "It jumped to 0x1000000, which is not executable.",
    "read_page_0": "It read from 0x10, in page 0, which is not mapped",
    "write_page_0": "It wrote to 0xfff, in page 0, which is not mapped",
    "jump_to_0": "It jumped to 0x0, in page 0, which is not mapped",
    "read_guard": r"It read from {stack_guard:#x}, in the guard page below the stack\.",
    "large_frame": "the guard page below the stack: the stack has overflow",
    "overflow_stack": "the guard page below the stack: the stack has overflow",
}
FAST = ("write_text", "execute_data", "write_page_0", "overflow_stack")
READ, WRITE, EXECUTE = "R", "W", "X"


@pytest.mark.parametrize("fault", course.cases(FAST, FAULTS))
def test_forbidden_access_faults(fault):
    kernel = course.build("tests/kernel/kernels/faults", demo=fault)
    with kernel.boot() as booted:
        assert booted.wait(course.PATIENCE) == qemu.CRASHED
        words = crash.triple_fault(elf.Kernel(str(kernel.elf)), booted.log(), "LOG", booted)
    assert "a page fault (#PF)" in words
    assert re.search(FAULTS[fault].format(**kernel.symbols()), words), words
    assert re.search(r"\n  at .*(demo|kernel)\.c:\d+", words), words


def test_the_same_kernel_without_a_fault_halts():
    course.boot_until_halted(course.build("tests/kernel/kernels/faults")).close()


@pytest.mark.parametrize("chapter", course.CHAPTERS[1:])
def test_every_page_has_the_permissions_of_its_segment(chapter):
    """Compares QEMU's walk through the page tables with the program headers."""
    kernel = course.build(f"chapters/{chapter}")
    with course.boot_until_halted(kernel) as booted:
        pages = mapped_pages(booted)
    guard = kernel.symbols()["stack_guard"]
    expected = dict.fromkeys(range(0, 0x40000000, 0x1000), READ + WRITE)
    for first, end, permissions in segments(kernel):
        for page in range(first & ~0xFFF, end, 0x1000):
            expected[page] = permissions
    del expected[0], expected[guard]
    assert guard % 0x1000 == 0
    wrong = {hex(page): (pages.get(page), expected.get(page))
             for page in pages.keys() | expected.keys()
             if pages.get(page) != expected.get(page)}
    assert wrong == {}


def segments(kernel):
    """Returns (start, end, permissions) of each segment that is loaded."""
    lines = course.run("readelf", "-lW", kernel.elf).stdout.splitlines()
    for line in lines:
        match = re.match(r"  LOAD +0x\w+ 0x(\w+) 0x\w+ 0x\w+ 0x(\w+) (...) ",
                         line)
        if match:
            start, size = int(match[1], 16), int(match[2], 16)
            permissions = "".join(
                name for letter, name in zip("RWE", (READ, WRITE, EXECUTE))
                if letter in match[3])
            yield start, start + size, permissions


def mapped_pages(booted):
    """Returns the permissions of each page of 4 KiB, from `info tlb`: a line for
    each entry, with X for no-execute, P for a large page and W for writable
    (QEMU, target/i386/monitor.c). Every address is mapped to itself."""
    pages = {}
    for line in booted.monitor("info tlb").splitlines():
        match = re.match(r"([0-9a-f]{16}): ([0-9a-f]{16}) (\S{9})$", line.strip())
        virtual, physical = int(match[1], 16), int(match[2], 16)
        assert virtual == physical, line
        flags = match[3]
        permissions = READ + (WRITE if "W" in flags else "") + \
            ("" if flags[0] == "X" else EXECUTE)
        for page in range(0, 0x200000 if flags[2] == "P" else 0x1000, 0x1000):
            pages[virtual + page] = permissions
    return pages
