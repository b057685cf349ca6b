"""The loader of chapter 2 starts every kernel that GRUB starts, on the same machines, and
refuses in words what it cannot start."""
import functools
import itertools
import os
import re
import struct

import pytest

import bochs
import course
import qemu
from course import ROOT, build_folder

pytestmark = course.x86_64_only
LOADER = ROOT / "chapters/02-boot/loader"
DRIVES, MACHINES, MEMORY = ["disk", "usb"], ["pc", "q35"], ["5M", "16M", "128M", "6G"]
# One of each kind stands for all.
FAST = [("01-freestanding", "disk", "pc", "128M"), ("02-boot", "disk", "q35", "5M"),
        ("03-vga", "usb", "q35", "6G"), ("03-vga", "disk", "pc", "16M"),
        ("04-intrinsics", "disk", "pc", "128M")]
EACH_MACHINE = course.cases(FAST, [case for case in itertools.product(
    course.CHAPTERS, DRIVES, MACHINES, MEMORY) if case not in FAST])


def constant(name):
    """Returns a number from the loader's header."""
    text = (LOADER / "loader_addresses.h").read_text()
    return int(re.search(rf"#define {name} +(\w+)", text)[1], 0)


@pytest.fixture(scope="session")
def kernels():
    """Returns a function that builds a chapter, and returns the Kernel."""
    return functools.cache(lambda chapter: course.build(f"chapters/{chapter}"))


def halted(image, drive, *flags):
    """Boots an image until it halts. Returns the screen, and what came over COM1."""
    with qemu.Machine(str(image), drive=drive, flags=list(flags)) as machine:
        assert machine.wait(course.PATIENCE) == qemu.HALTED, machine.log()[-3000:]
        return machine.screen(), machine.serial()


def cells_of(chapter, screen):
    """Returns what the kernel has written to the screen: chapter 1 clears nothing."""
    return screen.cells[0][:2] if chapter == "01-freestanding" else screen.cells


@pytest.mark.parametrize("chapter, drive, machine, memory", EACH_MACHINE)
def test_a_kernel_cannot_tell_it_from_grub(chapter, drive, machine, memory, kernels):
    """Not even by the memory map, which chapters 3 and 4 show."""
    kernel = kernels(chapter)
    flags = ["-machine", machine, "-m", memory]
    grub, grubs_serial = halted(kernel.iso, drive, *flags)
    own, own_serial = halted(kernel.image, drive, *flags)
    assert cells_of(chapter, own) == cells_of(chapter, grub)
    assert own_serial == grubs_serial


@pytest.mark.parametrize("chapter, memory", course.cases(
    [("03-vga", 16)], [(chapter, memory) for chapter in course.CHAPTERS
                       for memory in (16, 128) if (chapter, memory) != ("03-vga", 16)]))
def test_bochs_starts_from_the_disk(chapter, memory, kernels):
    kernel = kernels(chapter)
    own = bochs.boot(kernel, disk=kernel.image, memory=memory)
    grub = bochs.boot(kernel, memory=memory)
    assert cells_of(chapter, own.screen) == cells_of(chapter, grub.screen)
    assert own.serial == grub.serial


def tags(information):
    """Returns {type: contents} of Multiboot2 information (3.6), and checks its form."""
    size, reserved = struct.unpack_from("<II", information)
    found, at = {}, 8
    while True:
        kind, length = struct.unpack_from("<II", information, at)
        assert length >= 8 and at % 8 == 0
        found[kind] = information[at + 8:at + length]
        at += (length + 7) // 8 * 8
        if kind == 0:
            assert (size, reserved) == (at, 0)
            return found
        assert at < size


