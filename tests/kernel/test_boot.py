"""Each chapter's kernel boots, in each way and as each compiler builds it, and
shows what it should."""
import re

import pytest

import bochs
import course
import screens
from course import CHAPTERS, EACH_VARIANT, build_folder

WAYS = ["cdrom", "disk", "uefi", "bochs"]
EACH_BOOT = [(chapter, way) for chapter in CHAPTERS for way in WAYS]
SLOW_BOOTS = [("02-boot", "uefi"), ("04-intrinsics", "uefi"), ("04-intrinsics", "bochs")]

CR0_PE, CR0_WP, CR0_PG = 1 << 0, 1 << 16, 1 << 31
CR4_PAE = 1 << 5
EFER_LME, EFER_LMA, EFER_NXE = 1 << 8, 1 << 10, 1 << 11


def check_screen(chapter, screen, memory):
    """Compares all 25 rows of 80 cells with what is meant."""
    if chapter == "01-freestanding":
        # What is left of it is the firmware's and GRUB's.
        assert screen.cells[0][:2] == [(ord("O"), 0x0A), (ord("K"), 0x0A)]
        return
    if chapter == "02-boot":
        page = screens.chapter_2()
    elif chapter == "03-vga":
        lines, available = screens.memory_map_lines(screen.lines()[10:])
        assert memory - 2 <= available <= memory
        page = screens.chapter_3(lines)
    else:
        page = screens.chapter_4()
    assert page.differences(screen) == []


SERIAL_ENDS = {
    "01-freestanding": "",
    "02-boot": "Hello World!\n",
    "03-vga": " MiB are available\n\n",
    "04-intrinsics": "\n  10 passed, 0 failed\n",
}


def check_halted_at_start(kernel, address):
    """Chapter 1 stops after the hlt of _start: GRUB has started it."""
    assert f"{address - 1:x}" in bochs.halts(kernel)


@pytest.mark.parametrize("chapter, way", course.cases(
    [pair for pair in EACH_BOOT if pair not in SLOW_BOOTS], SLOW_BOOTS))
def test_boots(chapter, way):
    if way == "bochs":
        check_in_bochs(chapter)
        return
    check_in_qemu(chapter, course.build(f"chapters/{chapter}"), way)


@pytest.mark.parametrize("variant", EACH_VARIANT[1:])
@pytest.mark.parametrize("chapter", course.cases(CHAPTERS[-1:], CHAPTERS))
def test_boots_as_built_with(chapter, variant):
    kernel = course.build(f"chapters/{chapter}", variant)
    check_in_qemu(chapter, kernel, "own")


def check_in_qemu(chapter, kernel, way):
    with course.boot_until_halted(kernel, way) as machine:
        registers = machine.registers()
        if chapter == "01-freestanding":
            assert not registers["CR0"] & CR0_PG
            check_halted_at_start(kernel, registers["EIP"])
        else:
            assert registers["CS64"]
            check_control_registers(registers["CR0"], registers["EFER"])
            assert registers["CR4"] & CR4_PAE
        if way != "uefi":
            check_screen(chapter, machine.screen(), memory=128)
        assert machine.serial().endswith(SERIAL_ENDS[chapter])
        if chapter == "01-freestanding":
            assert machine.serial() == ""


def check_in_bochs(chapter):
    kernel = course.build(f"chapters/{chapter}")
    result = bochs.boot(kernel)
    if chapter == "01-freestanding":
        assert f"{result.rip:x}" in bochs.halts(kernel)
    else:
        check_control_registers(result.cr0, result.efer)
    check_screen(chapter, result.screen, memory=128)
    # The last two bytes may still be on their way through the serial port.
    assert SERIAL_ENDS[chapter].rstrip()[:-1] in result.serial[-30:]


def check_control_registers(cr0, efer):
    assert cr0 & CR0_PE and cr0 & CR0_PG and cr0 & CR0_WP
    assert efer & EFER_LME and efer & EFER_LMA and efer & EFER_NXE


@pytest.mark.parametrize("chapter", CHAPTERS[1:])
def test_kernel_main_is_called_by_the_abi(chapter):
    """System V ABI 3.2.2 and 3.2.1: at the entry of a function, RSP is 8 below
    a multiple of 16, and the direction flag is clear, whatever it was before."""
    kernel = course.build(f"chapters/{chapter}")
    with kernel.boot(gdb=True) as machine:
        output = course.debug(
            machine, kernel, "break *_start", "continue", "info registers rbx",
            "set $eflags = 0x446", "break *kernel_main", "continue",
            "info registers rsp eflags rdi")
    values = dict(re.findall(r"^(\w+) +0x(\w+) ", output, re.MULTILINE))
    assert int(values["rsp"], 16) % 16 == 8
    assert int(values["eflags"], 16) & 0x400 == 0
    assert values["rdi"] == values["rbx"] != "0"


