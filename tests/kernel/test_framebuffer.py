"""The same console on a screen of pixels: in a process, and under UEFI."""
import re
import struct

import pytest

import course
import elf
import pixels
import qemu
import screens
from test_host import link

pytestmark = course.x86_64_only

OBJECTS = ["console.o", "framebuffer.o", "font.o", "vga.o", "vga_scroll.o", "multiboot2_info.o"]
# The colors of a VGA card: red, green, blue.
COLORS = [(0, 0, 0), (0, 0, 170), (0, 170, 0), (0, 170, 170), (170, 0, 0), (170, 0, 170),
          (170, 85, 0), (170, 170, 170), (85, 85, 85), (85, 85, 255), (85, 255, 85),
          (85, 255, 255), (255, 85, 85), (255, 85, 255), (255, 255, 85), (255, 255, 255)]
# Width, height, bits, pitch, and where red, green and blue are.
SCREENS = {
    "as under OVMF": (1280, 800, 32, 5120, "16:8", "8:8", "0:8"),
    "just large enough, red last": (640, 400, 32, 2560, "0:8", "8:8", "16:8"),
    "three bytes": (800, 600, 24, 2400, "16:8", "8:8", "0:8"),
    "long rows": (800, 600, 32, 4096, "16:8", "8:8", "0:8"),
    "small": (320, 200, 24, 961, "0:8", "8:8", "16:8"),
    "very small": (88, 50, 32, 352, "16:8", "8:8", "0:8"),
    "very small, three bytes": (40, 70, 24, 120, "16:8", "8:8", "0:8"),
    "two bytes": (1366, 768, 16, 2736, "11:5", "5:6", "0:5"),
    "15 bits": (640, 480, 15, 1280, "10:5", "5:5", "0:5"),
    "10 bits a color": (1024, 768, 32, 4096, "20:10", "10:10", "0:10"),
    "odd margins": (643, 403, 32, 2572, "16:8", "8:8", "0:8"),
}


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """Returns the program of the host, by the chapter and the variant it is linked with."""
    made = {}

    def get(chapter="03-vga", variant="default"):
        if (chapter, variant) not in made:
            more = ["memory.o", "memory_init.o"] if chapter == "04-intrinsics" else []
            made[chapter, variant] = link(
                tmp_path_factory.mktemp("host"), "framebuffer_host.c", OBJECTS + more,
                chapter, variant)
        return made[chapter, variant]
    return get


@pytest.mark.parametrize("name", SCREENS)
def test_each_pixel_is_what_it_should_be(name, program):
    assert course.run(program(), *SCREENS[name], 1, 40, 0).stdout == ""


@pytest.mark.parametrize("chapter", course.cases(["04-intrinsics"], ["03-vga"]))
@pytest.mark.parametrize("name", course.cases(["very small, three bytes"], ["very small"]))
def test_what_has_changed_is_written_once_and_nothing_is_read(name, chapter, program):
    assert course.run(program(chapter), *SCREENS[name], 1, 30, 1).stdout == ""


@pytest.mark.parametrize("chapter, variant", course.cases(
    [("04-intrinsics", "default"), ("03-vga", "clang")],
    [("03-vga", "O0"), ("04-intrinsics", "O3"), ("04-intrinsics", "clang-O0")]))
def test_so_it_is_as_built_with(chapter, variant, program):
    assert course.run(program(chapter, variant), *SCREENS["three bytes"], 2, 5, 0).stdout == ""


@pytest.mark.parametrize("what, why", [
    ((640, 400, 8, 640, "0:8", "0:8", "0:8"), "its pixels are of an unknown kind"),
    ((640, 400, 32, 2560, "16:8", "8:8", "28:8"), "its pixels are of an unknown kind"),
    ((640, 400, 32, 2560, "16:8", "8:0", "0:8"), "its pixels are of an unknown kind"),
    ((640, 400, 32, 2559, "16:8", "8:8", "0:8"), "its rows overlap"),
    ((7, 400, 32, 2560, "16:8", "8:8", "0:8"), "it is smaller than a character"),
    ((640, 15, 32, 2560, "16:8", "8:8", "0:8"), "it is smaller than a character"),
])
def test_a_screen_that_makes_no_sense_is_left_alone(what, why, program):
    """COM1 says why. So is the memory of the text screen."""
    result = course.run(program(), *what, 1, 1, 0, check=False)
    assert result.stdout.startswith(f"The screen stays empty: {why}\n")


def test_a_scrolled_line_costs_what_changes(program):
    """Not all 256,000 pixels."""
    lines = 2
    written = int(course.run(program(), *SCREENS["as under OVMF"], 1, -lines, 0).stdout)
    assert 0 < written < lines * 640 * 400 / 2