def test_the_information_has_what_the_specification_promises(kernels):
    kernels("02-boot")
    course.make("chapters/02-boot", "image", build_folder(), "CMDLINE=quiet 'two words' $$HOME \\")
    with qemu.Machine(str(course.own_build() / "kernel.img"), drive="disk") as machine:
        assert machine.wait(course.PATIENCE) == qemu.HALTED
        found = tags(machine.memory(constant("INFORMATION"), 0x2000))
    assert set(found) == {0, 1, 2, 4, 6, 8}
    assert found[1] == b"quiet 'two words' $HOME \\\0"
    assert found[2].endswith(b"\0") and b"Bare-Metal C" in found[2]
    assert struct.unpack("<II", found[4]) == (639, 129920)
    assert struct.unpack("<QIIIBBH", found[8]) == (0xB8000, 160, 80, 25, 16, 2, 0)
    assert struct.unpack_from("<II", found[6]) == (24, 0)
    for at in range(8, len(found[6]), 24):
        _, length, kind, reserved = struct.unpack_from("<QQII", found[6], at)
        assert length > 0 and kind in range(1, 6) and reserved == 0


def test_grub_hands_over_the_same_command_line():
    course.make("chapters/02-boot", build_folder(), "CMDLINE=quiet it's $$HOME")
    with qemu.Machine(str(course.own_build() / "kernel.iso"), flags=["-m", "16M"]) as machine:
        assert machine.wait(course.PATIENCE) == qemu.HALTED
        # GRUB puts a backslash before what it would read otherwise itself.
        assert b"quiet it's $HOME\0" in machine.memory(0, 16 << 20).replace(b"\\", b"")


def test_tables_of_five_levels_are_turned_off(empty_folder):
    """As firmware with UEFI may have used them (SDM vol. 3A, "4-Level Paging and 5-Level Paging")."""
    target = course.project(empty_folder, "02-boot", "loader/loader.asm", {
        "    mov     eax, MULTIBOOT2_LOADER_MAGIC": "    mov     eax, cr4\n    or      eax, 0x1000\n"
        "    mov     cr4, eax\n    mov     eax, MULTIBOOT2_LOADER_MAGIC"})
    result = course.run(*course.MAKE, target, "run", "LOADER=own", "QEMUFLAGS=-cpu max")
    assert "The CPU has halted in halt_forever" in result.stdout


# ---- kernels that are broken ----

def changed(at, form, *values):
    """Returns a function that changes some bytes of a file."""
    def change(kernel):
        struct.pack_into(form, kernel, at, *values)
    return change


def segment(field, form, value, number=0):
    """Returns a function that changes a field of a program header."""
    offsets = {"type": 0, "offset": 8, "vaddr": 16, "paddr": 24, "filesz": 32, "memsz": 40}
    return changed(64 + 56 * number + offsets[field], form, value)


def header(at, value):
    """Returns a function that changes a word of the Multiboot2 header."""
    def change(kernel):
        start = kernel.index(struct.pack("<I", 0xE85250D6))
        struct.pack_into("<I", kernel, start + at, value)
    return change


def header_tag(*words):
    """Returns a function that puts a header with one more tag after the kernel, in place
    of its own."""
    def change(kernel):
        header(0, 0)(kernel)
        more = struct.pack(f"<{len(words)}I", *words)
        more += bytes(-len(more) % 8)
        length = 24 + len(more)
        kernel.extend(bytes(-len(kernel) % 8) + struct.pack(
            "<IIII", 0xE85250D6, 0, length, -(0xE85250D6 + length) & 0xFFFFFFFF) +
            more + struct.pack("<II", 0, 8))
    return change


def cut(size):
    def change(kernel):
        del kernel[size:]
    return change


