#!/usr/bin/env python3
"""Refuses a kernel that needs a function of libgcc, the compiler's own library,
that no kernel can call: one that uses SSE or x87 registers, or memory below the
stack pointer. The kernel's own flags do not reach into that library.

libgcc_check.py MAP LIBGCC: MAP is what the linker says about the kernel (-Map).
"""
import argparse
import re
import sys

import machine_code

# libgcc.a(_umodti3.o)
#                               ../../build/03-vga/kernel.o (__umodti3)
PULLED_IN = re.compile(r"libgcc\.a\((\S+)\)\s+(\S+) \((\S+)\)")


def pulled_in(link_map):
    """Returns {object of libgcc: (who needs it, the symbol)}."""
    head = link_map.partition("Memory Configuration")[0]
    return {member: (by.rpartition("/")[2], symbol)
            for member, by, symbol in PULLED_IN.findall(head)}


def complaints(link_map, libgcc, objdump):
    """Returns a line for each object that a kernel cannot use."""
    needed = pulled_in(link_map)
    if not needed:
        return
    for function in machine_code.functions(libgcc, objdump):
        if function.member not in needed:
            continue
        by, symbol = needed[function.member]
        if machine_code.vector_instructions(function):
            yield f"{by} needs {symbol}, which uses SSE or x87 registers"
        elif machine_code.red_zone_uses(function):
            yield f"{by} needs {symbol}, which uses memory below the stack pointer"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objdump", default="objdump")
    parser.add_argument("map")
    parser.add_argument("libgcc")
    options = parser.parse_args()
    with open(options.map, encoding="utf-8") as file:
        lines = sorted(set(complaints(file.read(), options.libgcc,
                                      options.objdump)))
    if not lines:
        return 0
    for line in lines:
        print(line, file=sys.stderr)
    print(f"A kernel crashes there: {options.libgcc} is compiled for programs. "
          "Type make toolchain in the course's folder: it builds a compiler "
          "whose library is compiled for kernels", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