# ---- under UEFI ----

def font():
    """Returns the 16 rows of each character, from the C source."""
    text = (course.ROOT / "chapters/03-vga/font.c").read_text()
    return [bytes.fromhex(upper + lower) for upper, lower in re.findall(
        r"^    /\* \w\w \*/ \{0x(\w{16}), 0x(\w{16})\},$", text, re.MULTILINE)]


def rendered(page, cursor, width, height):
    """Returns the picture of a page of text, in the middle of a black screen."""
    glyphs = font()
    black, colors = b"\0\0\0", [bytes(COLORS[number]) for number in range(16)]
    left, top = (width - 640) // 2, (height - 400) // 2
    picture = [black * width * top]
    for row, cells in enumerate(page.cells):
        for y in range(16):
            picture.append(black * left)
            for column, (code, attribute) in enumerate(cells):
                bits = 0xFF if (row, column) == cursor and y >= 14 else glyphs[code][y]
                picture += [colors[attribute & 15 if bits & 0x80 >> x else attribute >> 4]
                            for x in range(8)]
            picture.append(black * (width - 640 - left))
    picture.append(black * width * (height - 400 - top))
    return b"".join(picture)


@pytest.mark.needs_all
@pytest.mark.parametrize("chapter", course.cases(["03-vga"], ["04-intrinsics"]))
def test_the_whole_screen_under_uefi(chapter):
    """Each pixel of it. The title is still there, although the memory map is long."""
    kernel = course.build(f"chapters/{chapter}")
    with course.boot_until_halted(kernel, "uefi") as booted:
        width, height, picture = booted.picture()
        lines = booted.serial().splitlines()
        assert booted.registers()["CS64"]
    if chapter == "03-vga":
        start = next(i for i, line in enumerate(lines) if "first address" in line) + 1
        shown, available = screens.memory_map_lines(lines[start:])
        assert 100 <= available <= 128
        page, cursor = screens.chapter_3(shown), (10 + len(shown) + 1, 0)
    else:
        page, cursor = screens.chapter_4(), (16, 0)
    assert cursor[0] < screens.ROWS and width > 640 and height > 400
    assert picture == rendered(page, cursor, width, height)


def loader_s_map(booted, kernel):
    """Returns the regions of the memory map as GRUB has left them: start, length, type."""
    symbols = kernel.symbols()
    first, size, count = (int.from_bytes(booted.memory(symbols[name], 8), "little")
                          for name in ("entries", "entry_size", "entry_count"))
    return [struct.unpack("<QQI", booted.memory(first + number * size, 20))
            for number in range(count)]


@pytest.mark.needs_all
def test_neighbors_in_the_memory_map_are_one_region():
    kernel = course.build("chapters/03-vga")
    with course.boot_until_halted(kernel, "uefi") as booted:
        text, regions = booted.serial(), loader_s_map(booted, kernel)
    joined = []
    for start, length, kind in regions:
        kind = kind if kind in (1, 3, 4, 5) else 2
        if joined and joined[-1][2] == kind and sum(joined[-1][:2]) == start:
            joined[-1][1] += length
        else:
            joined.append([start, length, kind])
    shown = re.findall(r"^  0x([0-9a-f]{16})  0x([0-9a-f]{16})  ", text, re.MULTILINE)
    assert [(int(first, 16), int(last, 16)) for first, last in shown] == [
        (start, start + length - 1) for start, length, _ in joined[:11]]
    more = re.search(r"^  \.\.\. and (\d+) more$", text, re.MULTILINE)
    assert int(more[1] if more else 0) == max(len(joined) - 11, 0)


# Each program of GDB sets the address in the loader's tag of type 8.
LIE = """python
tag = int(gdb.parse_and_eval("$rdi")) + 8
read = lambda at: int(gdb.parse_and_eval(f"*(unsigned *){{at}}"))
while read(tag) != 8:
    tag += read(tag + 4) + 7 & ~7
gdb.execute(f"set {{{{long}}}}{{tag + 8}} = {address:#x}")
end
"""


def boot_with_framebuffer_at(address, folder):
    """Boots chapter 3's kernel, which is told that its framebuffer is there."""
    kernel = course.build("chapters/03-vga")
    (folder / "lie").write_text(LIE.format(address=address))
    booted = kernel.boot("uefi", gdb=True)
    try:
        course.debug(booted, kernel, "break framebuffer_init", "continue",
                     f"source {folder / 'lie'}")
        assert booted.wait(course.PATIENCE) == qemu.HALTED, booted.log()[-2000:]
    except BaseException:
        booted.close()
        raise
    return booted


