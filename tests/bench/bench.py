#!/usr/bin/env python3
"""Times the memory functions of chapter 4 against others: on this CPU, and in a
kernel that QEMU emulates. Prints a table, and draws a chart.

bench.py [LARGEST]: the largest size, in bytes; 64 MiB if not given. BENCH, in
the environment, is the folder for what is made.
"""
import math
import os
import shutil
import statistics
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import course  # noqa: E402  (needs the path above)
import qemu  # noqa: E402

import chart  # noqa: E402

CHAPTER = "chapters/04-intrinsics"
BUILD = Path(os.environ.get("BENCH", course.ROOT / "build" / "bench"))
FUNCTIONS = ["memcpy", "memmove", "memset", "memcmp"]
FLAGS = ["-std=gnu11", "-O2", "-ffreestanding", "-mgeneral-regs-only",
         "-mno-red-zone", "-fno-pie", "-fno-tree-loop-distribute-patterns",
         "-fno-stack-protector", "-fcf-protection=none", "-U_FORTIFY_SOURCE", "-w"]
# The emulated kernel takes minutes, most of them for the byte loops.
GUEST_PATIENCE = 1200

# The classes of sizes that the table shows, by their largest size.
CLASSES = [(7, "0-7"), (16, "8-16"), (32, "17-32"), (64, "33-64"),
           (128, "65-128"), (512, "129-512"), (2048, "-2K"), (16384, "-16K"),
           (262144, "-256K"), (1 << 62, "more")]


# ---- the peers ----

def musl_objects():
    """Returns the objects of musl's memory functions."""
    folder = BUILD / "musl"
    folder.mkdir(exist_ok=True)
    names = [f"{name}.lo" for name in FUNCTIONS]
    course.run("ar", "x", course.tool("musl"), *names, cwd=folder)
    return [course.with_prefix("musl", folder / name, folder / f"{name}.o")
            for name in names]


def newlib_objects():
    """Compiles newlib's memory functions from Debian's package of its source."""
    folder = BUILD / "newlib"
    folder.mkdir(exist_ok=True)
    # libc/machine/x86_64 has two in assembler, libc/string all in C.
    wanted = ["libc/machine/x86_64", "libc/string", "libc/include", "libc/ctype",
              "libc/locale"]
    course.run("tar", "-xf", course.tool("newlib-source"), "-C", folder,
               "--strip-components=2", "--wildcards",
               *[f"*/newlib/{part}/*" for part in wanted])
    include = course.run("gcc", "-print-file-name=include").stdout.strip()
    for name in ("memcpy", "memset"):
        course.run("gcc", "-c", f"libc/machine/x86_64/{name}.S", "-o",
                   f"{name}.original.o", cwd=folder)
    for name in ("memmove", "memcmp"):
        course.run("gcc", *FLAGS, "-nostdinc", "-isystem", "libc/include",
                   "-isystem", include, "-c", f"libc/string/{name}.c", "-o",
                   f"{name}.original.o", cwd=folder)
    return [course.with_prefix("newlib", folder / f"{name}.original.o", folder / f"{name}.o")
            for name in FUNCTIONS]


# ---- the two places ----

def run_on_host(peers, largest):
    """Returns the lines of the benchmark in a process."""
    kernel = course.build(CHAPTER)
    ours = [course.with_prefix("ours", kernel.build / f"{name}.o", BUILD / f"{name}.o")
            for name in ("memory", "memory_init")]
    course.run("gcc", *FLAGS, "-c", HERE / "peers.c", f"-I{HERE}", "-o",
               BUILD / "peers.o")
    course.run("gcc", "-std=gnu11", "-O2", "-fno-pie", "-no-pie", "-fno-builtin",
               "-Wall", "-Wextra", f"-I{HERE}", HERE / "host" / "main.c",
               HERE / "bench.c", BUILD / "peers.o", *ours, *peers,
               "-Wl,-z,noexecstack", "-o", BUILD / "bench")
    return course.run(BUILD / "bench", largest, timeout=3600).stdout


def run_in_guest(peers, largest):
    """Returns the lines of the benchmark in a kernel that QEMU emulates. It has
    room for 1 MiB at most."""
    folder = HERE / "guest"
    build = os.path.relpath(BUILD / "guest", folder)
    objects = " ".join(os.path.relpath(peer, folder) for peer in peers)
    course.make(folder, f"BUILD={build}", f"MORE_OBJECTS={objects}",
                f"LARGEST={min(largest, 1 << 20)}")
    kernel = course.Kernel(folder, BUILD / "guest")
    with kernel.boot() as booted:
        outcome = booted.wait(GUEST_PATIENCE)
        text = booted.serial()
    if outcome != qemu.EXITED:
        raise SystemExit(f"bench: the kernel has not finished: {outcome}\n{text}")
    return text


# ---- the results ----

def parse(text):
    """Returns {(function, how, size): {library: ticks for 1000 calls}}."""
    cases = {}
    for line in text.splitlines():
        fields = line.split("\t")
        if len(fields) == 5:
            function, how, size, library, ticks = fields
            cases.setdefault((function, how, int(size)), {})[library] = int(ticks)
    return cases


def size_class(how, size):
    if how == "mix":
        return "mix"
    return next(name for largest, name in CLASSES if size <= largest)


def mean(ratios):
    return math.exp(statistics.fmean(map(math.log, ratios)))


def ratios(cases, function):
    """Returns {library: {class: how many times our time it takes}}, with "all"
    for the mean of all cases."""
    found = {}
    for (name, how, size), ticks in cases.items():
        if name != function:
            continue
        for library, theirs in ticks.items():
            if library != "ours":
                lists = found.setdefault(library, {})
                ratio = max(theirs, 1) / max(ticks["ours"], 1)
                lists.setdefault(size_class(how, size), []).append(ratio)
                lists.setdefault("all", []).append(ratio)
    return {library: {name: mean(values) for name, values in lists.items()}
            for library, lists in found.items()}


def table(title, cases):
    """Returns the lines of a table of ratios."""
    lines = [f"{title}: how many times our time the others take", ""]
    for function in FUNCTIONS:
        found = ratios(cases, function)
        columns = [name for _, name in CLASSES if any(
            name in row for row in found.values())] + ["mix", "all"]
        lines.append(f"{function:<12}" + "".join(f"{name:>9}" for name in columns))
        for library, row in found.items():
            lines.append(f"  {library:<10}" + "".join(
                f"{row[name]:9.2f}" for name in columns))
        lines.append("")
    return lines


def main():
    largest = int(sys.argv[1]) if len(sys.argv) > 1 else 64 << 20
    shutil.rmtree(BUILD, ignore_errors=True)
    BUILD.mkdir(parents=True)
    peers = musl_objects() + newlib_objects()
    places, report = {}, []
    for place, text in (("On this CPU", run_on_host(peers, largest)),
                        ("Emulated by QEMU", run_in_guest(peers, largest))):
        places[place] = parse(text)
        lines = table(place, places[place])
        print("\n".join(lines), flush=True)
        report += lines
    (BUILD / "table.txt").write_text("\n".join(report))
    (BUILD / "chart.svg").write_text(chart.draw(places, FUNCTIONS))
    print(f"The table is in {BUILD}/table.txt, the chart in {BUILD}/chart.svg")
    return 0


if __name__ == "__main__":
    sys.exit(main())