BROKEN = {
    "not ELF": (changed(0, "<I", 0x00905A4D),
                "the kernel is not an ELF file: it starts with 0x905A4D"),
    "32-bit": (changed(4, "<B", 1), "the kernel is not a 64-bit file: its ELF class is 0x1"),
    "of another machine": (changed(18, "<H", 183),
                           "the kernel is for another machine: number 0xB7"),
    "a library": (changed(16, "<H", 3),
                  "the kernel has no fixed addresses: its type is 0x3"),
    "of other headers": (changed(54, "<H", 32),
                         "the kernel's program headers have 0x20 bytes"),
    "without headers": (changed(56, "<H", 0), "the kernel has no program headers"),
    "of many headers": (changed(56, "<H", 33),
                        "the kernel has 0x21 program headers: too many"),
    "with its headers far away": (changed(32, "<Q", 1 << 40),
                                  "the kernel's program headers are too far away: "
                                  "0x10000000000"),
    "cut off": (cut(0x400), "a segment ends outside of the kernel's file: at "),
    "empty": (cut(0), "the kernel is not an ELF file: it starts with 0x0"),
    "on the loader": (segment("paddr", "<Q", 0x17FF0),
                      "a segment would lie on the loader: at 0x17FF0"),
    "on the BIOS's data": (segment("paddr", "<Q", 0x9FBF0),
                           "the memory for the kernel is not available: from 0x9FC00 on"),
    "beyond the end": (segment("paddr", "<Q", 0x8000000),
                       "the memory for the kernel is not available: from 0x8000000 on"),
    "beyond 4 GiB": (segment("paddr", "<Q", 1 << 32), "a segment ends beyond 4 GiB: at 0x10000"),
    "wrapped": (segment("memsz", "<Q", 0xFFFFFFFFFFFFFF00),
                "a segment ends beyond 4 GiB: at 0xFFF00"),
    "longer in the file": (segment("memsz", "<Q", 16),
                           "a segment is longer in the file than in memory: "),
    "read from the end": (segment("offset", "<Q", 0xFFFFFFFFFFFFFFF0),
                          "a segment ends outside of the kernel's file: at "),
    "started elsewhere": (changed(24, "<Q", 0x300000), "_start is in no segment: 0x300000"),
    "without a Multiboot2 header": (header(0, 0),
                                    "the kernel has no Multiboot2 header in its first 32 KiB"),
    "with a wrong sum": (header(12, 0x12345678), "the sum of the Multiboot2 header is not 0, "
                         "but 0x"),
    "for MIPS": (lambda kernel: (header(4, 4)(kernel), header(
        12, -(0xE85250D6 + 4 + 24) & 0xFFFFFFFF)(kernel)),
                 "the Multiboot2 header is for architecture 0x4"),
    "that wants an unknown tag": (header_tag(0x0000002A, 8),
                                  "the kernel wants what header tag 0x2A means: not known"),
    "that wants information": (header_tag(1, 16, 6, 11),
                               "the kernel wants information tag 0xB: not known"),
    "that wants another console": (header_tag(4, 12, 1),
                                   "the kernel wants another console than text"),
    "with an endless header": (header_tag(0x0001002A, 4),
                               "the Multiboot2 header has no end: a tag of 0x4 bytes"),
}
# What looks odd, and is right.
SOUND = {
    "an unknown tag that may be ignored": header_tag(0x0001002A, 8),
    "information that there is": header_tag(1, 28, 1, 2, 4, 6, 8),
    "information that may be missing": header_tag(0x00010001, 16, 6, 11),
    "a text console": header_tag(4, 12, 3),
    "a wish for pixels": header_tag(5, 20, 1024, 768, 32),
    "modules on pages": header_tag(6, 8),
}


@pytest.fixture(scope="session")
def disk_of(kernels):
    """Returns a function that makes a disk of a changed kernel of chapter 2."""
    built = kernels("02-boot").image.parent

    def make(change, folder):
        kernel = bytearray((built / "loader/kernel.elf").read_bytes())
        change(kernel)
        (folder / "kernel.elf").write_bytes(kernel)
        course.run("nasm", "-f", "bin", f"-I{LOADER}/", f"-I{built}/loader/",
                   f"-DKERNEL='{folder}/kernel.elf'", "-DLOWEST=0x100000",
                   f"-DCOMMAND_LINE='{os.devnull}'", "-o", folder / "kernel.img",
                   LOADER / "loader.asm")
        return folder / "kernel.img"
    return make


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_kernel_is_refused_in_words(what, disk_of, empty_folder):
    change, sentence = BROKEN[what]
    screen, serial = halted(disk_of(change, empty_folder), "disk")
    assert serial.startswith(f"loader: {sentence}") and "\n" not in serial
    # Of each number, all is said.
    assert sentence in serial and not serial.endswith("0x")
    assert screen.text() == serial


