"""Chapter 4's memory functions are right, in a process of the host and in the
kernel, and what watches over them notices mistakes."""
import concurrent.futures
import os
import re
import subprocess
import sys
import xml.etree.ElementTree

import pytest

import bench
import chart
import course
import machine_code
import mutate
import screens
from course import EACH_VARIANT, ROOT, build_folder
from test_host import HOST

CHAPTER = "chapters/04-intrinsics"
pytestmark = course.x86_64_only
FUNCTIONS = ["memcpy", "memmove", "memset", "memcmp", "bcmp"]
# The plain functions and the fast ones have the same proofs: whose these are, as
# course.build takes it, and where the source is.
BOTH = {"plain": ("plain", "demos/plain/memory.c"), "fast": (None, "memory.c")}
# The plain ones know no way but one.
EACH_PATH = [("plain", "words"), ("fast", "words"), ("fast", "rep"), ("fast", "mixed")]
KERNEL_FLAGS = ["-std=gnu11", "-ffreestanding", "-mno-red-zone", "-fno-pie",
                "-mgeneral-regs-only", "-fno-stack-protector", *course.includes()]
RUNS = 100_000


def renamed(source, target):
    """Copies an object, with kernel_ before its functions' names."""
    return course.with_prefix("kernel", source, target)


@pytest.fixture(scope="session")
def prover(tmp_path_factory):
    """Returns the test program of memory_host.c, not yet linked."""
    path = tmp_path_factory.mktemp("prover") / "memory_host.o"
    course.run("gcc", "-std=gnu11", "-O2", "-Wall", "-Wextra", "-fno-pie", "-c",
               HOST / "memory_host.c", "-o", path)
    return path


def link(prover, memory, folder):
    program = folder / "prove"
    course.run("gcc", "-no-pie", prover, memory, "-o", program)
    return program


@pytest.mark.parametrize("whose, path", course.cases(EACH_PATH[-1:], EACH_PATH))
@pytest.mark.parametrize("variant", EACH_VARIANT)
def test_every_size_alignment_and_overlap(variant, whose, path, prover, empty_folder):
    kernel = course.build(CHAPTER, variant, demo=BOTH[whose][0])
    memory = renamed(kernel.build / "memory.o", empty_folder / "memory.o")
    output = course.run(link(prover, memory, empty_folder), "small", path).stdout
    assert int(re.fullmatch(r"(\d+) checks\n", output)[1]) > 15_000_000


# For such sizes, "mixed" and "rep" are the same. The plain ones would take minutes.
@pytest.mark.parametrize("path", course.cases([], ["words", "mixed"]))
def test_sizes_beyond_32_bits(path, prover, empty_folder):
    kernel = course.build(CHAPTER)
    memory = renamed(kernel.build / "memory.o", empty_folder / "memory.o")
    program = link(prover, memory, empty_folder)
    assert course.run(program, "large", path, timeout=1200).stdout == "8 checks\n"


@pytest.mark.parametrize("whose", BOTH)
@pytest.mark.parametrize("variant", EACH_VARIANT)
def test_none_calls_another_and_the_direction_flag_is_left_alone(variant, whose):
    """Nor itself: there is no call, and no jump out of a function. So none of
    them can recurse."""
    memory = course.build(CHAPTER, variant, demo=BOTH[whose][0]).build / "memory.o"
    found = {function.name: machine_code.reachable(function)
             for function in machine_code.functions(memory)}
    # Each name is a function's here, or an alias at its address.
    assert set(found) <= set(FUNCTIONS)
    defined = course.run("nm", "--defined-only", memory).stdout
    places = {name: place for place, _, name in map(str.split, defined.splitlines())}
    assert {places[name] for name in FUNCTIONS} == {places[name] for name in found}
    needed = course.run("nm", "--undefined-only", memory).stdout.split()
    assert needed == ([] if whose == "plain" else ["U", "memory_rep_from"])
    text = course.run("objdump", "-dr", "--no-show-raw-insn", memory).stdout
    assert not re.search(r"R_X86_64_(PLT32|PC32)\t(?!memory_rep_from|\.)",
                         text)
    for name, code in found.items():
        inside = {address for address, _ in code}
        for _, instruction in code:
            mnemonic, _, operand = instruction.partition(" ")
            assert not mnemonic.startswith(("call", "std")), (name, instruction)
            if mnemonic.startswith("j"):
                target = int(operand.strip().split()[0], 16)
                assert target in inside and target != min(inside), \
                    (name, instruction)