def pages_above(booted, first):
    """Returns the pages that are mapped from an address on: {address: flags}. Each must be
    mapped to itself. QEMU's `info tlb` has X for no-execute, P for a large page."""
    found = re.findall(r"^([0-9a-f]{16}): ([0-9a-f]{16}) (\S+)\s*$", booted.monitor("info tlb"),
                       re.MULTILINE)
    pages = {int(page, 16): (int(to, 16), flags) for page, to, flags in found
             if int(page, 16) >= first}
    assert all(page == to for page, (to, _) in pages.items())
    return {page: flags for page, (_, flags) in pages.items()}


SIZE = 1280 * 4 * 800  # under OVMF, in bytes
LARGE_PAGE = 1 << 21


@pytest.mark.needs_all
@pytest.mark.parametrize("address", course.cases(
    [0x13FF00000, 0x40000000 - 0x200000], [0x80000000, 0x7FFFE00000, 0x90012000]))
def test_a_framebuffer_is_mapped_wherever_it_is(address, plain_folder):
    """Above 4 GiB, and across the borders of 1 GiB, 512 GiB, and of what is mapped
    already. It can be written and not executed."""
    with boot_with_framebuffer_at(address, plain_folder) as booted:
        pages = pages_above(booted, 1 << 30)
    wanted = range(address // LARGE_PAGE * LARGE_PAGE, address + SIZE, LARGE_PAGE)
    assert set(pages) == {page for page in wanted if page >= 1 << 30}
    assert all(re.fullmatch(r"X-P\S*W", flags) for flags in pages.values()), pages


@pytest.mark.needs_all
@pytest.mark.parametrize("address, why", [
    (0x1000000, "its memory overlaps that of the machine"),
    (0x800000000000 - SIZE + 1, "its memory lies beyond the addresses that there are"),
    (0xFFFFFFFFFFFFF000, "its memory lies beyond the addresses that there are"),
    ((1 << 40) - SIZE + 1, "its memory lies beyond the addresses that there are"),
])
def test_a_framebuffer_that_cannot_be_is_refused(address, why, plain_folder):
    """COM1 says so, and the kernel goes on."""
    with boot_with_framebuffer_at(address, plain_folder) as booted:
        assert f"The screen stays empty: {why}\n" in booted.serial()
        assert " MiB are available\n" in booted.serial()
        assert pages_above(booted, 1 << 30) == {}


@pytest.mark.needs_all
def test_a_panic_has_the_screen_even_before_the_kernel_is_ready():
    """When prepare_memory refuses the machine, nothing has been shown."""
    kernel = course.build("chapters/03-vga")
    booted = kernel.boot("uefi", gdb=True)
    with booted:
        course.debug(booted, kernel, "break memory_map_available", "continue", "return",
                     "set $rax = 0")
        assert booted.wait(course.PATIENCE) == qemu.HALTED
        screen = pixels.read(booted.picture(), pixels.glyphs(elf.Kernel(kernel.elf)))
    assert screen.lines()[1] == " KERNEL PANIC"
    assert screen.lines()[3] == " too little memory: 4 MiB must be available"


@pytest.mark.needs_all
def test_the_font_is_made_of_its_source():
    """`make font` makes it anew."""
    made = course.run("python3", "-B", "font/generate.py", course.tool("font"), "font/OFL.txt",
                      cwd=course.ROOT / "chapters/03-vga").stdout
    assert made == (course.ROOT / "chapters/03-vga/font.c").read_text()
    assert "SIL OPEN FONT LICENSE Version 1.1" in made and "Reserved Font Name" in made


@pytest.mark.needs_all
@pytest.mark.parametrize("text, shown", course.cases([
    ('"jpy\\b"', "jpy"),
], [
    ('"progress: 10 percent\\r"', "progress: 10 percent"),  # the cursor is on the p
    ('"g\\b"', "g"),
]))
def test_a_character_under_the_cursor_is_read(text, shown, empty_folder):
    target = course.project(empty_folder, "03-vga", "kernel.c", {
        "    demo_run();": f"    kprintf({text});\n    demo_run();"})
    result = course.run(*course.MAKE, target, "run", "FIRMWARE=uefi")
    assert f"\n{shown}\nThe CPU has halted in" in result.stdout


def test_a_text_mode_of_another_size_is_text(empty_folder):
    """Such as one with 8 pixels for each character, instead of 9."""
    target = course.project(empty_folder, "03-vga", "kernel.c", {
        "    demo_run();": "    outb(0x3C4, 1);\n    outb(0x3C5, inb(0x3C5) | 1);\n    demo_run();"})
    result = course.run(*course.MAKE, target, "run")
    assert "\n Bare-Metal C  | chapter 3" in result.stdout and "COM1" not in result.stdout
