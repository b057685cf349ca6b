"""What the kernel's file promises to the loader, and to the CPU."""
import re
import struct

import pytest

import course
import machine_code
from course import CHAPTERS, EACH_VARIANT, build_folder

SAMPLE = """
double sum(const double *a) { return a[0] * a[1]; }
long fill(long n) {
    volatile long a[4];
    for (int i = 0; i < 4; i++) a[i] = n;
    return a[n & 3];
}
"""


def pytest_generate_tests(metafunc):
    """A test that takes a kernel gets each chapter's, as each variant."""
    if "kernel" in metafunc.fixturenames:
        metafunc.parametrize("variant", EACH_VARIANT)
        metafunc.parametrize("chapter", CHAPTERS)


@pytest.fixture
def kernel(chapter, variant):
    return course.build(f"chapters/{chapter}", variant)


def uses(find, path):
    """Returns {function: what it uses that a kernel must not}."""
    return {function.name: find(function)
            for function in machine_code.functions(path) if find(function)}


def test_no_vector_or_x87_instruction(kernel):
    assert uses(machine_code.vector_instructions, kernel.elf) == {}


def test_nothing_below_the_stack_pointer(kernel):
    assert uses(machine_code.red_zone_uses, kernel.elf) == {}


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_these_two_checks_find_what_they_look_for(compiler, empty_folder):
    (empty_folder / "sample.c").write_text(SAMPLE)
    course.run(compiler, "-O2", "-fno-stack-protector", "-c", "sample.c",
               cwd=empty_folder)
    sample = empty_folder / "sample.o"
    assert uses(machine_code.red_zone_uses, sample).keys() == {"fill"}
    assert uses(machine_code.vector_instructions, sample).keys() == {"sum"}


def test_segments_are_r_rx_rw(kernel):
    lines = course.run("readelf", "-lW", kernel.elf).stdout
    loads = re.findall(r"^  LOAD .* 0x\w+ 0x\w+ (...) 0x\w+$", lines,
                       re.MULTILINE)
    # lld leaves out a segment without contents, as chapter 1's data.
    assert loads[:2] == ["R  ", "R E"]
    assert loads[2:] in ([], ["RW "])
    assert "RWE" not in lines


def test_no_dynamic_section_and_no_interpreter(kernel):
    output = course.run("readelf", "-lSdW", kernel.elf).stdout
    assert "There is no dynamic section in this file." in output
    for word in ("INTERP", "DYNAMIC", ".got", ".plt", ".rela", "eh_frame",
                 "build-id"):
        assert word not in output, word


def test_no_undefined_symbol(kernel):
    assert course.run("nm", "-u", kernel.elf).stdout == ""


def test_multiboot2_header_is_aligned_and_within_32_kib(kernel):
    content = kernel.elf.read_bytes()
    magic = struct.pack("<I", 0xE85250D6)
    offset = content.index(magic)
    assert offset % 8 == 0
    _, architecture, length, checksum = struct.unpack_from("<4I", content, offset)
    assert (0xE85250D6 + architecture + length + checksum) % 2**32 == 0
    assert architecture == 0
    assert offset + length <= 32768
    # The list of tags ends with type 0, size 8, right at the end.
    assert struct.unpack_from("<HHI", content, offset + length - 8) == (0, 0, 8)


def test_entry_is_start_above_1_mib(kernel):
    header = course.run("readelf", "-h", kernel.elf).stdout
    entry = int(re.search(r"Entry point address: +0x(\w+)", header)[1], 16)
    assert entry == kernel.symbols()["_start"] >= 0x100000
    assert "EXEC (Executable file)" in header
    assert "Advanced Micro Devices X86-64" in header


def test_iso_is_under_1_mb(kernel):
    assert kernel.iso.stat().st_size < 1_000_000


def test_chapter_4_does_not_link_without_its_memory_functions():
    """The struct copy calls memcpy, which nothing else defines."""
    result = course.make("tests/kernel/kernels/no_memory", "WERROR=1",
                         build_folder(folder="tests/kernel/kernels/no_memory"), check=False)
    assert result.returncode != 0
    assert "undefined reference to `memcpy'" in result.stdout
