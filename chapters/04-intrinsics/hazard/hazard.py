#!/usr/bin/env python3
"""Shows which compilers turn a loop in memcpy into a call of memcpy.

hazard.py OBJDUMP FOLDER COMPILER...: compiles naive.c, next to this file, with each
compiler that is installed, with many sets of flags, and looks for functions that
call themselves. It writes its files to FOLDER.
"""
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
LEVELS = ["-O0", "-O1", "-O2", "-O3", "-Os"]
WAYS = [
    [],
    ["-ffreestanding"],
    ["-ffreestanding", "-ftree-loop-distribute-patterns"],
    ["-fno-tree-loop-distribute-patterns"],
]
FUNCTIONS = ["memcpy", "memset", "strlen"]


def disassemble(compiler, flags, folder, objdump):
    """Returns {function: its lines} of naive.c, or None if the compiler does not
    know a flag."""
    target = ["--target=x86_64-linux-gnu"] if "clang" in compiler else []
    path = os.path.join(folder, "naive.o")
    compiled = subprocess.run(
        [compiler, *target, *flags, "-Werror=ignored-optimization-argument"
         if target else "-w", "-fno-pie", "-fcf-protection=none", "-c", "-o",
         path, os.path.join(HERE, "naive.c")],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    if compiled.returncode != 0:
        return None
    text = subprocess.run(
        [objdump, "-dr", "--no-show-raw-insn", path], text=True, check=True,
        stdout=subprocess.PIPE, env=dict(os.environ, LC_ALL="C")).stdout
    # objdump prints the name that a call lacks in a relocation below it: join them.
    text = re.sub(r"(call|jmp) +\S+ <.*>\n.*R_X86_64_\w+\t(\w+)-0x4$",
                  r"\1    \2", text, flags=re.MULTILINE)
    blocks = re.split(r"^[0-9a-f]+ <(\w+)>:\n", text, flags=re.MULTILINE)[1:]
    return {name: code.strip("\n").split("\n")
            for name, code in zip(blocks[::2], blocks[1::2])}


def calls_itself(name, lines):
    """Returns the lines that call a function's own start, or jump to it."""
    return [line for line in lines
            if re.search(rf"\t(call|jmp)\s+(\w+ <{name}>|{name})$", line)]


def examine(compiler, folder, objdump):
    """Prints the table of one compiler, and a function that calls itself."""
    version = subprocess.run([compiler, "--version"], text=True, check=True,
                             stdout=subprocess.PIPE).stdout.splitlines()[0]
    print(f"{os.path.basename(compiler)}: {version}")
    print(f"  {'':<56} {'  '.join(LEVELS)}")
    worst = None
    for way in WAYS:
        cells = {name: [] for name in FUNCTIONS}
        for level in LEVELS:
            flags = [level, *way]
            code = disassemble(compiler, flags, folder, objdump)
            for name in FUNCTIONS:
                marked = code and calls_itself(name, code[name])
                cells[name].append("?" if code is None else
                                   "CALL" if marked else "loop")
                if marked and worst is None:
                    worst = (flags, name, code[name], marked)
        for name in FUNCTIONS:
            title = " ".join(way) or "(no flags)"
            print(f"  {title if name == FUNCTIONS[0] else '':<48} {name:<7}"
                  f" {' '.join(f'{cell:<4}' for cell in cells[name])}".rstrip())
    if worst:
        flags, name, lines, marked = worst
        print(f"\n  {os.path.basename(compiler)} {' '.join(flags)}: {name} calls itself, and never "
              "returns:\n")
        for line in lines:
            arrow = "   <-- calls itself" if line in marked else ""
            print(f"    {line.expandtabs(8).strip()}{arrow}")
    else:
        print("\n  None of these calls itself.")
    print()


def main():
    objdump, folder, *wanted = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    compilers = [name for name in wanted if shutil.which(name)]
    if not compilers:
        print(f"there is none of these compilers: {' '.join(wanted)}",
              file=sys.stderr)
        return 1
    print("What becomes of the loops in hazard/naive.c: a loop, or a CALL of the\n"
          "function that the loop stands in. ?: the compiler refuses the flags.\n")
    for compiler in compilers:
        examine(compiler, folder, objdump)
    return 0


if __name__ == "__main__":
    sys.exit(main())