def test_scroll_demo_shows_the_last_lines():
    kernel = course.build("chapters/03-vga", demo="scroll")
    with course.boot_until_halted(kernel) as machine:
        page = screens.Page()
        for row in range(24):
            page.put(row, 0, f"line {77 + row} of 100")
        assert page.differences(machine.screen()) == []
        serial = machine.serial()
        assert all(f"\nline {line} of 100\n" in serial for line in
                   range(1, 101))


def test_scrolling_of_chapter_4_shows_the_same():
    """Chapter 4 scrolls with its memory functions."""
    kernel = course.build("tests/kernel/kernels/scroll")
    with course.boot_until_halted(kernel) as machine:
        page = screens.Page()
        for row in range(24):
            page.put(row, 0, f"line {77 + row} of 100")
        assert page.differences(machine.screen()) == []


def test_panic_demo_is_red_and_halts():
    kernel = course.build("chapters/03-vga", demo="panic")
    source = (course.ROOT / "chapters/03-vga/demos/panic/demo.c").read_text()
    line = source[:source.index("This is a drill")].count("\n") + 1
    with course.boot_until_halted(kernel) as machine:
        page = screens.Page(screens.RED)
        page.put(1, 1, "KERNEL PANIC", screens.RED)
        page.put(3, 1, "This is a drill: 0 things are wrong.", screens.RED)
        page.put(5, 1, f"at 03-vga/demos/panic/demo.c:{line}", screens.RED)
        page.put(7, 1, "The CPU is halted.", screens.RED)
        assert page.differences(machine.screen()) == []
        assert f"at 03-vga/demos/panic/demo.c:{line}\n" in machine.serial()


def test_panic_works_inside_a_print():
    """A serial port that panics at a '!' panics in the middle of a kprintf, and
    once more when the panic prints the '!' in its own message."""
    kernel = course.build("tests/kernel/kernels/panic_in_print")
    with course.boot_until_halted(kernel) as machine:
        lines = machine.screen().lines()
        assert lines[1] == " KERNEL PANIC"
        assert lines[3] == " The serial port got a !"
        cells = machine.screen().cells
        assert {attribute for row in cells for _, attribute in row} == \
            {screens.RED}


def test_the_hardware_cursor_follows():
    """The CRT controller's cursor is where the next character would go."""
    kernel = course.build("chapters/04-intrinsics")
    with course.boot_until_halted(kernel) as machine:
        # Below "10 passed, 0 failed", in the first column.
        assert cursor(machine) == 16 * 80


def cursor(machine):
    """Reads the cursor's place from the CRT controller (VGA registers 0Eh and
    0Fh) through QEMU's monitor."""
    place = 0
    for register in (0x0E, 0x0F):
        machine.monitor(f"o /b 0x3d4 {register}")
        value = machine.monitor("i /b 0x3d5")
        place = place << 8 | int(value.split("=")[1], 16)
    return place


def test_selftest_leaves_qemu():
    result = course.make("chapters/04-intrinsics", "boot-test", "DEMO=exit", build_folder())
    assert "10 passed, 0 failed" in result.stdout
    assert result.stdout.endswith("The kernel has left QEMU: success.\n")


@pytest.mark.parametrize("way, trap", course.cases([('"rep movsb"', '"ud2; rep movsb"')], [
    (f"        {name}(to, from, size);", "        __builtin_trap();")
    for name in ("copy_small", "copy_up", "copy_down")]))
def test_selftest_tries_each_way_to_move(way, trap, empty_folder):
    target = course.project(empty_folder, "04-intrinsics", "memory.c", {way: trap})
    result = course.run(*course.MAKE, target, "run", check=False)
    assert re.search(r"#UD.*\n.*ud2.*\n  at memmove \(memory\.c:\d+\)", result.stdout)


def test_selftest_fails_with_a_wrong_memory_function():
    """A memcmp that stops one byte early is found, and the verb fails."""
    result = course.make("tests/kernel/kernels/wrong_memory", "boot-test",
                         build_folder(folder="tests/kernel/kernels/wrong_memory"),
                         check=False)
    assert result.returncode != 0
    assert "FAILED  memcmp finds the first byte that differs" in result.stdout
    assert "The kernel has left QEMU: failure." in result.stdout
