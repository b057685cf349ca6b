"""What is said of the screen's rows: nothing of a kernel that puts its text where it likes, and
what is wrong with one that goes astray."""
import pytest

import course
import rows
from memory_map import is_in
from screen import COLUMNS, ROWS, Screen


def screen_of(*lines):
    """Returns a Screen with these rows, light gray on black."""
    text = "".join(line.ljust(COLUMNS) for line in lines).ljust(COLUMNS * ROWS)
    return Screen(bytes(byte for letter in text.encode("cp437") for byte in (letter, 0x07)))


def said(sent, *lines):
    screen = screen_of(*lines)
    return rows.other_blanks(screen, sent) or rows.too_far_down(screen, sent)


@pytest.mark.parametrize("sent, lines", [
    ("Hello\nWorld\n", ("Hello", "World")),
    ("Title\nHello\n", (" " * 37 + "Title", "  Hello")),          # centered, with a margin
    ("Menu\nOpen\nSave\n", ("Menu", "", "", "Open", "Save")),              # put there by its cursor
    ("A\nB\nC\nA\nC\n", ("A", "", "", "C")),                               # a page after another
    ("A\n" + "\t" * 11 + "x\nB\n", ("A", "", " " * 8 + "x", "B")),         # tabs fill a row
    ("A\n" + "x" * COLUMNS + "\nB\n", ("A", "x" * COLUMNS, "", "B")),      # wraps at once
    ("a\tb\n", ("a       b",)),
])
def test_a_kernel_may_put_its_text_where_it_likes(sent, lines):
    assert said(sent, *lines) is None


def test_a_blank_that_is_lost_at_the_end_of_a_row_is_seen_by_its_color():
    screen = screen_of("title", "", "", "text")
    white_on_blue = (ord(" "), 0x1F)
    screen.cells[0] = [(code, 0x1F) for code, _ in screen.cells[0]]
    sent = "title".ljust(COLUMNS) + "\n\ntext\n"
    assert rows.too_far_down(screen, sent) is None  # a new row begins as soon as one is full
    screen.cells[0][-1], screen.cells[1][0] = (ord(" "), 0x07), white_on_blue
    assert '"text" is in row 3 of the screen, and should be in row 2' in rows.too_far_down(screen, sent)


@pytest.mark.parametrize("sent, lines, words", [
    ("Hello\nWorld\nagain\n", ("Hello", "     World", "          again"),
     '"World" begins in column 5 of row 1, and should begin in column 0: does a new line'),
    ("A\nB\nC\n", ("A", "", "B", "", "C"), '"B" is in row 2 of the screen, and should be in row 1'),
    ("a\tb\n", ("a   b",), "does a tab end before a column that is a multiple of 8?"),
])
def test_rows_astray_are_named(sent, lines, words):
    assert words in said(sent, *lines)


def test_text_after_a_carriage_return_replaces_what_was_there():
    assert course.qemu.overwritten("Load 0%\rLoad 50%\rLoad 100%") == "Load 100%"
    assert course.qemu.overwritten("longer\rshort\r") == "shortr"
    assert course.qemu.overwritten("line\r") == "line"


def test_a_kernel_may_have_words_of_its_own_for_memory():
    regions = [(0, 0x9FC00, 1), (0x9FC00, 0xA0000, 2)]
    assert is_in(regions, 0, 0x9FC00, None, "free RAM")
    assert is_in(regions, 0, 0x9FC00, 639, "available")
    assert not is_in(regions, 0, 0x9FC00, 639, "reserved")
    assert not is_in(regions, 0, 0x9F000, None, "free RAM")
