#!/usr/bin/env python3
"""Times the memory functions of chapter 4 against others, and each trick of theirs against
the step before it: on this CPU, and in a kernel that QEMU emulates. Prints tables, and
draws a chart.

bench.py [LARGEST [RUNS]]: the largest size, in bytes, 64 MiB if not given; and how often
each case is timed, 9 times if not given. BENCH, in the environment, is the folder for what
is made.
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
# QEMU is many times slower where a loop goes from one page to the next: each function is
# kept within one, as the chapter's own are.
ALIGNMENT = 1024
FLAGS = [f"-falign-functions={ALIGNMENT}", "-std=gnu11", "-O2", "-ffreestanding",
         "-mgeneral-regs-only", "-mno-red-zone", "-fno-pie", "-fno-tree-loop-distribute-patterns",
         "-fno-stack-protector", "-fcf-protection=none", "-U_FORTIFY_SOURCE", "-w"]
# Of the program that calls: RUNS is how often each case is timed.
RUNS = 9
CALLERS_FLAGS = ["-falign-functions=64", "-falign-loops=64"]
# The emulated kernel takes a minute, most of it for the loops over bytes.
GUEST_PATIENCE = 1200

# The classes of sizes that the tables show, by their largest size.
CLASSES = [(7, "0-7"), (16, "8-16"), (32, "17-32"), (64, "33-64"),
           (128, "65-128"), (512, "129-512"), (2048, "-2K"), (16384, "-16K"),
           (262144, "-256K"), (1 << 62, "more")]
# The steps from the plain functions to ours, each with one trick more.
STEPS = ["plain", "words", "last word", "blocks", "ours"]
# Uses registers of 32 bytes, which a kernel does without.
C_LIBRARY = "C library"
# How much of our time a peer may take: of those with general registers, in each class;
# of the C library, in the mean.
GOAL, C_LIBRARY_GOAL = 0.95, 0.9


# ---- the peers ----

def objects_of(prefix, *names, **how):
    """Returns objects of one of the chapter's kernels: by default, the functions alone."""
    kernel = course.build(CHAPTER, **how)
    return [course.with_prefix(prefix, kernel.build / f"{name}.o",
                               BUILD / f"{prefix}-{name}.o") for name in names or ["memory"]]


def renamed(library, source, target):
    """Copies an object of one function's, with the library's name before the function's."""
    course.run("objcopy", "--set-section-alignment", f".text={ALIGNMENT}", source, target)
    return course.with_prefix(library, target, target)


def musl_objects():
    """Returns the objects of musl's memory functions."""
    folder = BUILD / "musl"
    folder.mkdir(exist_ok=True)
    names = [f"{name}.lo" for name in FUNCTIONS]
    course.run("ar", "x", course.tool("musl"), *names, cwd=folder)
    return [renamed("musl", folder / name, folder / f"{name}.o") for name in names]


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
    return [renamed("newlib", folder / f"{name}.original.o", folder / f"{name}.o")
            for name in FUNCTIONS]


# ---- the two places ----

def run_on_host(libraries, largest, flags):
    """Returns the lines of the benchmark in a process."""
    for name in ("peers", "tricks"):
        course.run("gcc", *FLAGS, "-c", HERE / f"{name}.c", "-o", BUILD / f"{name}.o")
    # The loops that call are aligned, so that where they lie does not matter; and linked in
    # whole, the C library's functions are called as directly as the others.
    course.run("gcc", "-std=gnu11", "-O2", "-fno-pie", "-static", "-fno-builtin",
               *flags, "-Wall", "-Wextra", f"-I{HERE}", HERE / "host" / "main.c",
               HERE / "bench.c", BUILD / "peers.o", BUILD / "tricks.o", *libraries,
               "-Wl,-z,noexecstack", "-o", BUILD / "bench")
    return course.run(BUILD / "bench", largest, timeout=3600).stdout


def run_in_guest(libraries, largest, flags):
    """Returns the lines of the benchmark in a kernel that QEMU emulates. It has
    room for 1 MiB at most."""
    folder = HERE / "guest"
    build = os.path.relpath(BUILD / "guest", folder)
    objects = " ".join(os.path.relpath(library, folder) for library in libraries)
    course.make(folder, f"BUILD={build}", f"MORE_OBJECTS={objects}",
                f"LARGEST={min(largest, 1 << 20)}", f"ALIGNMENT={ALIGNMENT}",
                f"CALLERS_FLAGS={' '.join(flags)}")
    kernel = course.Kernel(folder, BUILD / "guest")
    with kernel.boot("cdrom") as booted:
        outcome = booted.wait(GUEST_PATIENCE)
        text = booted.serial()
    if outcome != qemu.EXITED:
        raise SystemExit(f"bench: the kernel has not finished: {outcome}\n{text}")
    return text


# ---- the results ----

def parse(text):
    """Returns {(function, how, size): {library: [ticks for 1000 calls in each run]}}."""
    names, cases = [], {}
    for line in text.splitlines():
        first, *fields = line.split("\t")
        if first == "names":
            names = fields
        elif fields:
            function, how, size, *ticks = fields
            case = cases.setdefault((function, how, int(size)), {})
            for library, number in zip(names, ticks, strict=True):
                case.setdefault(library, []).append(max(int(number), 1))
    return cases


