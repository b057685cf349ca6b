"""Text that cannot be seen is not reported as if it could, and what is left of a boot that
ended well is said: a lost stack pointer, a kernel_main that has returned."""
import re

import pytest

import course
from course import MAKE, broken_kernel, change, project
from screen import COLUMNS, ROWS, Screen

HALT = "    halt_forever();"
NOT_SHOWN = ('The kernel has sent "Hello World!" to COM1, but the screen, whose memory starts '
             "at 0xb8000, does not show it.")


def run_with(folder, name, old, new):
    """Returns how chapter 2's kernel runs with a mistake in a file."""
    return course.run(*MAKE, project(folder, "02-boot", name, {old: new}), "run", check=False)


@pytest.mark.parametrize("address, words, status", [
    ("0xB80000", f"{NOT_SHOWN} The same text is in memory at 0xb80000: check the address", 2),
    ("0xB800", f"{NOT_SHOWN} The same text is in memory at 0xb800: check the address", 2),
    # The memory of another video card, which is not there: as if it were for COM1 only.
    ("0xB0000", f"{NOT_SHOWN}\n", 0),
])
def test_text_at_a_wrong_address(address, words, status, empty_folder):
    result = run_with(empty_folder, "addresses.h", "0xB8000", address)
    assert result.returncode == status and words in result.stdout, result.stdout


def test_characters_where_attributes_belong(empty_folder):
    result = run_with(empty_folder, "kernel.c", "attribute << 8 | (uint8_t)*text",
                      "attribute | (uint8_t)*text << 8")
    assert result.returncode != 0
    assert " Its characters are where the attributes belong, at odd addresses." in result.stdout


def test_a_screen_that_is_mapped_elsewhere(empty_folder):
    result = run_with(empty_folder, "paging.c",
                      "    page_table[0] = 0;", "    page_table[0] = 0;\n"
                      "    page_table[0xB8] = 0x300000 | PTE_PRESENT | PTE_WRITABLE;")
    assert result.returncode != 0
    assert f"{NOT_SHOWN} The page tables map 0xb8000 to 0x300000." in result.stdout


@pytest.mark.parametrize("text", ["Hello", "x" * 100])
def test_text_that_is_on_the_screen_in_another_shape(text, empty_folder):
    """In front of other text, or on several rows."""
    target = project(empty_folder, "02-boot", "kernel.c", {
        "Hello World!": text, "        cell[i] = LIGHT_GRAY_ON_BLACK << 8 | ' ';": "        (void)i;"})
    result = course.run(*MAKE, target, "run")
    assert "does not show it" not in result.stdout


PRINTS_ROWS = r"""#include <demo.h>

#include <kprintf.h>

void demo_run(void)
{
    for (int i = 0; i < ROWS; i++)
        kprintf("row %d\n", i);
    kprintf("a\tb\n");
}
"""

ROWS_ASTRAY = [
    ("vga.c", {"    column = 0;\n    if (row + 1": "    if (row + 1"}, "and should begin in column 2: does a new line set"),
    ("vga_scroll.c", {"            screen[i] = cell;\n": ""}, ", and in shadow it is "),
    ("vga.c", {"    for (size_t i = 0; i < CELLS; i++)": "    for (size_t i = 2 * VGA_COLUMNS; i < CELLS; i++)"},
     "which was there before the kernel: is vga_clear"),
    ("vga.c", {"TAB_WIDTH = 8": "TAB_WIDTH = 4"}, "does a tab end before a column that is a multiple of 8?"),
]


@pytest.mark.parametrize("name, changes, words", course.cases(ROWS_ASTRAY[:2], ROWS_ASTRAY))
def test_rows_that_are_not_as_they_were_sent(name, changes, words, empty_folder):
    target = project(empty_folder, "03-vga", name, changes)
    (target / "demo.c").write_text(PRINTS_ROWS.replace("ROWS", "30" if "scroll" in name else "3"))
    said = course.run(*MAKE, target, "run", check=False).stdout
    assert words in said, said


