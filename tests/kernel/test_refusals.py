"""A kernel that cannot run on a machine says so, on the screen and on COM1,
and halts."""
import pytest

import bochs
import course
import screens

KERNELS = course.CHAPTERS[1:]

NO_LOADER = "This kernel must be started by a Multiboot2 loader, such as GRUB."
NO_CPUID = "This kernel needs a 64-bit CPU: this one has no CPUID instruction."
NO_LONG_MODE = "This kernel needs a 64-bit CPU: this one has no long mode."
NO_NX = "This kernel needs a CPU with no-execute pages (NX): this one reports none."
NO_MEMORY = "too little memory: 4 MiB must be available"


def check(chapter, booted, message):
    """The message is all there is, red; the CPU stays halted."""
    screen = booted.screen()
    if chapter == "02-boot" or message.startswith("This kernel"):
        assert screens.refusal(message).differences(screen) == []
        assert booted.serial().strip() == message
    else:
        assert screen.lines()[1] == " KERNEL PANIC"
        assert screen.lines()[3] == f" {message}"
        assert {attribute for row in screen.cells for _, attribute in row} == \
            {screens.RED}
        assert f"\n {message}\n" in booted.serial()
    assert booted.is_halted()


@pytest.mark.parametrize("flags, message", course.cases(
    [(["-cpu", "qemu32"], NO_LONG_MODE), (["-cpu", "qemu64,-nx"], NO_NX),
     (["-m", "4"], NO_MEMORY)],
    [(["-cpu", "pentium"], NO_LONG_MODE), (["-cpu", "qemu64,-lm"], NO_LONG_MODE)]))
@pytest.mark.parametrize("chapter", KERNELS)
def test_refuses_a_machine(chapter, flags, message):
    kernel = course.build(f"chapters/{chapter}")
    with course.boot_until_halted(kernel, flags=flags) as booted:
        check(chapter, booted, message)


def test_bochs_without_long_mode_is_refused():
    result = bochs.boot(course.build("chapters/02-boot"), cpu="p3_katmai")
    assert screens.refusal(NO_LONG_MODE).differences(result.screen) == []


@pytest.mark.parametrize("chapter", KERNELS)
def test_8_mib_are_enough(chapter):
    kernel = course.build(f"chapters/{chapter}")
    with course.boot_until_halted(kernel, flags=["-m", "8"]) as booted:
        assert "memory: this kernel needs" not in booted.screen().text()


def boot_with_a_lie(kernel, place, *commands):
    """Boots a kernel, lets GDB change what it sees at a place of its code, and
    returns the Machine once it has halted."""
    booted = kernel.boot(gdb=True)
    try:
        course.debug(booted, kernel, f"break {place}", "continue", *commands)
        assert booted.wait(course.PATIENCE) == "halted"
    except BaseException:
        booted.close()
        raise
    return booted


def line_of(source, text):
    """Returns the place, for GDB, of the one line of a source with a text."""
    lines = (course.ROOT / source).read_text().splitlines()
    [number] = [n for n, line in enumerate(lines, 1) if text in line]
    return f"{source.rpartition('/')[2]}:{number}"


def test_refuses_another_loader():
    kernel = course.build("chapters/02-boot")
    with boot_with_a_lie(kernel, "*_start", "set $rax = 0x2BADB002") as booted:
        check("02-boot", booted, NO_LOADER)


def test_refuses_a_cpu_without_cpuid():
    """EFLAGS.ID does not change: GDB makes the two values equal."""
    kernel = course.build("chapters/02-boot")
    place = line_of("chapters/02-boot/boot.asm", "cmp     eax, ecx")
    with boot_with_a_lie(kernel, place, "set $rax = $rcx") as booted:
        check("02-boot", booted, NO_CPUID)


@pytest.mark.parametrize("lie, message", [
    ("set {int}$rdi = 0x7fffffff",
     "the Multiboot2 information lies outside of mapped memory"),
    ("set $rdi = 0x40000000",
     "the Multiboot2 information lies outside of mapped memory"),
    ("set $rdi = 0x20",
     "the Multiboot2 information lies outside of mapped memory"),
    ("set $rdi = $rdi + 4",
     "the Multiboot2 information is not 8-byte aligned"),
    ("set {int}$rdi = 8",
     "the Multiboot2 information has no end tag"),
    ("set {int}($rdi + 12) = 0xfffffff0",
     "a Multiboot2 tag does not fit in the information"),
    ("set {int}($rdi + 12) = 0",
     "a Multiboot2 tag does not fit in the information"),
    ("set {long}($rdi + 8) = 0x800000000",
     "the loader gave no memory map"),
    # The second program header in memory: p_flags, then p_memsz.
    ("set {int}(0x100000 + 64 + 56 + 4) = 7",
     "a segment of the kernel is both writable and executable"),
    ("set {long}(0x100000 + 64 + 56 + 40) = 0x800000",
     "the kernel does not fit below SMALL_PAGES_END: raise it in addresses.h"),
])
@pytest.mark.parametrize("chapter", course.cases(["02-boot"], ["04-intrinsics"]))
def test_refuses_wrong_information(chapter, lie, message):
    kernel = course.build(f"chapters/{chapter}")
    with boot_with_a_lie(kernel, "*kernel_main", lie) as booted:
        check(chapter, booted, message)
