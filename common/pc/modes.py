#!/usr/bin/env python3
"""Compares what machine code means in 64-bit mode and in 32-bit mode.

A loader starts a kernel in 32-bit mode. A kernel whose _start is a C function, compiled
for 64-bit mode, can still work there, as long as its code means the same in both modes.
modes.py KERNEL reads it from _start on, and prints a warning where it does not.
"""
import argparse
import re
import sys
from dataclasses import dataclass

from elf import Kernel

INSTRUCTION = re.compile(r"^ *([0-9a-f]+):\t((?:[0-9a-f]{2} )+) *\t(.*)$", re.MULTILINE)
# One that goes elsewhere: a jump, a call or a loop, with its target.
BRANCH = re.compile(r"(?:bnd |notrack )*(j\w+|call|loop\w*) +([0-9a-f]+)")
# What follows one of these is not executed next.
LAST = re.compile(r"(?:bnd |notrack |repz )*(jmp|ret|iret|ud[12])")
PADDING = re.compile(r"(data16 )*(cs )?nop|xchg ax,ax|int3")
NUMBER = re.compile(r"\b0x([0-9a-f]+)\b")
# What VEX and XOP prefixes begin with: within them, W widens the registers.
VEX = ("c4", "8f")


@dataclass
class Difference:
    """An instruction that means something else in 32-bit mode."""
    address: int
    code: str        # its bytes, in hexadecimal
    in_64_bits: str  # in Intel's notation
    in_32_bits: str  # the same, of all instructions that begin in these bytes
    is_stack: bool   # only the words on the stack have another size


def _decoded(kernel, mode):
    """Returns all instructions of a kernel as code of a mode: {address: (bytes, text)}."""
    return {int(address, 16): (code.split(), re.sub(r"\s+", " ", re.sub(r" *[#<].*", "", text)))
            for address, code, text in INSTRUCTION.findall(kernel.disassembly(mode))}


def _meaning(code, text):
    """Returns an instruction without what differs in objdump's notation only: registers
    are half as wide in 32-bit mode, and an absolute address looks different."""
    if code[0] not in VEX:
        text = re.sub(r"\b(j?)r([abcd]x|[sd]i|[bs]p|cxz)\b", r"\1e\2", text)
    text = re.sub(r"^push 0xffffffff(?=[0-9a-f]{8}$)", "push 0x", text)
    text = re.sub(r"ds:(0x[0-9a-f]+)|(?:ds:)?\[eiz\*1\+(0x[0-9a-f]+)\]", r"[\1\2]", text)
    return re.sub(r"^(data16 )*(cs )?nop .*", "nop", text)


def _comes_back(code, address, functions):
    """Is there code of the same function at an address after a call? If not, the compiler
    knows that the call does not come back."""
    while address in code and address not in functions and PADDING.match(code[address][1]):
        address += len(code[address][0])
    return address in code and address not in functions


def _reachable(code, start, functions):
    """Returns the addresses of the instructions that can follow one, in order. A function
    whose address is used may be called."""
    found, waiting = set(), [start]
    while waiting:
        address = waiting.pop()
        if address in found or address not in code:
            continue
        found.add(address)
        length, text = len(code[address][0]), code[address][1]
        if branch := BRANCH.match(text):
            waiting.append(int(branch[2], 16))
        waiting += functions.intersection(int(number, 16) for number in NUMBER.findall(text))
        if not LAST.match(text) and (not text.startswith("call") or _comes_back(
                code, address + length, functions)):
            waiting.append(address + length)
    return sorted(found)


def first_difference(kernel, start):
    """Returns the first Difference in the code that the instruction at start can reach;
    None if all of it means the same. Words on the stack are a difference, too: they have
    8 bytes in 64-bit mode, and 4 in 32-bit mode. What NASM has made is meant as it is."""
    in_64, in_32 = _decoded(kernel, "intel"), _decoded(kernel, "intel,i386")
    if not in_32:
        return None  # an objdump that does not know this mode
    for address in _reachable(in_64, start, set(kernel.functions)):
        code, text = in_64[address]
        others = [in_32[place][1] for place in range(address, address + len(code))
                  if place in in_32]
        is_same = len(others) == 1 and _meaning(code, text) == _meaning(code, others[0])
        if (not is_same or "[rsp" in text) and ".asm:" not in kernel.place(address):
            return Difference(address, " ".join(code), text, "; ".join(others), is_same)
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kernel", help="the ELF file")
    parser.add_argument("--addr2line", default="addr2line")
    parser.add_argument("--werror", action="store_true", help="fail if there is a difference")
    options = parser.parse_args()
    kernel = Kernel(options.kernel, options.addr2line)
    found = first_difference(kernel, kernel.symbol("_start"))
    if found is None:
        return 0
    kind = "error" if options.werror else "warning"
    what = (f'where the words on the stack have 4 bytes instead of 8, which "{found.in_64_bits}" '
            "does not expect." if found.is_stack else
            f'where {found.code} does not mean "{found.in_64_bits}" but "{found.in_32_bits}".')
    print(f"{kind}: {kernel.place(found.address)} is compiled for 64-bit mode, but GRUB "
          f"starts the kernel in 32-bit mode, {what}", file=sys.stderr)
    return int(options.werror)


if __name__ == "__main__":
    sys.exit(main())