@pytest.mark.parametrize("attribute", ["0x00", "0x77"])
def test_text_in_the_color_of_its_background(attribute, empty_folder):
    result = run_with(empty_folder, "kernel.c", "BRIGHT_GREEN = 0x0A",
                      f"BRIGHT_GREEN = {attribute}")
    assert result.returncode != 0
    assert (f"Text on the screen has the color of its background, attribute {attribute}, and "
            'cannot be seen: "Hello World!".') in result.stdout
    assert "\nHello World!\n" not in result.stdout and "COM1" not in result.stdout


def test_text_that_the_screen_has_lost(empty_folder):
    """The console clears the screen, and writes nothing; or it never scrolls."""
    target = project(empty_folder, "03-vga")
    for name, old, new in (
            ("console.c", "    vga_put_char(c);\n", ""),
            ("vga.c", "row * VGA_COLUMNS + column", "column * VGA_COLUMNS + row")):
        text = (target / name).read_text()
        change(target / name, {old: new})
        result = course.run(*MAKE, target, "run", check=False)
        assert result.returncode != 0 and "starts at 0xb8000, does not show it." in result.stdout
        (target / name).write_text(text)
    change(target / "vga.c", {"    if (row + 1 < VGA_ROWS)\n": "    if (1)\n"})
    result = course.run(*MAKE, target, "run", "DEMO=scroll", check=False)
    assert 'COM1, "line 100 of 100", is not on the screen as it was sent.' in result.stdout


def test_64_bit_code_that_garbles_the_screen_is_named(empty_folder):
    """In chapter 1, where the CPU is in 32-bit mode."""
    target = project(empty_folder, "01-freestanding", "kernel.c", {"    for (;;)\n": """\
    const char *text = "Hi";
    volatile char *screen = (volatile char *)0xB8000;
    for (int i = 0; text[i] != 0; i++)
        screen[i * 2] = text[i];
    for (;;)
"""})
    result = course.run(*MAKE, target, "run", "PATIENCE=5", check=False)
    assert "The CPU ran this 64-bit code as 32-bit code: nothing has turned long mode on" in \
        result.stdout


def test_text_in_a_wrong_layout(empty_folder):
    result = run_with(empty_folder, "kernel.c", "(uint16_t)(attribute << 8 | (uint8_t)*text)",
                      "(uint8_t)*text")
    assert result.returncode != 0 and "Text on the screen has the color" in result.stdout


def test_a_card_that_shows_other_memory(empty_folder):
    target = project(empty_folder, "03-vga", "vga.c", {
        "CRTC_CURSOR_HIGH = 0x0E": "CRTC_CURSOR_HIGH = 0x0C"})
    result = course.run(*MAKE, target, "run", check=False)
    assert result.returncode != 0 and " Bare-Metal C " not in result.stdout
    assert re.search(r"\nThe video card shows its memory from 0xb8[0-9a-f]{3} on, and not from "
                     r"0xb8000: the kernel has changed register 0x0c", result.stdout)


def test_a_kernel_that_shows_nothing(empty_folder):
    result = run_with(empty_folder, "kernel.c", 'show("Hello World!", BRIGHT_GREEN);', ";")
    assert result.returncode != 0
    assert "The screen shows only what the firmware and GRUB left there" in result.stdout


def test_a_kernel_main_that_returns(empty_folder):
    result = run_with(empty_folder, "kernel.c", HALT, "")
    assert result.returncode == 0
    assert "\nkernel_main has returned. The CPU has halted in start_64.halt (" in result.stdout


def test_a_kernel_main_that_is_never_called_has_not_returned(empty_folder):
    result = run_with(empty_folder, "boot.asm", "    call    kernel_main ",
                      "    jmp     .halt\n    call    kernel_main ")
    assert result.returncode != 0 and "returned" not in result.stdout