@pytest.mark.parametrize("what", SOUND)
def test_a_kernel_may_ask_for_more(what, disk_of, empty_folder):
    screen, _ = halted(disk_of(SOUND[what], empty_folder), "disk")
    assert "Hello World!" in screen.text()


def last_segment(kernel):
    """Returns where the last program header is in a file."""
    return 64 + 56 * (struct.unpack_from("<H", kernel, 56)[0] - 1)


def larger_by(more):
    """Returns a function that makes the last segment longer in memory."""
    def change(kernel):
        at = last_segment(kernel) + 40
        size, = struct.unpack_from("<Q", kernel, at)
        struct.pack_into("<Q", kernel, at, size + more)
    return change


def with_16_mib(kernel):
    """Gives the last segment, which had none, 16 MiB in the file, and as much more in
    memory."""
    last = last_segment(kernel)
    memsz, = struct.unpack_from("<Q", kernel, last + 40)
    assert struct.unpack_from("<Q", kernel, last + 32) == (0,)
    size = memsz + (16 << 20)
    kernel.extend(bytes(-len(kernel) % 4096))
    struct.pack_into("<Q", kernel, last + 8, len(kernel))
    kernel.extend(bytes(size))
    struct.pack_into("<QQ", kernel, last + 32, size, size)


@pytest.mark.parametrize("change, memory, boots", [
    (larger_by(200 << 20), "256M", True), (larger_by(200 << 20), "128M", False),
    (with_16_mib, "64M", True), (with_16_mib, "16M", False)])
def test_a_large_kernel_needs_the_memory(change, memory, boots, disk_of, empty_folder):
    screen, serial = halted(disk_of(change, empty_folder), "disk", "-m", memory)
    # The kernel has room for 8 MiB, and says so.
    assert boots == screen.text().startswith("the kernel does not fit below SMALL_PAGES_END")
    assert boots != ("loader: the memory for the kernel is not available: from 0x" in serial)


# ---- at the keyboard ----

def test_run_boots_with_it(empty_folder):
    course.build_defaults()
    said = course.make("chapters/01-freestanding", "run", "LOADER=own", build_folder()).stdout
    assert "\nOK\nThe CPU has halted in _start " in f"\n{said}"
    # So does a project that `make start` has made.
    for chapter in ("01-freestanding", "03-vga"):
        target = course.project(empty_folder / chapter, chapter)
        said = course.run(*course.MAKE, target, "run", "LOADER=own").stdout
        assert "The CPU has halted in " in said


def test_run_says_that_the_loader_refuses(empty_folder):
    target = course.project(empty_folder, "02-boot", "linker.ld", {
        ". = 1M +": ". = 640K +"})
    result = course.run(*course.MAKE, target, "run", "LOADER=own", check=False)
    assert "\nloader: the memory for the kernel is not available: from 0xA0000 on\n" \
        "The loader has not started the kernel: its last line says why.\n" in result.stdout
    assert result.returncode != 0


def test_a_kernel_on_the_loader_is_not_built(empty_folder):
    target = course.project(empty_folder, "01-freestanding", "linker.ld", {
        ". = 1M +": ". = 64K +"})
    result = course.run(*course.MAKE, target, "image", check=False)
    assert "error: The kernel starts at 0x10000: the loader needs the first 96 KiB\n" in \
        result.stdout
    assert "Left out" not in result.stdout


def test_a_command_line_that_is_too_long_is_one_line():
    result = course.make("chapters/02-boot", "image", build_folder(), "CMDLINE=" + "long " * 1000, check=False)
    assert re.findall(r"error: (.*)", result.stdout) == ["The command line is too long"]


def test_a_boot_sector_that_is_too_long_is_one_line(empty_folder):
    target = course.project(empty_folder, "02-boot", "loader/boot_sector.asm", {
        "the BIOS has no": "the BIOS" + " really" * 10 + " has no"})
    result = course.run(*course.MAKE, target, "image", check=False)
    assert re.findall(r"error: (.*)", result.stdout) == ["The boot sector is 41 bytes too long"]