def test_this_check_finds_a_function_that_calls_itself(empty_folder):
    """The naive loop, as GCC compiles it for a program."""
    naive = ROOT / CHAPTER / "hazard" / "naive.c"
    course.run("gcc", "-O2", "-c", naive, "-o", "naive.o", cwd=empty_folder)
    text = course.run("objdump", "-dr", "--no-show-raw-insn",
                      empty_folder / "naive.o").stdout
    # GCC 16 jumps there.
    assert re.search(r"\t(call|jmp) .*\n.*R_X86_64_PLT32\tmemcpy", text)


def test_hazard_says_who_falls_in(empty_folder):
    output = course.make(CHAPTER, "hazard", build_folder()).stdout
    tables = re.split(r"^(\S+): .*\d+\.\d+\.\d+.*$", output, flags=re.MULTILINE)
    cells = dict(zip(tables[1::2], tables[2::2]))

    def row(compiler, way, function):
        block = cells[compiler].partition(f"  {way} ")[2]
        return re.search(rf"{function} +(.*)", block)[1].split()

    # What the page says: GCC falls in as it optimizes, unless one of two flags is there.
    for function in ("memcpy", "memset"):
        assert set(row("gcc", "(no flags)", function)) == {"loop", "CALL"}
        for way in ("-ffreestanding", "-fno-tree-loop-distribute-patterns"):
            assert set(row("gcc", way, function)) == {"loop"}
        assert set(row("clang", "(no flags)", function)) == {"loop"}
    # GCC 16 jumps to its own start.
    assert re.search(r"(call +memcpy|jmp +0 <memcpy>) +<-- calls itself", cells["gcc"])
    assert "None of these calls itself." in cells["clang"]


@pytest.mark.parametrize("whose", BOTH)
def test_the_c_library_does_the_same(whose, empty_folder):
    """libFuzzer makes up orders for both."""
    course.run("clang", "-O1", "-g", *KERNEL_FLAGS, "-fsanitize=fuzzer-no-link",
               "-c", ROOT / CHAPTER / BOTH[whose][1], "-o", "memory.o",
               cwd=empty_folder)
    renamed(empty_folder / "memory.o", empty_folder / "renamed.o")
    course.run("clang", "-O1", "-g", "-no-pie", "-fsanitize=fuzzer,address",
               HOST / "memory_fuzz.c", "renamed.o", "-o", "fuzz",
               cwd=empty_folder)
    output = course.run("./fuzz", f"-runs={RUNS}", "-seed=1", "-max_len=512",
                        cwd=empty_folder).stdout
    assert f"Done {RUNS} runs" in output


SIZES = [256, 512, 1024, 2048, 4096, 16384]
NEVER = (1 << 64) - 1
# How long each size takes by words and by `rep`, on a clock made up for it, and from where
# on `rep` is to be used.
CLOCKS = {
    "rep is slower": ([(10, 20)] * 6, NEVER),
    "rep is faster": ([(20, 10)] * 6, 256),
    "for large sizes": ([(10, 20)] * 3 + [(20, 10)] * 3, 2048),
    "for the largest": ([(10, 20)] * 5 + [(20, 10)], 16384),
    "not for the largest": ([(20, 10)] * 5 + [(10, 20)], NEVER),
    "with a gap": ([(20, 10)] * 3 + [(10, 20)] + [(20, 10)] * 2, 4096),
    "hardly": ([(80, 75)] * 6, NEVER),
    "clearly": ([(80, 74)] * 6, 256),
    "the clock stands still": ([(0, 0)] * 6, NEVER),
    "it stands still by words": ([(0, 10)] * 6, NEVER),
    "it stands still by rep": ([(10, 0)] * 6, NEVER),
    "it goes backward": ([(-10, -20)] * 6, NEVER),
    "it goes backward by words": ([(-10, 5)] * 6, NEVER),
    "it jumps": ([(1 << 33, 1 << 33)] * 6, NEVER),
    "it jumps by words": ([(1 << 33, 10)] * 6, NEVER),
}


def program_that_chooses(folder, *sources_and_flags):
    """Returns a program that prints what memory_init chooses in it."""
    memory = renamed(course.build(CHAPTER).build / "memory.o", folder / "memory.o")
    course.run("gcc", "-O1", *KERNEL_FLAGS, "-c", ROOT / CHAPTER / "memory_init.c", "-o",
               "init.o", *sources_and_flags, cwd=folder)
    (folder / "main.c").write_text(
        "#include <stdio.h>\nextern struct { unsigned long move, set, compare; }"
        " kernel_memory_rep_from;\nvoid kernel_memory_init(void);\n"
        "int main(void) { kernel_memory_init(); printf(\"%lu %lu %lu\","
        " kernel_memory_rep_from.move, kernel_memory_rep_from.set,"
        " kernel_memory_rep_from.compare); return 0; }\n")
    return ["gcc", "-no-pie", "main.c", renamed(folder / "init.o", folder / "renamed.o"), memory]


