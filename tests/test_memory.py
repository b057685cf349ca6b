"""Chapter 4's memory functions are right, in a process of the host and in the
kernel, and what watches over them notices mistakes."""
import concurrent.futures
import os
import re
import subprocess

import pytest

import course
import machine_code
import mutate
from course import ROOT, VARIANTS
from test_host import HOST, includes

CHAPTER = "chapters/04-intrinsics"
pytestmark = course.x86_64_only
FUNCTIONS = ["memcpy", "memmove", "memset", "memcmp", "bcmp"]
KERNEL_FLAGS = ["-std=gnu11", "-ffreestanding", "-mno-red-zone", "-fno-pie",
                "-mgeneral-regs-only", "-fno-stack-protector", *includes()]
RENAME = [word for name in (*FUNCTIONS, "memory_rep_is_fast", "memory_init")
          for word in ("--redefine-sym", f"{name}=kernel_{name}")]
RUNS = 100_000


def renamed(source, target):
    """Copies an object, with kernel_ before its functions' names."""
    course.run("objcopy", *RENAME, source, target)
    return target


@pytest.fixture(scope="module")
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
@pytest.mark.parametrize("variant", VARIANTS)
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


@pytest.mark.parametrize("variant", VARIANTS)
def test_none_calls_another_and_the_direction_flag_is_left_alone(variant):
    """Nor itself: there is no call, and no jump out of a function. So none of
    them can recurse."""
    memory = course.build(CHAPTER, variant).build / "memory.o"
    found = {function.name: machine_code.reachable(function)
             for function in machine_code.functions(memory)}
    # An alias has the address of its function, and one of the names.
    assert set(found) <= set(FUNCTIONS) and len(found) == 3
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
    assert re.search(r"\tcall .*\n.*R_X86_64_PLT32\tmemcpy", text)


def test_hazard_says_who_falls_in(empty_folder):
    output = course.make(CHAPTER, "hazard",
                         "BUILD=../../build/tests/hazard").stdout
    tables = re.split(r"^(\S+): .*\d+\.\d+\.\d+$", output, flags=re.MULTILINE)
    cells = dict(zip(tables[1::2], tables[2::2]))

    def row(compiler, way, function):
        block = cells[compiler].partition(f"  {way} ")[2]
        return re.search(rf"{function} +(.*)", block)[1].split()

    for function in ("memcpy", "memset"):
        assert row("gcc", "(no flags)", function) == \
            ["loop", "loop", "CALL", "CALL", "loop"]
        for way in ("-ffreestanding", "-fno-tree-loop-distribute-patterns"):
            assert row("gcc", way, function) == ["loop"] * 5
        assert row("clang", "(no flags)", function) == ["loop"] * 5
    assert re.search(r"call +memcpy +<-- calls itself", cells["gcc"])
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


# ---- mutation: bugs of one token ----

# Changes that no test can notice, and why not.
EQUIVALENT = ROOT / "tests" / "memory_equivalents.tsv"


def equivalents():
    """Returns the set of (line, token, other) that are known to be harmless."""
    lines = EQUIVALENT.read_text().splitlines()
    return {tuple(line.split("\t")[:3]) for line in lines
            if not line.startswith(("#", "line\t"))}


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


def test_bugs_of_one_token_are_noticed(prover, empty_folder):
    """Each is either noticed, or known to be none."""
    text = (ROOT / CHAPTER / "memory.c").read_text()
    known = equivalents()
    planted = [mutant for mutant in mutate.mutants(text)
               if mutant[1:4] not in known]
    assert len(planted) >= 60
    assert known <= {mutant[1:4] for mutant in mutate.mutants(text)}, \
        "memory_equivalents.tsv names what is not in memory.c"
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        alive = list(pool.map(
            lambda item: survives(item[1][4], prover,
                                  empty_folder / str(item[0])),
            enumerate(planted)))
    unnoticed = [f"{number}: {line}: {token} -> {other}"
                 for (number, line, token, other, _), survived
                 in zip(planted, alive) if survived]
    assert not unnoticed, "\n".join(unnoticed)
