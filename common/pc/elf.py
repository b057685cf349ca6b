"""What a kernel's ELF file says about addresses: what lies there, and which line made it.

The numbers are those of the System V ABI (gABI), "ELF Header", "Program Header", "Sections"
and "Symbol Table".
"""
import functools
import os
import re
import struct
import subprocess
from dataclasses import dataclass

from frames import Frames

PT_LOAD = 1
PF_X, PF_W = 1, 2
SHT_SYMTAB = 2
SHF_WRITE, SHF_EXECINSTR = 1, 4
STT_SECTION, STT_FILE = 3, 4
MAGIC = b"\x7FELF"

VARIANT = re.compile(r"(\.(isra|constprop|part|cold)(\.\d+)?)+$")


def chapter_path(line):
    """Returns a line of a source, "./../03-vga/vga.c:7 (discriminator 1)", as
    the book names it: "03-vga/vga.c:7". NASM gives whole paths; of these, the
    last folder counts. A folder's name may have blanks."""
    path = re.sub(r" \(discriminator \d+\)$", "", line)
    parts = path.split("/")
    return "/".join(part for part in (parts[-2:] if path.startswith("/") else parts)
                    if part not in ("", ".", ".."))


def in_digits(address):
    """Returns an address in hexadecimal. If all its bytes are letters, a string has most
    likely overwritten it: then also these."""
    letters = address.to_bytes(8, "little")
    if all(0x20 <= letter < 0x7F for letter in letters):
        return f'{address:#x} (the text "{letters.decode()}")'
    return f"{address:#x}"


def program_headers(elf):
    """Returns where the program headers of a file begin, the size of each, and how many
    there are."""
    return *struct.unpack_from("<Q", elf, 32), *struct.unpack_from("<HH", elf, 54)


def section_headers(elf):
    """Returns the section headers of a file: (type, flags, offset in the file, size, the
    section that its entries refer to) of each."""
    first, (size, count) = *struct.unpack_from("<Q", elf, 40), struct.unpack_from("<HH", elf, 58)
    return [struct.unpack_from("<4xIQ8xQQI", elf, first + number * size)
            for number in range(count)]


@dataclass
class Symbol:
    """What a name in the sources stands for: its address and its size in bytes, 0 if the
    assembler did not say it."""
    address: int
    name: str
    size: int
    is_code: bool
    is_variable: bool


def symbols(elf):
    """Returns the Symbols of a file, those of sections and of source files left out."""
    sections = section_headers(elf)
    found = []
    for kind, _, table, size, strings in sections:
        if kind != SHT_SYMTAB:
            continue
        names = sections[strings][2]
        for name, info, section, address, length in struct.iter_unpack(
                "<IBxHQQ", elf[table:table + size]):
            # A section's number is out of range for a symbol that has none.
            flags = sections[section][1] if 0 < section < len(sections) else 0
            if section and info & 0xF not in (STT_SECTION, STT_FILE):
                start = names + name
                found.append(Symbol(
                    address, elf[start:elf.index(b"\0", start)].decode(), length,
                    bool(flags & SHF_EXECINSTR), flags & (SHF_WRITE | SHF_EXECINSTR) == SHF_WRITE))
    return found


@dataclass
class Segment:
    """A part of the kernel that the loader puts into memory, and its permissions."""
    start: int
    end: int
    is_writable: bool
    is_executable: bool
    content: bytes
    physical: int  # where the loader puts it: paging may map it from there to start

    def headers_size(self):
        """Returns the size of the file's own headers, if the segment begins with them, or 0."""
        if not self.content.startswith(MAGIC):
            return 0
        first, size, count = program_headers(self.content)
        return first + size * count

    def __contains__(self, address):
        return self.start <= address < self.end


