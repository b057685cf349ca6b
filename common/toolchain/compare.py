#!/usr/bin/env python3
"""compare.py PREFIX KERNEL KERNEL - says where two ELF files differ, section by
section, and in their code function by function. The names of objdump and readelf begin
with PREFIX, which may be empty."""
import hashlib
import os
import re
import subprocess
import sys

import machine_code


def output(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True,
                          env=dict(os.environ, LC_ALL="C")).stdout


def sections(path, readelf):
    """Returns {name: (size in bytes, checksum of the contents)}."""
    with open(path, "rb") as file:
        contents = file.read()
    found = {}
    for name, kind, offset, size in re.findall(
            r"^ +\[ *\d+\] (\S+) +(\S+) +\w+ (\w+) (\w+)",
            output(readelf, "-SW", path), re.MULTILINE):
        start, length = int(offset, 16), int(size, 16)
        bits = b"" if kind == "NOBITS" else contents[start:start + length]
        found[name] = (length, hashlib.sha256(bits).digest())
    return found


def code(path, objdump):
    """Returns {name: instructions} of all functions."""
    return {function.name: [text for _, text in function.code]
            for function in machine_code.functions(path, objdump)}


def main():
    prefix, *kernels = sys.argv[1:]
    readelf, objdump = prefix + "readelf", prefix + "objdump"
    for path in kernels:
        comment = re.search(r"GCC: .*", output(readelf, "-p", ".comment", path)
                            ) if ".comment" in sections(path, readelf) else None
        print(f"{path}{': ' + comment[0] if comment else ''}")
    ours, theirs = (sections(path, readelf) for path in kernels)
    print(f"\n{'section':<18} {'bytes':>7} {'bytes':>7}")
    for name in sorted(ours.keys() | theirs.keys()):
        sizes = [f"{kernel[name][0]:7}" if name in kernel else "      -"
                 for kernel in (ours, theirs)]
        same = ours.get(name) == theirs.get(name)
        print(f"{name:<18} {' '.join(sizes)}  {'same' if same else 'DIFFERENT'}")
    ours, theirs = (code(path, objdump) for path in kernels)
    different = sorted(name for name in ours.keys() | theirs.keys()
                       if ours.get(name) != theirs.get(name))
    print(f"\nOf {len(ours.keys() | theirs.keys())} functions, "
          f"{len(different)} are different: {' '.join(different) or 'none'}")


if __name__ == "__main__":
    main()