def chosen(folder, command):
    course.run(*command, "-o", "main", cwd=folder)
    return [int(number) for number in course.run(folder / "main").stdout.split()]


@pytest.mark.parametrize("clock", CLOCKS)
def test_the_faster_way_is_chosen_by_the_clock(clock, empty_folder):
    """A round that takes longer, as with an interrupt, does not count, nor one with a long
    pause. Each size is measured by words and then by `rep`, the largest first, four times
    each."""
    times, expected = CLOCKS[clock]
    costs = ", ".join(f"{{{words}, {rep}}}" for words, rep in times)
    (empty_folder / "clock.c").write_text(
        f"static const long costs[6][2] = {{{costs}}};\n"
        "static unsigned long calls, now = 1UL << 40;\n"
        "unsigned long made_up_clock(void)\n{\n"
        "    unsigned long call = calls++ % 96, size = 5 - call / 16;\n"
        "    int round = call / 2 % 4, ends = call % 2;\n"
        "    if (ends) now += costs[size][call / 8 % 2];\n"
        "    if (ends && round == 1 && costs[size][call / 8 % 2] > 0) now += 1000;\n"
        "    if (ends && round == 2 && costs[size][call / 8 % 2] > 0) now += 1UL << 33;\n"
        "    return now;\n}\n")
    (empty_folder / "declared.h").write_text("unsigned long made_up_clock(void);\n"
                                             "#define __builtin_ia32_rdtsc made_up_clock\n")
    command = program_that_chooses(empty_folder, "-include", "declared.h")
    assert chosen(empty_folder, [*command, "clock.c"]) == [expected] * 3


def test_on_this_cpu_something_is_chosen(empty_folder):
    assert set(chosen(empty_folder, program_that_chooses(empty_folder))) <= {*SIZES, NEVER}


@pytest.mark.parametrize("paths", ["words", "rep"])
def test_a_kernel_can_be_built_for_one_way(paths):
    course.make(CHAPTER, f"PATHS={paths}", build_folder(), "WERROR=1")
    kernel = course.Kernel(ROOT / CHAPTER, course.own_build())
    with course.boot_until_halted(kernel, "cdrom") as booted:
        start = kernel.symbols()["memory_rep_from"]
        assert booted.memory(start, 24) == (b"\0" if paths == "rep" else b"\xFF") * 24
        # Nobody sees a difference.
        assert screens.chapter_4().differences(booted.screen()) == []


def test_a_way_that_there_is_not_is_one_line():
    result = course.make(CHAPTER, "PATHS=fast", build_folder(), check=False)
    assert course.one_line(result, "PATHS=fast is unknown: it is words or rep")


def test_bench_measures_all_in_both_places(tmp_path):
    """With small sizes only, and in two runs. What it measures is not asserted."""
    output = course.run(sys.executable, "-B", ROOT / "tests/bench/bench.py", "64", "2",
                        env=course.clean_environment(BENCH=f"{tmp_path}/b")
                        ).stdout
    for place in ("On this CPU", "Emulated by QEMU"):
        peers = output.partition(f"{place}: how many times our time")[2]
        steps = output.partition(f"{place}: how many times as fast")[2]
        for function in FUNCTIONS[:4]:
            for part, names in ((peers, ("plain", "rep movsb", "musl", "newlib")),
                                (steps, ("words", "last word", "blocks", "ours"))):
                table = part.partition(f"{function} ")[2].partition("\n\n")[0]
                for name in names:
                    # The medians, and below them how far a run was from these.
                    assert re.search(rf"^  {name}( +[0-9]+\.\d\d)+\n(?: +±[0-9]+\.\d\d)+$",
                                     table, re.MULTILINE), (place, function, name)
    chart = xml.etree.ElementTree.parse(tmp_path / "b" / "chart.svg")
    # Not every program that shows pictures knows these; then all is black.
    assert "var(" not in (tmp_path / "b" / "chart.svg").read_text()
    paths = chart.findall(".//{http://www.w3.org/2000/svg}path")
    # Five in the legend, five for each function here, four in the kernel.
    assert len(paths) == 5 + 4 * 5 + 4 * 4