def size_class(how, size):
    if how == "mix":
        return "mix"
    return next(name for largest, name in CLASSES if size <= largest)


def mean(ratios):
    return math.exp(statistics.fmean(map(math.log, ratios)))


def compare(cases, function, theirs, ours):
    """Returns {class: (median, spread)} of how many times ours' time theirs takes: in each
    run, the mean of a class; of all runs, their median, and how far the others are from it
    at most. The class "all" is the mean of all cases."""
    found = {}
    for (name, how, size), ticks in cases.items():
        if name == function and theirs in ticks:
            ratios = [a / b for a, b in zip(ticks[theirs], ticks[ours])]
            for place in (size_class(how, size), "all"):
                found.setdefault(place, []).append(ratios)
    return {place: of_runs([mean(run) for run in zip(*ratios)])
            for place, ratios in found.items()}


def of_runs(values):
    middle = statistics.median(values)
    return middle, max(abs(value - middle) for value in values)


def columns(cases):
    classes = {size_class(how, size) for _, how, size in cases}
    return [name for _, name in CLASSES if name in classes] + ["mix", "all"]


def row(name, found, wanted):
    """Returns two lines: the medians, and the spreads."""
    return [f"  {name:<10}" + "".join(f"{found[place][0]:9.2f}" for place in wanted),
            " " * 12 + "".join(f"{'±' + format(found[place][1], '.2f'):>9}"
                               for place in wanted)]


def table(title, cases, rows):
    """Returns the lines of a table. rows: (name, theirs, ours), for each line of it."""
    lines = [title, ""]
    wanted = columns(cases)
    for function in FUNCTIONS:
        lines.append(f"{function:<12}" + "".join(f"{name:>9}" for name in wanted))
        for name, theirs, ours in rows:
            lines += row(name, compare(cases, function, theirs, ours), wanted)
        lines.append("")
    return lines


def below_the_goal(place, cases):
    """Yields a line for each goal that is not reached."""
    for function in FUNCTIONS:
        for library in peers_in(cases):
            for name, (ratio, spread) in compare(cases, function, library, "ours").items():
                is_c_library = library == C_LIBRARY
                goal = C_LIBRARY_GOAL if is_c_library else GOAL
                if is_c_library == (name == "all") and ratio < goal:
                    yield (f"  {place}, {function}, {name}: {library} takes {ratio:.2f} "
                           f"±{spread:.2f} of our time")


def peers_in(cases):
    """Returns the names of the libraries that ours are compared with."""
    return [name for name in next(iter(cases.values())) if name not in STEPS[1:]]


def points(cases):
    """Returns what the chart shows of a place: {function: {library: [(size, ratio), ...]}},
    for aligned calls."""
    found = {function: {} for function in FUNCTIONS}
    for (function, how, size), ticks in cases.items():
        if how == "aligned" and size > 0:
            for library in peers_in(cases):
                if library in ticks:
                    ratio = statistics.median(
                        a / b for a, b in zip(ticks[library], ticks["ours"]))
                    found[function].setdefault(library, []).append((size, ratio))
    return found


def report_on(place, cases):
    """Returns the lines of both tables."""
    peers = [(name, name, "ours") for name in peers_in(cases)]
    steps = [(after, before, after) for before, after in zip(STEPS, STEPS[1:])]
    return [*table(f"{place}: how many times our time the others take", cases, peers),
            *table(f"{place}: how many times as fast each step is as the one before, "
                   f"{STEPS[0]} being the first", cases, steps)]


def main():
    largest = int(sys.argv[1]) if len(sys.argv) > 1 else 64 << 20
    flags = [*CALLERS_FLAGS, f"-DRUNS={sys.argv[2] if len(sys.argv) > 2 else RUNS}"]
    shutil.rmtree(BUILD, ignore_errors=True)
    BUILD.mkdir(parents=True)
    measured = [*objects_of("ours", "memory", "memory_init"), *objects_of("blocks"), *objects_of("plain", demo="plain"),
                *musl_objects(), *newlib_objects()]
    places, report = {}, []  # what was measured in each place, and the lines about it
    for place, run in (("On this CPU", run_on_host), ("Emulated by QEMU", run_in_guest)):
        places[place] = parse(run(measured, largest, flags))
        lines = report_on(place, places[place])
        print("\n".join(lines), flush=True)
        report += lines
    below = [line for place, cases in places.items() for line in below_the_goal(place, cases)]
    if below:
        below.insert(0, f"Below the goal, which is {GOAL} in each class, and {C_LIBRARY_GOAL} "
                     "of the C library in the mean:")
        print("\n".join(below))
    (BUILD / "table.txt").write_text("\n".join(report + below))
    (BUILD / "chart.svg").write_text(chart.draw(
        {place: points(cases) for place, cases in places.items()},
        peers_in(places["On this CPU"])))
    print(f"The tables are in {BUILD}/table.txt, the chart in {BUILD}/chart.svg")
    return 0


if __name__ == "__main__":
    sys.exit(main())