class Kernel:
    """A kernel's ELF file. addr2line: that of the kernel's compiler; its companions are
    found by its name."""

    def __init__(self, path, addr2line="addr2line"):
        self._path = path
        self._addr2line = addr2line

    def _run(self, tool, *arguments):
        """Returns what a companion of the compiler prints; nothing if it fails."""
        program = re.sub(r"addr2line$", tool, self._addr2line)
        try:
            return subprocess.run(
                [program, *arguments], text=True, check=True, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL, env=dict(os.environ, LC_ALL="C")).stdout
        except (OSError, subprocess.CalledProcessError):
            return ""

    @functools.cached_property
    def _file(self):
        with open(self._path, "rb") as file:
            return file.read()

    @functools.cached_property
    def segments(self):
        """The kernel's segments."""
        found = []
        first, size, count = program_headers(self._file)
        for at in range(first, first + size * count, size):
            kind, flags, offset, start, physical, in_file, in_memory = struct.unpack_from(
                "<IIQQQQQ", self._file, at)
            if kind == PT_LOAD:
                found.append(Segment(start, start + in_memory, bool(flags & PF_W),
                                     bool(flags & PF_X), self._file[offset:offset + in_file], physical))
        return found

    @property
    def is_identity_mapped(self):
        """Does each segment have the address that the loader puts it at?"""
        return all(segment.start == segment.physical for segment in self.segments)

    def segment(self, address):
        """Returns the segment that an address is in; None if it is in none."""
        return next((segment for segment in self.segments if address in segment), None)

    def segments_between(self, start, end):
        """Returns the segments that have a part from start up to end."""
        return [segment for segment in self.segments if segment.start < segment.end
                and segment.start < end and segment.end > start]

    def has_code_at(self, address):
        """Is an address in a segment of the kernel that may be executed?"""
        segment = self.segment(address)
        return segment is not None and segment.is_executable

    def is_code(self, address):
        """Is an address in one of the kernel's functions, whether it may be executed there
        or not?"""
        segment = self.segment(address)
        _, is_code = max(((symbol.address, symbol.is_code) for symbol in self._symbols
                          if segment and segment.start <= symbol.address <= address),
                         default=(0, False))
        return is_code or self.target_of_call(address) in self.functions

    def bytes_before(self, address, size):
        """Returns the bytes in front of an address of the kernel's code."""
        segment = self.segment(address - 1)
        if segment is None:
            return b""
        end = address - segment.start
        return segment.content[max(end - size, 0):end]

    @functools.cached_property
    def _symbols(self):
        """All symbols, in the order of their names. A static function's name may be there
        several times."""
        return sorted(symbols(self._file), key=lambda symbol: symbol.name)

    def symbol(self, name):
        """Returns the address of a symbol; None if the kernel has none of this name."""
        return next((symbol.address for symbol in self._symbols if symbol.name == name), None)

    def texts(self, prefix):
        """Returns the bytes from each symbol with a prefix to the next symbol, or to the segment's end:
        {name: bytes}."""
        addresses = sorted({symbol.address for symbol in self._symbols})
        found = {}
        for symbol in self._symbols:
            segment = self.segment(symbol.address) if symbol.name.startswith(prefix) else None
            if segment:
                end = min((address for address in addresses if address > symbol.address), default=segment.end)
                found[symbol.name] = segment.content[symbol.address - segment.start:][:end - symbol.address]
        return found

    def variables(self, start, end):
        """Returns the names of the variables, of .data and .bss, between two addresses."""
        return [symbol.name for symbol in self._symbols
                if symbol.is_variable and start <= symbol.address < end]

    def last_variable(self, start, end):
        """Returns the highest address of a variable between two addresses; None if there is none."""
        return max((symbol.address for symbol in self._symbols
                    if symbol.is_variable and start <= symbol.address < end), default=None)

    def next_variable(self, address, name):
        """Returns the lowest address, from one on, of a variable of another name; the end of the
        segment if there is none there."""
        segment = self.segment(address)
        end = segment.end if segment else address
        return min((symbol.address for symbol in self._symbols if symbol.is_variable
                    and symbol.name != name and address <= symbol.address < end), default=end)

    def object_with(self, address):
        """Returns the name and the size in bytes of the variable that an address is in; None if it is
        in none."""
        return next(((symbol.name, symbol.size) for symbol in self._symbols if symbol.is_variable
                     and symbol.address <= address < symbol.address + symbol.size), None)

    def object_at(self, address):
        """Returns the name and the size in bytes of the variable that starts at an address;
        None if none does."""
        return next(((symbol.name, symbol.size) for symbol in self._symbols
                     if symbol.is_variable and symbol.address == address and symbol.size), None)

    def content(self, name, size):
        """Returns the first bytes of what a symbol names; nothing if there is no such symbol,
        or if it has fewer bytes."""
        address = self.symbol(name)
        segment = self.segment(address) if address is not None else None
        if segment is None:
            return b""
        found = segment.content[address - segment.start:][:size]
        return found if len(found) == size else b""

    @functools.cached_property
    def functions(self):
        """The addresses at which functions start, in order. A name with a dot is a label
        within one (NASM), but for those that GCC gives to its variants of a function."""
        return sorted({symbol.address for symbol in self._symbols
                       if symbol.is_code and "." not in VARIANT.sub("", symbol.name)})

    def function(self, address):
        """Returns the start of the function that an address is in, or None."""
        return max((start for start in self.functions if start <= address), default=None)

    def name(self, function):
        """Returns the name of the function that starts at an address, or None."""
        return next((symbol.name for symbol in self._symbols
                     if symbol.is_code and symbol.address == function), None)

    def name_with(self, prefix):
        """Returns the first function's name that begins with some letters; None if none does."""
        return next((symbol.name for symbol in self._symbols
                     if symbol.is_code and symbol.name.startswith(prefix)), None)

    def label(self, address):
        """Returns the last label within a function of boot.asm in front of an address;
        None if that is the function's start."""
        label = max((symbol.address for symbol in self._symbols
                     if symbol.is_code and symbol.address <= address), default=None)
        return None if label in self.functions else label

    @functools.cached_property
    def frames(self):
        """Where functions keep their return addresses: a frames.Frames."""
        return Frames(self._run("objdump", "--dwarf=frames-interp", self._path))

    def place(self, address):
        """Returns the function, file and line of an address in the code, and its
        callers where the compiler has inlined one function into another."""
        lines = self._run("addr2line", "-f", "-i", "-e", self._path,
                          hex(address)).splitlines()
        if not lines:
            return in_digits(address)
        if self.segment(address) is None:
            return f"{in_digits(address)}, which is not in the kernel"
        if lines[1][0] == "?" and not self.is_code(address):
            return f"{in_digits(address)}, which is in the kernel, but not in its code"
        return ", in ".join(
            f"{function} ({chapter_path(line)})" if re.search(r":[1-9]\d*\b", line)
            else function
            for function, line in zip(lines[::2], lines[1::2]))

    def _disassembled(self, start, end, mode="intel"):
        return self._run("objdump", "-d", "-M", mode, "--no-show-raw-insn",
                         f"--start-address={start:#x}", f"--stop-address={end:#x}", self._path)

    def _end(self, function):
        segment = self.segment(function)
        return min((start for start in self.functions if start > function),
                   default=segment.end if segment else function + 1)

    def disassembly(self, mode):
        """Returns all code as objdump shows it, with its bytes, one line for each
        instruction. mode: what objdump takes for -M."""
        return self._run("objdump", "-dw", "-M", mode, self._path)

    def instruction(self, address, is_32_bit=False):
        """Returns the instruction at an address, such as "mov eax,DWORD PTR [rbx]", as
        64-bit or as 32-bit code; nothing if there is none."""
        code = self._disassembled(address, address + 15,
                                  "i386,intel" if is_32_bit else "intel")
        found = re.search(rf"^ *{address:x}:\t(.*)$", code, re.MULTILINE)
        return re.sub(r"\s+", " ", re.sub(r" +[#<].*", "", found[1])) if found else ""

    def is_inside_instruction(self, address, is_32_bit):
        """Is an address in one of the kernel's functions, and does no instruction of it start there?"""
        function = self.function(address)
        if function is None or not self.has_code_at(address):
            return False
        code = self._disassembled(function, address + 15, "i386,intel" if is_32_bit else "intel")
        starts = [int(start, 16) for start in re.findall(r"^ *([0-9a-f]+):\t", code, re.MULTILINE)]
        return bool(starts) and address not in starts

    def jumps_anywhere(self, function, depth=3):
        """Does the function at an address jump to where a register or a word in memory
        says, or end with a jump to a function that does?"""
        code = self._disassembled(function, self._end(function))
        if re.search(r"\tjmp +(r|.*\[)", code):
            return True
        others = {int(target, 16) for target in re.findall(r"\tjmp +([0-9a-f]+) ", code)}
        return depth > 0 and any(self.jumps_anywhere(other, depth - 1) for other in others
                                 if other != function and other in self.functions)

    def target_of_call(self, return_address):
        """Returns the address that the `call` before a return address goes to; None if there
        is no call, or if a register or memory holds its target. `call rel32` is E8 and the
        distance (Intel SDM vol. 2A, "CALL")."""
        code = self.bytes_before(return_address, 5)
        if len(code) < 5 or code[0] != 0xE8:
            return None
        return return_address + int.from_bytes(code[1:], "little", signed=True)

    def _indirect_call(self, address):
        """Returns the start of an instruction in front of an address that is a call by a
        register, or by a word in memory; None if there is none. It is FF /2, with 0 to 5
        more bytes, as ModRM and SIB say, and perhaps a REX prefix before it (Intel SDM
        vol. 2A, "Instruction Format")."""
        for length in (2, 3, 4, 6, 7):
            code = self.bytes_before(address, length)
            if len(code) < length or code[0] != 0xFF or code[1] >> 3 & 7 != 2:
                continue
            mode, register = code[1] >> 6, code[1] & 7
            displacement = {0: 0, 1: 1, 2: 4, 3: 0}[mode]
            sib = code[2:3] if mode != 3 and register == 4 else b""
            if mode == 0 and (sib[0] & 7 if sib else register) == 5:
                displacement = 4
            if length == 2 + len(sib) + displacement:
                prefix = self.bytes_before(address, length + 1)[0]
                return address - length - (prefix >> 4 == 4)
        return None

    def follows_call(self, address):
        """Is an address in the kernel's code right after a call?"""
        return self.target_of_call(address) in self.functions or \
            self._indirect_call(address) is not None

    def called_through(self, address, registers):
        """Returns where a call by a register in front of an address has gone to, if the
        register still has it; None if that cannot be said. registers: a function that
        returns a register's value by its name."""
        start = self._indirect_call(address)
        found = re.fullmatch(r"call (r\w+)", self.instruction(start)) if start else None
        return registers(found[1].upper()) if found else None