def test_bench_takes_the_median_of_the_runs_and_names_what_is_below_the_goal():
    """With times made up for three runs."""
    times = {"ours": [100, 100, 100], "plain": [300, 500, 400], "rep movsb": [94, 90, 120],
             "musl": [95, 95, 95], "C library": [80, 89, 95]}
    lines = [["names", *times], *(
        [run, function, "aligned", size, *(ticks[run] for ticks in times.values())]
        for run in range(3) for function in bench.FUNCTIONS for size in (4, 7))]
    cases = bench.parse("\n".join("\t".join(map(str, line)) for line in lines))
    found = bench.compare(cases, "memset", "plain", "ours")
    assert found == {place: (pytest.approx(4), pytest.approx(1)) for place in ("0-7", "all")}
    lines = list(bench.below_the_goal("Here", cases))
    assert [line for line in lines if "memcmp" in line] == [
        "  Here, memcmp, 0-7: rep movsb takes 0.94 ±0.26 of our time",
        "  Here, memcmp, all: C library takes 0.89 ±0.09 of our time"]


def test_the_chart_takes_as_many_peers_as_there_are():
    names = [f"library {number}" for number in range(20)]
    picture = xml.etree.ElementTree.fromstring(chart.draw(
        {"Here": {"memcpy": {name: [(1, 2), (64, 3)] for name in names}}}, names))
    paths = picture.findall(".//{http://www.w3.org/2000/svg}path")
    assert len(paths) == 2 * len(names)
    colors = dict(re.findall(r"(\.c\d+) \{ stroke: (#\w+)", chart.style(len(names))))
    looks = {(colors["." + path.get("class")], path.get("stroke-dasharray"))
             for path in paths}
    assert len(looks) == len(names)
    width, height = map(float, picture.get("viewBox").split()[2:])
    for text in picture.findall(".//{http://www.w3.org/2000/svg}text"):
        assert 0 <= float(text.get("x")) < width and 0 <= float(text.get("y")) < height


# ---- mutation: bugs of one token ----

# Changes that no test can notice, and why not.
EQUIVALENT = ROOT / "tests" / "kernel" / "memory_equivalents.tsv"


def equivalents():
    """Returns the set of (whose, function, place, other) that are known to be harmless."""
    lines = EQUIVALENT.read_text().splitlines()
    return {tuple(line.split("\t")[:4]) for line in lines
            if not line.startswith(("#", "whose\t"))}


def survives(whose, text, prover, folder):
    """Does the proof not notice that memory.c is this text?"""
    folder.mkdir()
    (folder / "memory.c").write_text(text)
    compiled = course.run("gcc", "-O1", "-w", *KERNEL_FLAGS,
                          "-fno-tree-loop-distribute-patterns", "-c",
                          "memory.c", cwd=folder, check=False)
    if compiled.returncode != 0:
        return False
    renamed(folder / "memory.o", folder / "renamed.o")
    program = link(prover, folder / "renamed.o", folder)
    for path in (path for who, path in EACH_PATH if who == whose):
        try:
            if course.run(program, "small", path, check=False,
                          timeout=20).returncode != 0:
                return False
        except subprocess.TimeoutExpired:
            return False
    return True


def every_mutant():
    """Returns [((whose, function, place, other), text), ...]."""
    return [((whose, *mutant[:3]), mutant[3]) for whose, (_, name) in BOTH.items()
            for mutant in mutate.mutants((ROOT / CHAPTER / name).read_text())]


def test_the_page_knows_how_many_bugs_are_planted():
    said = re.search(r"Of\s+(\d+)\s+such\s+files,\s+(\d+)\s+fail.*?The\s+other\s+(\d+)\s+pass",
                     (ROOT / "docs/memory-functions.md").read_text(), re.DOTALL)
    known = len(equivalents())
    assert [int(number) for number in said.groups()] == \
        [len(every_mutant()), len(every_mutant()) - known, known]


@pytest.mark.slow
def test_bugs_of_one_token_are_noticed(prover, empty_folder):
    """Each is either noticed, or known to be harmless."""
    known, every = equivalents(), every_mutant()
    planted = [mutant for mutant in every if mutant[0] not in known]
    assert {key[0] for key, _ in planted} == set(BOTH)
    assert not known - {key for key, _ in every}, \
        "memory_equivalents.tsv names what is in neither file"
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        alive = list(pool.map(
            lambda item: survives(item[1][0][0], item[1][1], prover,
                                  empty_folder / str(item[0])),
            enumerate(planted)))
    unnoticed = ["\t".join(key) for (key, _), survived in zip(planted, alive)
                 if survived]
    assert not unnoticed, "\n".join(unnoticed)
