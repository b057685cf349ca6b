"""A faked PC: runs the loader in an emulated CPU, and answers what it asks the BIOS for. So
it can be shown machines that no emulator of a whole PC is."""
import ctypes
import struct

import unicorn
from unicorn import x86_const as x86

MIB = 1 << 20
MEMORY = 16 * MIB
# What comes to lie above 1 MiB while address line 20 is shut.
ALIASED = 64 << 10
SECTOR = 512
BOOT_SECTOR = 0x7C00
DRIVE = 0x80
COM1, PORT_92 = 0x3F8, 0x92
DIRT = b"\xCC"
INVALID = 1  # the status of a disk call with a parameter that cannot be
AVAILABLE, RESERVED = 1, 2
# What a PC of this size says of its memory: (start, length, kind).
PC = [(0, 0x9FC00, AVAILABLE), (0x9FC00, 0x400, RESERVED), (0xF0000, 0x10000, RESERVED),
      (MIB, MEMORY - MIB, AVAILABLE), (0xFFFC0000, 0x40000, RESERVED)]
# How many instructions the loader may take.
PATIENCE = 10_000_000


class Firmware:
    """A BIOS, and the devices that the loader uses. What may be odd about it:

    extensions    what AH=41h leaves in CF, BX and CX
    sector_size   of the disk, in bytes; 0 if the BIOS does not say
    bad_sectors   {sector: status}: what a read ends with that has the sector in it
    a20           what opens address line 20: "nothing", as it is open; "bios"; "port";
                  "never"
    memory_map    the entries of E820: as PC, perhaps with ACPI's attributes
    entry_size    how many bytes an entry has at most
    map_ends      how the map ends: "zero", with EBX = 0; "carry"; "never"; or it does not
                  even begin: "unknown", "other"
    """

    def __init__(self, image, extensions=(0, 0xAA55, 1), sector_size=SECTOR, bad_sectors=None,
                 a20="nothing", memory_map=None, entry_size=24, map_ends="zero"):
        self.image, self.extensions, self.sector_size = image, extensions, sector_size
        self.bad_sectors = bad_sectors or {}
        self.a20, self.is_a20_open = a20, a20 == "nothing"
        self.map, self.entry_size, self.map_ends = memory_map or PC, entry_size, map_ends
        self.screen = self.serial = ""
        self.uart = {}
        self.cpu = unicorn.Uc(unicorn.UC_ARCH_X86, unicorn.UC_MODE_16)
        self._low = ctypes.create_string_buffer(ALIASED)
        self._high = ctypes.create_string_buffer(ALIASED)
        self.cpu.mem_map_ptr(0, ALIASED, unicorn.UC_PROT_ALL, self._low)
        self.cpu.mem_map(ALIASED, MIB - ALIASED)
        self.cpu.mem_map_ptr(MIB, ALIASED, unicorn.UC_PROT_ALL,
                             self._high if self.is_a20_open else self._low)
        self.cpu.mem_map(MIB + ALIASED, MEMORY - MIB - ALIASED)
        # As on a real PC, memory is not clear.
        self._low.raw = self._high.raw = DIRT * ALIASED
        self.cpu.mem_write(MIB + ALIASED, DIRT * (MEMORY - MIB - ALIASED))

    def boot(self, until=0):
        """Starts the boot sector, and runs until the CPU halts or comes to an address.
        Returns whether it has come there."""
        def insn(callback, kind):
            self.cpu.hook_add(unicorn.UC_HOOK_INSN, callback, None, 1, 0, kind)
        self.cpu.hook_add(unicorn.UC_HOOK_INTR, self._interrupt)
        insn(self._in, x86.UC_X86_INS_IN)
        insn(self._out, x86.UC_X86_INS_OUT)
        self.cpu.mem_write(BOOT_SECTOR, self.image[:SECTOR])
        self._set("DL", DRIVE)
        self._set("SP", 0x1234)
        self.cpu.emu_start(BOOT_SECTOR, until, count=PATIENCE)
        return self.get("EIP") == until

    def get(self, register):
        return self.cpu.reg_read(getattr(x86, f"UC_X86_REG_{register}"))

    def _set(self, register, value):
        self.cpu.reg_write(getattr(x86, f"UC_X86_REG_{register}"), value)

    def _fail(self, fails):
        """Sets or clears CF, by which the BIOS says that it has failed."""
        self._set("EFLAGS", self.get("EFLAGS") & ~1 | bool(fails))

    def _open_a20(self):
        if not self.is_a20_open:
            self.is_a20_open = True
            self.cpu.mem_unmap(MIB, ALIASED)
            self.cpu.mem_map_ptr(MIB, ALIASED, unicorn.UC_PROT_ALL, self._high)

    def _in(self, _cpu, port, _size, _):
        return 0x20 if port == COM1 + 5 else 0

    def _out(self, _cpu, port, _size, value, _):
        if port == PORT_92 and value & 2 and self.a20 == "port":
            self._open_a20()
        if port == COM1 and not self.uart.get(3, 0) & 0x80:
            self.serial += chr(value)
        self.uart[port - COM1] = value

    def _interrupt(self, _cpu, number, _):
        service = {0x10: self._video, 0x12: self._low_memory, 0x13: self._disk,
                   0x15: self._system}[number]
        service(self.get("AH"), self.get("AX"))

    def _video(self, function, _):
        if function == 0x0E:
            self.screen += chr(self.get("AL"))

    def _low_memory(self, *_):
        self._set("AX", 639)

    def _disk(self, function, _):
        assert self.get("DL") == DRIVE
        start = self.get("DS") * 16 + self.get("SI")
        if function == 0x41:
            assert self.get("BX") == 0x55AA
            carry, signature, support = self.extensions
            self._set("BX", signature)
            self._set("CX", support)
            self._fail(carry)
        elif function == 0x48:
            self.cpu.mem_write(start + 24, struct.pack("<H", self.sector_size))
            self._set("AH", 0 if self.sector_size else INVALID)
            self._fail(not self.sector_size)
        else:
            assert function == 0x42
            size, zero, count, offset, segment, sector = struct.unpack(
                "<BBHHHQ", self.cpu.mem_read(start, 16))
            # What real BIOSes insist on; and a buffer must not cross 64 KiB.
            assert (size, zero) == (16, 0) and 0 < count <= 127
            assert offset + count * SECTOR <= 1 << 16
            bad = [number for number in self.bad_sectors if sector <= number < sector + count]
            if bad:
                self._set("AH", self.bad_sectors[bad[0]])
            else:
                data = self.image[sector * SECTOR:(sector + count) * SECTOR]
                assert len(data) == count * SECTOR, "read beyond the end of the disk"
                self.cpu.mem_write(segment * 16 + offset, data)
            self._fail(bad)
        # Some BIOSes use 32-bit registers, and keep the lower halves only.
        for register in ("EAX", "EBX", "ECX", "EDX", "ESI", "EDI", "EBP"):
            self._set(register, self.get(register) & 0xFFFF | 0xDEAD0000)

    def _system(self, _, function):
        if function == 0x2401:
            if self.a20 == "bios":
                self._open_a20()
            self._fail(self.a20 != "bios")
            return
        assert function == 0xE820 and self.get("EDX") == 0x534D4150
        assert self.get("ECX") >= 20
        if self.map_ends == "unknown":
            self._fail(True)
            return
        at = self.get("EBX")
        if at >= len(self.map):  # only reached if the map does not end with EBX = 0
            self._fail(True)
            return
        entry = self.map[at] if len(self.map[at]) == 4 else (*self.map[at], 1)
        size = min(self.get("ECX"), self.entry_size)
        self.cpu.mem_write(self.get("ES") * 16 + self.get("DI"),
                           struct.pack("<QQII", *entry)[:size])
        self._set("ECX", size)
        self._set("EAX", 0 if self.map_ends == "other" else 0x534D4150)
        last = at + 1 == len(self.map)
        self._set("EBX", {"zero": 0, "carry": at + 1, "other": 0, "never": 1}[self.map_ends]
                  if last else at + 1)
        self._fail(False)
