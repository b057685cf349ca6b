#!/usr/bin/env python3
"""Reads machine code, to find what a kernel must not contain.

machine_code.py FILE... counts it in programs and libraries, and fails if there
is any.
"""
import argparse
import collections
import os
import re
import subprocess
import sys

# Registers that -mgeneral-regs-only forbids: SSE, AVX, MMX and x87.
VECTOR = re.compile(r"%[xyz]mm\d|%mm\d|%st\b")
X87 = re.compile(r"^f[a-z0-9]+$")
# With an index register, nothing says where the access goes.
MEMORY = re.compile(r"(-?0x[0-9a-f]+)?\((%rsp|%rbp)\)")

# member: the object in a library, or None; code: [(address, instruction), ...].
Function = collections.namedtuple("Function", "member name code")


def functions(path, objdump="objdump"):
    """Returns the Functions of an ELF file, or of an archive of them."""
    found, member = [], None
    read = subprocess.run([objdump, "-dw", "--no-show-raw-insn", path],
                          stdout=subprocess.PIPE, check=False, text=True,
                          env=dict(os.environ, LC_ALL="C"))
    if read.returncode != 0:
        sys.exit(1)  # objdump has said why
    for line in read.stdout.splitlines():
        file = re.match(r"^(\S+\.o): +file format", line)
        header = re.match(r"^[0-9a-f]+ <(.+)>:$", line)
        instruction = re.match(r"^ *([0-9a-f]+):\t(.*)$", line)
        if file:
            member = file[1]
        elif header:
            found.append(Function(member, header[1], []))
        elif instruction:
            found[-1].code.append(
                (int(instruction[1], 16),
                 re.sub(r"\s*(#|<).*$", "", instruction[2]).strip()))
    return found


def vector_instructions(function):
    """Returns the instructions that use SSE, AVX, MMX or x87 registers."""
    return [instruction for _, instruction in function.code
            if VECTOR.search(instruction) or X87.match(instruction.split()[0])]


def reachable(function):
    """Returns the instructions that a function can reach: not the padding before
    the next function."""
    return [function.code[index]
            for index in sorted(_stack_offsets(function.code))]


def red_zone_uses(function):
    """Returns the instructions that access memory below the stack pointer.

    Leaves out accesses through %rbp or %rsp when their distance from %rsp at
    the entry is not known."""
    uses = []
    for index, (rsp, rbp) in sorted(_stack_offsets(function.code).items()):
        name, operands = _parts(function.code[index][1])
        if name.startswith(("lea", "nop")):
            continue
        for offset, base in MEMORY.findall(operands):
            start = rsp if base == "%rsp" else rbp
            if None not in (start, rsp) and \
                    start + int(offset or "0", 16) < rsp:
                uses.append(function.code[index][1])
    return uses


def _parts(instruction):
    """Returns an instruction's name and operands, without its prefixes."""
    text = re.sub(r"^(rep[nz]*|lock|notrack|bnd|cs) +", "", instruction)
    name, _, operands = text.partition(" ")
    return name, operands.strip()


def _stack_offsets(code):
    """Follows a function's control flow. Returns {index of an instruction:
    (rsp, rbp)}: the offsets there of %rsp and, where it points into the stack,
    %rbp from %rsp at the entry. None: not known, or not always the same."""
    places = {address: index for index, (address, _) in enumerate(code)}
    offsets, todo = {}, [(0, (0, None))]
    while todo:
        index, state = todo.pop()
        if index >= len(code):
            continue
        if index in offsets:
            # Two ways lead here: what they disagree on is not known.
            state = tuple(one if one == other else None
                          for one, other in zip(state, offsets[index]))
            if state == offsets[index]:
                continue
        offsets[index] = state
        name, operands = _parts(code[index][1])
        state = _after(name, operands, *state)
        if name.startswith("j"):
            target = re.match(r"([0-9a-f]+)$", operands)
            if target and int(target[1], 16) in places:
                todo.append((places[int(target[1], 16)], state))
        if name not in ("jmp", "ret", "retq", "ud2", "hlt"):
            todo.append((index + 1, state))
    return offsets


def _after(name, operands, rsp, rbp):
    """Returns the offsets of %rsp and %rbp after an instruction."""
    if name in ("push", "pushq", "pushf", "pushfq"):
        return (None if rsp is None else rsp - 8), rbp
    if name in ("pop", "popq", "popf", "popfq"):
        return (None if rsp is None else rsp + 8), \
            (None if operands == "%rbp" else rbp)
    if name in ("leave", "leaveq"):
        return (None if rbp is None else rbp + 8), None
    if name in ("cmp", "cmpq", "test", "testq"):
        return rsp, rbp
    if operands == "%rsp,%rbp":
        return rsp, rsp
    if operands == "%rbp,%rsp":
        return rbp, rbp
    if operands.endswith(",%rsp"):
        constant = re.match(r"\$(-?0x[0-9a-f]+|\d+),", operands)
        address = re.match(r"(-?0x[0-9a-f]+)\((%r[sb]p)\),", operands)
        if constant and rsp is not None and name in ("add", "sub", "addq",
                                                     "subq"):
            change = int(constant[1], 0)
            return (rsp + change if name.startswith("add") else rsp - change), \
                rbp
        if address and name == "lea":
            start = rsp if address[2] == "%rsp" else rbp
            return (None if start is None
                    else start + int(address[1], 16)), rbp
        return None, rbp
    if operands.endswith(",%rbp"):
        return rsp, None
    return rsp, rbp


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objdump", default="objdump")
    parser.add_argument("files", nargs="+")
    options = parser.parse_args()
    clean = True
    for path in options.files:
        found = functions(path, options.objdump)
        vector = sum(1 for function in found if vector_instructions(function))
        red_zone = sum(1 for function in found if red_zone_uses(function))
        number = "1 function" if len(found) == 1 else f"{len(found)} functions"
        print(f"{path}: of {number}, {vector} use SSE or x87 "
              f"registers, and {red_zone} use memory below the stack pointer")
        clean = clean and vector == red_zone == 0
    return 0 if clean else 1


if __name__ == "__main__":
    sys.exit(main())
