#!/usr/bin/env python3
"""multiboot2.py KERNEL - prints what is wrong with a kernel's Multiboot2 header, if anything.

Source: Multiboot2 specification 2.0, section 3.1, "OS image format".
"""
import struct
import sys

MAGIC = 0xE85250D6
SEARCHED = 32768  # GRUB looks in this much of the file
I386 = 0
END, OPTIONAL = 0, 1
# The sizes of the tags that have one, in bytes.
SIZES = {END: 8, 2: 24, 3: 12, 4: 12, 5: 20, 6: 8, 7: 8, 8: 12, 9: 12, 10: 24}


def section(elf, name):
    """Returns the offset and the size of a section of an ELF file; None if it has none."""
    first, = struct.unpack_from("<Q", elf, 40)
    size, count, names = struct.unpack_from("<HHH", elf, 58)
    headers = [struct.unpack_from("<II8xQQQ", elf, first + size * number)
               for number in range(count)]
    for at, _, _, offset, length in headers:
        start = headers[names][3] + at
        if elf[start:elf.index(b"\0", start)] == name.encode():
            return offset, length
    return None


def why_not_found(elf):
    """Returns why GRUB finds no header."""
    found = section(elf, ".multiboot2")
    if found is None or found[1] < 4:
        return ("no file has put one into section .multiboot2: is multiboot2.c there, with "
                '__attribute__((section(".multiboot2"), used))?')
    offset, size = found
    magic, = struct.unpack_from("<I", elf, offset)
    if magic != MAGIC:
        return f"section .multiboot2 begins with {magic:#x}, and not with the magic, {MAGIC:#x}"
    if offset + size > SEARCHED:
        return (f"it is at byte {offset} of the file, and GRUB reads only the first {SEARCHED}: "
                ".multiboot2 must be the first section of linker.ld")
    return (f"it is at byte {offset} of the file, which is not a multiple of 8: the header needs "
            "aligned(8)")


def wrong_tag(elf, at, end):
    """Returns what is wrong with the tags from one place of the file to another, or None."""
    start = at
    while at + 8 <= end:
        kind, flags, size = struct.unpack_from("<HHI", elf, at)
        which = f"the tag at byte {at - start + 16} of the header, of type {kind},"
        if size < 8 or size != SIZES.get(kind, size):
            return f"{which} has size {size}, and not {SIZES.get(kind, 'at least 8')}"
        if kind == END:
            return None if at + 8 == end else (
                f"its header_length is {end - start + 16}, and its tags end after {at - start + 24} bytes")
        if kind not in SIZES and kind != 1 and not flags & OPTIONAL:
            return f"{which} is unknown, and not optional"
        at += size + 7 & ~7
    return ("its header_length ends before the end tag, of type 0 and size 8, which begins at a "
            "multiple of 8")


def problem(elf):
    """Returns what is wrong with the header, or None."""
    at = next((at for at in range(0, min(SEARCHED, len(elf)) - 15, 8)
               if elf[at:at + 4] == struct.pack("<I", MAGIC)), None)
    if at is None:
        return why_not_found(elf)
    _, architecture, length, checksum = words = struct.unpack_from("<4I", elf, at)
    if sum(words) % (1 << 32):
        right = -(sum(words) - checksum) % (1 << 32)
        return f"its checksum is {checksum:#x}, and {right:#x} would be right" + (
            f". (Its length is {length}: are its numbers 32 bits wide?)" if length < 16 else "")
    if architecture != I386:
        return f"its architecture is {architecture}, and not 0, for the 32-bit mode of an i386"
    return wrong_tag(elf, at + 16, at + length)


def main():
    with open(sys.argv[1], "rb") as file:
        found = problem(file.read())
    if found:
        print(found)
    return int(found is not None)


if __name__ == "__main__":
    sys.exit(main())