@pytest.mark.parametrize("settings, line", [
    (["LOADER=own", "FIRMWARE=uefi"], "LOADER=own starts with a BIOS only"),
    (["LOADER=lilo"], "LOADER=lilo is unknown: it is grub or own")])
def test_a_wrong_setting_is_one_line(settings, line):
    result = course.make("chapters/02-boot", "run", *settings, build_folder(), check=False)
    assert course.one_line(result, line)


def test_image_says_how_to_boot_it():
    said = course.make("chapters/02-boot", "image", build_folder()).stdout
    image = course.own_build() / "kernel.img"
    # A cylinder: SeaBIOS finds no disk in less on AHCI and USB.
    assert image.stat().st_size == 16 * 63 * 512
    assert "kernel.img: 516096 bytes" in said
    line = re.search(r"qemu-system-x86_64 -drive format=raw,file=(\S+)$", said, re.MULTILINE)
    assert (ROOT / "chapters/02-boot" / line[1]).resolve() == image.resolve()
    assert re.search(r"sudo dd if=\S+kernel\.img of=/dev/sdX", said)


# ---- machines that there are, or could be ----

MIB = 1 << 20
# What is odd about a machine, and what the loader says. For the numbers: chapter 2's kernel
# takes the first 128 KiB after 1 MiB.
ODD_MACHINES = {
    "without extensions": ({"extensions": (1, 0, 0)}, "the BIOS has no INT 13h extensions"),
    "that says yes to everything": ({"extensions": (0, 0x55AA, 1)},
                                    "the BIOS has no INT 13h extensions"),
    "without packets": ({"extensions": (0, 0xAA55, 6)}, "the BIOS has no INT 13h extensions"),
    "with large sectors": ({"sector_size": 4096}, "the disk has sectors of 0x1000 bytes"),
    "with a bad sector": ({"bad_sectors": {1: 0x10}},
                          "cannot read the disk from sector 0x1 on: status 0x10"),
    "that does not know its disk": ({"sector_size": 0},
                                    "cannot read the disk from sector 0x1 on: status 0x1"),
    "whose A20 stays shut": ({"a20": "never"}, "address line 20 stays shut"),
    "with an endless map": ({"map_ends": "never"}, "the BIOS's memory map has no end"),
    "with too long a map": ({"memory_map": [(0, 1 << 32, 1)] * (constant("MAP_ENTRIES") + 1)},
                            "the BIOS's memory map has no end"),
    "without a map": ({"map_ends": "unknown"},
                      "the BIOS has no memory map (INT 15h, AX=E820h)"),
    "with another map": ({"map_ends": "other"}, "the BIOS has no memory map (INT 15h, AX=E820h)"),
    "with an empty map": ({"memory_map": [(0, 0, 1)]},
                          "the BIOS has no memory map (INT 15h, AX=E820h)"),
    "with a hole": ({"memory_map": [(0, 0x9F000, 1), (MIB, 0x1400, 1), (MIB + 0x2000, MIB, 1)]},
                    "the memory for the kernel is not available: from 0x101400 on"),
    "with a reserved place": ({"memory_map": [
        (0, 0x9F000, 1), (MIB, 15 * MIB, 1), (MIB + 0x1100, 16, 2)]},
        "the memory for the kernel is not available: from 0x101100 on"),
    "reserved from below": ({"memory_map": [(0, MIB + 1, 2), (MIB, 15 * MIB, 1)]},
                            "the memory for the kernel is not available: from 0x100000 on"),
    "with memory to be ignored": ({"memory_map": [(0, 0x9F000, 1), (MIB, 15 * MIB, 1, 0)]},
                                  "the memory for the kernel is not available: from 0x100000 on"),
    "with little memory": ({"memory_map": [(0, 0x9F000, 1), (MIB, 0x1000, 1)]},
                           "the memory for the kernel is not available: from 0x101000 on"),
}
SOUND_MACHINES = {
    "as usual": {},
    "whose BIOS opens A20": {"a20": "bios"},
    "whose port opens A20": {"a20": "port"},
    "with 20 bytes an entry": {"entry_size": 20},
    "whose map ends with carry": {"map_ends": "carry"},
    "with empty entries": {"memory_map": [(0, 0, 1), (0, 0x9F000, 1), (0, 0, 2), (MIB, 15 * MIB, 1)]},
    "with memory in pieces": {"memory_map": [
        (MIB + 0x1800, 14 * MIB, 1), (0, 0x9F000, 1), (MIB, 0x1000, 1), (MIB + 0x800, 0x1000, 1)]},
    "with memory beyond 4 GiB": {"memory_map": [
        (0, 0x9F000, 1), (MIB, 0xFFFFFFFF, 1), (1 << 32, 1 << 40, 1), (1 << 40, MIB, 2)]},
    "with memory from 0 on": {"memory_map": [(0, 1 << 33, 1)]},
    "with a map as long as can be": {"memory_map": [(0, 1 << 32, 1)] * constant("MAP_ENTRIES")},
    "with another kind far away": {"memory_map": [
        (0, 0x9F000, 1), (MIB, 15 * MIB, 1), (0xFFFFFFFFFFFFF000, 0x1000, 2)]},
}


