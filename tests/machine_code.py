"""Reads machine code, to find what a kernel must not contain."""
import re

import course

# Registers that -mgeneral-regs-only forbids: SSE, AVX, MMX and x87.
VECTOR = re.compile(r"%[xyz]mm\d|%mm\d|%st\b")
X87 = re.compile(r"^f[a-z0-9]+$")
# With an index register, nobody can say where the access goes.
MEMORY = re.compile(r"(-?0x[0-9a-f]+)?\((%rsp|%rbp)\)")


def functions(path):
    """Returns {name: [(address, instruction), ...]} of an ELF file."""
    found, code = {}, []
    text = course.run("objdump", "-dw", "--no-show-raw-insn", path).stdout
    for line in text.splitlines():
        header = re.match(r"^[0-9a-f]+ <(.+)>:$", line)
        instruction = re.match(r"^ *([0-9a-f]+):\t(.*)$", line)
        if header:
            code = found.setdefault(header[1], [])
        elif instruction:
            code.append((int(instruction[1], 16),
                         re.sub(r"\s*(#|<).*$", "", instruction[2]).strip()))
    return found


def vector_instructions(path):
    """Returns the instructions that use SSE, AVX, MMX or x87 registers."""
    return [f"{name}: {instruction}"
            for name, code in functions(path).items()
            for _, instruction in code
            if VECTOR.search(instruction) or X87.match(instruction.split()[0])]


def red_zone_uses(path):
    """Returns the instructions that access memory below the stack pointer."""
    return [f"{name}: {use}" for name, code in functions(path).items()
            for use in _red_zone_uses(code)]


def _red_zone_uses(code):
    """Follows a function's control flow, and keeps book of how far %rsp and,
    where it points into the stack, %rbp are from %rsp at the entry. None: not
    known any more; nothing is then said about accesses through it."""
    places = {address: index for index, (address, _) in enumerate(code)}
    seen, todo, uses = set(), [(0, 0, None)], []
    while todo:
        index, rsp, rbp = todo.pop()
        while index < len(code) and (index, rsp, rbp) not in seen:
            seen.add((index, rsp, rbp))
            text = re.sub(r"^(rep[nz]*|lock|notrack|bnd|cs) +", "",
                          code[index][1])
            name, _, operands = text.partition(" ")
            operands = operands.strip()
            if not name.startswith(("lea", "nop")):
                for offset, base in MEMORY.findall(operands):
                    start = rsp if base == "%rsp" else rbp
                    if None not in (start, rsp) and \
                            start + int(offset or "0", 16) < rsp:
                        uses.append(code[index][1])
            rsp, rbp = _after(name, operands, rsp, rbp)
            if name.startswith("j"):
                target = re.match(r"([0-9a-f]+)$", operands)
                if target and int(target[1], 16) in places:
                    todo.append((places[int(target[1], 16)], rsp, rbp))
            if name in ("jmp", "ret", "retq", "ud2", "hlt"):
                break
            index += 1
    return uses


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
