"""Compares the memory map that a kernel shows with the one that its loader gave it."""
import re
import struct

# The Multiboot2 information (section 3.6): a total size, and tags at multiples of 8 bytes.
INFO_HEADER, TAG_HEADER, TAG_ALIGNMENT = 8, 8, 8
# The tag of the memory map (section 3.6.8): its type, its own header, one entry.
MEMORY_MAP, MAP_HEADER, ENTRY = 6, 16, struct.Struct("<QQI")
LARGEST = 1 << 20
AVAILABLE = 1
# What the course calls them; a kernel may have other names.
NAMES = ("available", "reserved", "ACPI tables", "keep for hibernation", "defective")
KIB, MIB = 1 << 10, 1 << 20
HEADING = "The memory map"
ROW = re.compile(r"^ *0x([0-9a-f]+) +0x([0-9a-f]+) +(\d+) +(\S.*)$", re.MULTILINE)
TABLE = re.compile(rf"(?:{ROW.pattern}\n?)+", re.MULTILINE)
SUM = re.compile(r"^ *(\d+) MiB are available", re.MULTILINE)


def loaders_map(kernel, machine):
    """Returns (start, end, type) of each region in the loader's map; none if the kernel does
    not name the Multiboot2 information that it has checked."""
    place = kernel.symbol("sound_info")
    info = int.from_bytes(machine.memory(place, 8), "little") if place is not None else 0
    if not info:
        return []
    size = min(int.from_bytes(machine.memory(info, 4), "little"), LARGEST)
    tags, at = machine.memory(info, size), INFO_HEADER
    while at + MAP_HEADER <= len(tags):
        kind, length = struct.unpack_from("<II", tags, at)
        if kind == MEMORY_MAP:
            entry_size, = struct.unpack_from("<I", tags, at + TAG_HEADER)
            entries = [ENTRY.unpack_from(tags, entry) for entry in range(
                at + MAP_HEADER, min(at + length, len(tags)) - ENTRY.size, max(entry_size, ENTRY.size))]
            return [(start, start + length, kind) for start, length, kind in entries]
        at += -(-max(length, TAG_HEADER) // TAG_ALIGNMENT) * TAG_ALIGNMENT
    return []


def is_in(regions, start, end, kib, kind):
    """May a kernel show such a region? It may join those of one type that touch."""
    at = start
    while at < end:
        found = [region for region in regions if region[0] == at]
        if not found or kind in NAMES and (found[0][2] == AVAILABLE) != (kind == "available"):
            return False
        at = found[0][1]
    return start < at == end and kib in (None, (end - start) // KIB)


def wrong(kernel, machine):
    """Returns a line about a region that the kernel shows on COM1 and the loader's map does not
    have, or about a wrong sum; None if there is neither."""
    text = machine.serial().partition(HEADING)[2]
    regions = loaders_map(kernel, machine) if text else []
    if not regions:
        return None
    is_kib = "KiB" in text.partition("0x")[0]
    rows = TABLE.search(text)
    for row in ROW.finditer(rows[0] if rows else ""):
        start, end, size, kind = int(row[1], 16), int(row[2], 16), int(row[3]) if is_kib else None, row[4].strip()
        # Its last address, or the first one after it.
        if not any(is_in(regions, start, after, size, kind) for after in (end + 1, end)):
            return (f'The kernel shows "{" ".join(row[0].split())}" in its memory map, and the loader\'s map '
                    "has no such region: are the entries read right (memory_map.c), and printed right?")
    said = SUM.search(text)
    wanted = sum(end - start for start, end, kind in regions if kind == AVAILABLE) // MIB
    if said and int(said[1]) != wanted:
        return (f"The kernel says that {said[1]} MiB are available, and by the loader's map it is {wanted} MiB: "
                "does memory_map_available add up the right lengths?")
    return None