@pytest.fixture(scope="session")
def machine_of(kernels):
    """Returns a function that makes a faked machine, with a kernel's disk in it."""
    course.needs("unicorn")
    import firmware

    def make(chapter="02-boot", **oddities):
        return firmware.Firmware(kernels(chapter).image.read_bytes(), **oddities)
    return make


@pytest.mark.needs_all
@pytest.mark.parametrize("what", ODD_MACHINES)
def test_an_odd_machine_is_refused_in_words(what, machine_of):
    oddities, sentence = ODD_MACHINES[what]
    machine = machine_of(**oddities)
    assert not machine.boot(until=0x101000)
    assert machine.screen == machine.serial == f"loader: {sentence}"


@pytest.mark.needs_all
@pytest.mark.parametrize("what", SOUND_MACHINES)
def test_a_sound_machine_starts_the_kernel(what, machine_of, kernels):
    kernel = kernels("02-boot")
    entry = kernel.symbols()["_start"]
    machine = machine_of(**SOUND_MACHINES[what])
    assert machine.boot(until=entry) and machine.serial == machine.screen == ""
    # What Multiboot2 3.3 promises.
    assert machine.get("EAX") == 0x36D76289 and machine.get("EBX") == constant("INFORMATION")
    assert machine.get("CR0") & 0x80000001 == 1 and not machine.get("EFLAGS") & 0x20200
    found = tags(bytes(machine.cpu.mem_read(constant("INFORMATION"), 0x2000)))
    entries = [struct.unpack_from("<QQI", found[6], at) for at in range(8, len(found[6]), 24)]
    assert entries == [entry[:3] for entry in machine.map if entry[1] > 0]
    # Each segment lies where it belongs, and what the file does not have of it is clear.
    file = (kernel.build / "loader/kernel.elf").read_bytes()
    for at in range(64, last_segment(file) + 1, 56):
        offset, _, address, filesz, memsz = struct.unpack_from("<QQQQQ", file, at + 8)
        assert bytes(machine.cpu.mem_read(address, memsz)) == \
            file[offset:offset + filesz].ljust(memsz, b"\0")


@pytest.mark.needs_all
def test_a_read_error_in_the_middle_is_said(machine_of, kernels):
    """Chapter 4's kernel is read in two chunks, and one may lie in the second."""
    image = kernels("04-intrinsics").image.read_bytes()
    start = image.index((kernels("04-intrinsics").build / "loader/kernel.elf").read_bytes())
    second = start // 512 + constant("CHUNK_SECTORS")
    machine = machine_of("04-intrinsics", bad_sectors={second: 4})
    assert not machine.boot(until=0x103000)
    # Which read it was: the first chunk holds the headers, and was fine.
    found = re.fullmatch(r"loader: cannot read the disk from sector 0x([0-9A-F]+) on: status 0x4",
                         machine.serial)
    assert start // 512 < int(found[1], 16) <= second
