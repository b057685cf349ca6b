"""Chapter 4's memory functions are right, in a process of the host and in the
kernel, and what watches over them notices mistakes."""
import concurrent.futures
import os
import re
import subprocess
import xml.etree.ElementTree

import pytest

import course
import machine_code
import mutate
from course import EACH_VARIANT, ROOT, build_folder
from test_host import HOST

CHAPTER = "chapters/04-intrinsics"
pytestmark = course.x86_64_only
FUNCTIONS = ["memcpy", "memmove", "memset", "memcmp", "bcmp"]
KERNEL_FLAGS = ["-std=gnu11", "-ffreestanding", "-mno-red-zone", "-fno-pie",
                "-mgeneral-regs-only", "-fno-stack-protector", *course.includes()]
RENAME = [word for name in (*FUNCTIONS, "memory_rep_is_fast", "memory_init")
          for word in ("--redefine-sym", f"{name}=kernel_{name}")]
RUNS = 100_000


def renamed(source, target):
    """Copies an object, with kernel_ before its functions' names."""
    course.run("objcopy", *RENAME, source, target)
    return target


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


@pytest.mark.parametrize("path", ["words", "rep"])
@pytest.mark.parametrize("variant", EACH_VARIANT)
def test_every_size_alignment_and_overlap(variant, path, prover, empty_folder):
    kernel = course.build(CHAPTER, variant)
    memory = renamed(kernel.build / "memory.o", empty_folder / "memory.o")
    output = course.run(link(prover, memory, empty_folder), "small", path).stdout
    assert int(re.fullmatch(r"(\d+) checks\n", output)[1]) > 15_000_000


@pytest.mark.parametrize("path", ["words", "rep"])
def test_sizes_beyond_32_bits(path, prover, empty_folder):
    kernel = course.build(CHAPTER)
    memory = renamed(kernel.build / "memory.o", empty_folder / "memory.o")
    program = link(prover, memory, empty_folder)
    assert course.run(program, "large", path).stdout == "5 checks\n"


@pytest.mark.parametrize("variant", EACH_VARIANT)
def test_none_calls_another_and_the_direction_flag_is_left_alone(variant):
    """Nor itself: there is no call, and no jump out of a function. So none of
    them can recurse."""
    memory = course.build(CHAPTER, variant).build / "memory.o"
    found = {function.name: machine_code.reachable(function)
             for function in machine_code.functions(memory)}
    # Each name is a function's here, or an alias at its address.
    assert set(found) <= set(FUNCTIONS)
    defined = course.run("nm", "--defined-only", memory).stdout
    places = {name: place for place, _, name in map(str.split, defined.splitlines())}
    assert {places[name] for name in FUNCTIONS} == {places[name] for name in found}
    assert course.run("nm", "--undefined-only", memory).stdout == ""
    text = course.run("objdump", "-dr", "--no-show-raw-insn", memory).stdout
    assert not re.search(r"R_X86_64_(PLT32|PC32)\t(?!memory_rep_is_fast|\.)",
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


def test_the_c_library_does_the_same(empty_folder):
    """libFuzzer makes up orders for both."""
    course.run("clang", "-O1", "-g", *KERNEL_FLAGS, "-fsanitize=fuzzer-no-link",
               "-c", ROOT / CHAPTER / "memory.c", "-o", "memory.o",
               cwd=empty_folder)
    renamed(empty_folder / "memory.o", empty_folder / "renamed.o")
    course.run("clang", "-O1", "-g", "-no-pie", "-fsanitize=fuzzer,address",
               HOST / "memory_fuzz.c", "renamed.o", "-o", "fuzz",
               cwd=empty_folder)
    output = course.run("./fuzz", f"-runs={RUNS}", "-seed=1", "-max_len=512",
                        cwd=empty_folder).stdout
    assert f"Done {RUNS} runs" in output


def test_this_cpu_and_the_emulator_choose_what_they_should(empty_folder):
    """On the host, as Linux knows the CPU; in QEMU, never `rep`."""
    kernel = course.build(CHAPTER)
    objects = [renamed(kernel.build / f"{name}.o", empty_folder / f"{name}.o")
               for name in ("memory", "memory_init")]
    (empty_folder / "main.c").write_text(
        "#include <stdio.h>\nextern _Bool kernel_memory_rep_is_fast;\n"
        "void kernel_memory_init(void);\nint main(void) { kernel_memory_init();"
        ' printf("%d", kernel_memory_rep_is_fast); return 0; }\n')
    course.run("gcc", "-no-pie", "main.c", *objects, "-o", "main",
               cwd=empty_folder)
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        has_fsrm = re.search(r"^flags.*\bfsrm\b", file.read(), re.MULTILINE)
    assert course.run(empty_folder / "main").stdout == str(int(bool(has_fsrm)))
    with course.boot_until_halted(kernel) as booted:
        address = kernel.symbols()["memory_rep_is_fast"]
        assert booted.memory(address, 1) == b"\0"


def test_bench_measures_all_in_both_places(tmp_path):
    """With small sizes only. What it measures is not asserted."""
    output = course.run("make", "bench", "LARGEST=64",
                        env=course.clean_environment(BENCH=f"{tmp_path}/b")
                        ).stdout
    for place in ("On this CPU", "Emulated by QEMU"):
        part = output.partition(place)[2]
        for function in FUNCTIONS[:4]:
            table = part.partition(f"{function} ")[2].partition("\n\n")[0]
            for library in ("byte loop", "rep movsb", "musl", "newlib"):
                assert re.search(rf"^  {library} +([0-9.]+ +)*[0-9.]+$", table,
                                 re.MULTILINE), (place, function, library)
    chart = xml.etree.ElementTree.parse(tmp_path / "b" / "chart.svg")
    # Not every program that shows pictures knows these; then all is black.
    assert "var(" not in (tmp_path / "b" / "chart.svg").read_text()
    paths = chart.findall(".//{http://www.w3.org/2000/svg}path")
    # Five in the legend, five for each function here, four in the kernel.
    assert len(paths) == 5 + 4 * 5 + 4 * 4


# ---- mutation: bugs of one token ----

# Changes that no test can notice, and why not.
EQUIVALENT = ROOT / "tests" / "kernel" / "memory_equivalents.tsv"


def equivalents():
    """Returns the set of (function, place, other) that are known to be harmless."""
    lines = EQUIVALENT.read_text().splitlines()
    return {tuple(line.split("\t")[:3]) for line in lines
            if not line.startswith(("#", "function\t"))}


def survives(text, prover, folder):
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
    for path in ("words", "rep"):
        try:
            if course.run(program, "small", path, check=False,
                          timeout=20).returncode != 0:
                return False
        except subprocess.TimeoutExpired:
            return False
    return True


@pytest.mark.slow
def test_bugs_of_one_token_are_noticed(prover, empty_folder):
    """Each is either noticed, or known to be harmless."""
    text = (ROOT / CHAPTER / "memory.c").read_text()
    known = equivalents()
    every = [(mutant[:3], mutant[3]) for mutant in mutate.mutants(text)]
    planted = [mutant for mutant in every if mutant[0] not in known]
    assert len(planted) >= 60
    assert not known - {key for key, _ in every}, \
        "memory_equivalents.tsv names what is not in memory.c"
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        alive = list(pool.map(
            lambda item: survives(item[1][1], prover,
                                  empty_folder / str(item[0])),
            enumerate(planted)))
    unnoticed = ["\t".join(key) for (key, _), survived in zip(planted, alive)
                 if survived]
    assert not unnoticed, "\n".join(unnoticed)