def test_text_in_white_on_red_is_said_to_be_the_reason(empty_folder):
    result = run_with(empty_folder, "kernel.c", '"Hello World!", BRIGHT_GREEN',
                      '"Hello World!", WHITE_ON_RED')
    assert result.returncode != 0
    assert '"Hello World!" is white on red, which the course\'s kernels keep for failures' in result.stdout


def test_a_kernel_that_waits_for_interrupts_is_not_said_to_loop(empty_folder):
    target = broken_kernel(
        empty_folder, "    outb(0x21, 0xFF);\n    outb(0xA1, 0xFF);\n    for (;;)\n"
        '        __asm__ volatile("sti; hlt");')
    result = course.run(*MAKE, target, "run", "PATIENCE=3", check=False)
    assert "The kernel has not come to an end in 3 seconds: it waits for an interrupt in " \
        "kernel_main (kernel.c:" in result.stdout


def test_a_loop_says_who_has_called_it(empty_folder):
    target = project(empty_folder, "03-vga", "serial.c",
                     {"UART_CAN_SEND))": "UART_CAN_SEND) || 1)"})
    result = course.run(*MAKE, target, "run", "PATIENCE=3", check=False)
    assert re.search(r"is it in a loop\? The CPU is in .*\n(  called by .*\n)*"
                     r"  called by kernel_main \(kernel\.c:", result.stdout), result.stdout


@pytest.mark.parametrize("value, end, words", [
    ("0x1000", "halt_forever();", "The CPU has halted in"),
    ("0x1000", "for (;;) continue;", "is it in a loop?"),
    ("0x0", "halt_forever();", "The CPU has halted in"),
    ("0xfedcba9876543210", "halt_forever();", "The CPU has halted in"),
])
def test_a_stack_pointer_that_is_lost(value, end, words, empty_folder):
    target = broken_kernel(
        empty_folder, f'    __asm__ volatile("movabs ${value}, %rsp");\n    {end}')
    result = course.run(*MAKE, target, "run", "PATIENCE=3", check=False)
    assert (f"The stack pointer, {value}, is not in the kernel's stack, which goes from 0x10"
            in result.stdout), result.stdout
    assert words in result.stdout


def test_what_can_be_seen():
    """Each attribute byte: equal colors hide a letter, and bit 7 is not a color."""
    for attribute in range(256):
        screen = Screen(bytes([ord("x"), attribute]) + bytes([0, 0x07]) * (COLUMNS * ROWS - 1))
        hidden = attribute & 0x0F == attribute >> 4 & 7
        assert screen.text() == ("" if hidden else "x"), hex(attribute)
        assert screen.hidden() == (("x", attribute) if hidden else ("", None))


@pytest.mark.parametrize("old, new", [
    ("CELLS = VGA_COLUMNS * VGA_ROWS", "CELLS = VGA_COLUMNS + VGA_ROWS"),
    ("    size_t index = row * VGA_COLUMNS", "    uint8_t index = row * VGA_COLUMNS"),
], ids=["what was there before", "rows over rows"])
def test_a_row_with_other_text_in_it_is_named(old, new, empty_folder):
    result = course.run(*MAKE, project(empty_folder, "03-vga", "vga.c", {old: new}), "run")
    assert re.search(r'^".*", which the kernel has sent to COM1, is not a row of the screen: '
                     "has other text been left there", result.stdout, re.MULTILINE), result.stdout


def test_rows_that_have_scrolled_away_or_been_cleared_are_not_missed(empty_folder):
    target = project(empty_folder, "03-vga", "kernel.c", {
        "    print_colors();": '    for (int i = 0; i < 40; i++)\n        kprintf("row %d\\n", i);\n'
        "    console_clear();\n    print_colors();"})
    assert "is not a row" not in course.run(*MAKE, target, "run").stdout
