"""The cross compiler, and why a kernel may need it: libgcc.

What needs the compiler itself is skipped where `make toolchain` has not built
it, but not in continuous integration.
"""
import os
import pathlib
import re
import shutil
import signal
import subprocess

import pytest

import course
import libgcc_check
import machine_code
from course import CHAPTERS, ROOT, build_folder
from doctored import BARE, Path

TOOLCHAIN = os.environ.get("TOOLCHAIN") or str(ROOT / "toolchain")
CROSS_GCC = f"{TOOLCHAIN}/bin/x86_64-elf-gcc"
# Debian 12's package of one of the compiler's sources.
SOURCE = re.search(r"^binutils\t.*?\t(.*?)\t", (
    ROOT / "common" / "toolchain" / "sources.tsv").read_text(), re.MULTILINE)[1]
KERNEL_FLAGS = ("-mno-red-zone", "-mgeneral-regs-only")


def needs_toolchain(test):
    """Marks a test that needs what `make toolchain` builds."""
    is_missing = not os.path.exists(CROSS_GCC) and not os.environ.get("CI")
    return pytest.mark.needs_all(pytest.mark.skipif(
        is_missing, reason="make toolchain has not built the cross compiler")(test))


def libgcc(compiler, *flags):
    return course.run(compiler, *flags, "-print-libgcc-file-name").stdout.strip()


def count(archive):
    """Returns how many functions use SSE or x87, and the red zone."""
    found = machine_code.functions(archive)
    assert len(found) > 100
    return (sum(1 for function in found
                if machine_code.vector_instructions(function)),
            sum(1 for function in found if machine_code.red_zone_uses(function)))


def test_the_host_s_libgcc_is_not_for_kernels():
    vector, red_zone = count(libgcc("gcc", *KERNEL_FLAGS))
    assert vector > 100 and red_zone > 10


@needs_toolchain
def test_the_cross_compiler_s_libgcc_has_a_variant_for_kernels():
    default, ours = (libgcc(CROSS_GCC, *flags) for flags in ((), KERNEL_FLAGS))
    assert ours.endswith("/no-red-zone/general-regs-only/libgcc.a")
    vector, red_zone = count(default)
    assert vector > 50 and red_zone > 10
    assert count(ours) == (0, 0)
    # It has what a kernel can want: whole numbers of 128 bits.
    symbols = course.run("nm", "--defined-only", ours).stdout
    for name in ("__udivti3", "__umodti3", "__divti3", "__modti3", "__popcountdi2"):
        assert f"T {name}\n" in symbols


@needs_toolchain
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_both_compilers_kernels_boot_alike(chapter):
    seen = []
    for name, compiler in (("host", "gcc"), ("cross", CROSS_GCC)):
        course.make(f"chapters/{chapter}", f"CC={compiler}", build_folder(f"-{name}"),
                    "WERROR=1")
        kernel = course.Kernel(ROOT / "chapters" / chapter, course.own_build(f"-{name}"))
        with course.boot_until_halted(kernel, "cdrom") as machine:
            registers = machine.registers()
            seen.append((machine.screen().cells, machine.serial(),
                         [registers.get(register) for register in
                          ("CR0", "CR4", "EFER", "RIP", "EIP")]))
    assert seen[0] == seen[1]


@needs_toolchain
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_report_says_that_their_code_is_the_same(chapter):
    """As long as both are GCC of one version."""
    assert course.run("gcc", "-dumpfullversion").stdout == \
        course.run(CROSS_GCC, "-dumpfullversion").stdout
    output = course.make(f"chapters/{chapter}", "compare", build_folder()).stdout
    assert re.search(r"^\.text .* same$", output, re.MULTILINE), output
    assert re.search(r"^Of \d+ functions, 0 are different: none$", output,
                     re.MULTILINE), output


def test_the_report_finds_what_differs(empty_folder):
    """A constant in one of two functions."""
    for number in (1, 2):
        (empty_folder / "sample.c").write_text(
            f"int same(int a) {{ return a; }}\n"
            f"int other(int a) {{ return a + {number}; }}\n")
        course.run("gcc", "-O2", "-c", "sample.c", "-o", f"{number}.o",
                   cwd=empty_folder)
    output = course.run("python3", "-B", ROOT / "common" / "toolchain" / "compare.py", "",
                        empty_folder / "1.o", empty_folder / "2.o").stdout
    assert re.search(r"^\.text .*DIFFERENT$", output, re.MULTILINE)
    assert "Of 2 functions, 1 are different: other" in output


REMAINDER = "(2^128 - 1) modulo (2^128 - 1000) is 999"


def test_a_kernel_that_the_host_s_libgcc_would_crash_is_refused():
    """And one that it would not is built, and boots."""
    [remainder] = [function for function in machine_code.functions(libgcc("gcc"))
                   if function.name == "__umodti3"]
    result = course.make("chapters/03-vga", "boot-test", "DEMO=remainder", "CC=gcc",
                         build_folder(),
                         check=False)
    if not machine_code.vector_instructions(remainder):
        assert result.returncode == 0 and REMAINDER in result.stdout
        return
    assert result.returncode != 0
    assert "demo.o needs __umodti3, which uses SSE or x87 registers\n" in \
        result.stdout
    assert f"{libgcc('gcc')} is compiled for programs. Type make toolchain" in \
        result.stdout
    assert not (course.own_build() / "kernel.elf").exists()


def test_a_red_zone_in_libgcc_is_refused_as_well(empty_folder):
    """With an archive of our own, whose only fault that is."""
    (empty_folder / "sample.c").write_text("""
        long sample(long n) {
            volatile long a[4];
            for (int i = 0; i < 4; i++) a[i] = n;
            return a[n & 3];
        }""")
    course.run("gcc", "-O2", "-fno-stack-protector", "-mgeneral-regs-only", "-c",
               "sample.c", cwd=empty_folder)
    course.run("ar", "rcs", "libgcc.a", "sample.o", cwd=empty_folder)
    found = "libgcc.a(sample.o)\n          kernel.o (sample)\n"
    lines = list(libgcc_check.complaints(
        found + "Memory Configuration", empty_folder / "libgcc.a", "objdump"))
    assert lines == [
        "kernel.o needs sample, which uses memory below the stack pointer"]


@needs_toolchain
def test_a_remainder_crashes_with_one_libgcc_and_not_with_the_other():
    output = course.make("chapters/01-freestanding", "libgcc", build_folder()).stdout
    host, _, ours = output.partition(f"With the libgcc of {CROSS_GCC}:")
    assert "crashed with an invalid opcode (#UD)" in host
    assert "at __umodti3" in host and REMAINDER not in host
    assert f"\n{REMAINDER}\n" in ours and "The CPU has halted in" in ours


def test_verbs_without_the_cross_compiler_say_how_to_build_it(empty_folder):
    for chapter, verb in (("01-freestanding", "libgcc"), ("03-vga", "compare")):
        result = course.make(
            f"chapters/{chapter}", verb, f"TOOLCHAIN={empty_folder}",
            build_folder(f"-{verb}"), check=False)
        assert result.returncode != 0
        assert "build it with make toolchain in the course's folder" in \
            result.stdout


# ---- the script that builds it ----

def toolchain(folder, script=ROOT / "common" / "toolchain" / "build.sh",
              **options):
    return course.run("sh", script, folder, check=False, **options)


@needs_toolchain
def test_a_compiler_that_is_there_is_checked_and_kept():
    result = course.make(".", "toolchain", f"TOOLCHAIN={TOOLCHAIN}")
    assert result.stdout == \
        f"toolchain: {CROSS_GCC} is there, and works\n"


@pytest.mark.parametrize("name, problem", [
    ("a b", "has a blank: choose another folder"),
    ("other", "holds something else: choose another folder"),
])
def test_a_folder_that_will_not_do_is_refused(plain_folder, name, problem):
    folder = plain_folder / name
    folder.mkdir()
    (folder / "file").write_text("mine")
    result = toolchain(folder)
    assert result.returncode != 0 and problem in result.stdout
    assert (folder / "file").read_text() == "mine"


def test_a_relative_folder_is_refused():
    result = toolchain("build/toolchain")
    assert result.returncode != 0
    assert "is not an absolute path" in result.stdout


def test_what_it_needs_is_named(plain_folder):
    path = Path(plain_folder / "bin", BARE + ["xargs"])
    result = path.make("toolchain", f"TOOLCHAIN={plain_folder}/new")
    assert result.returncode != 0
    for tool in ("g++", "bison", "flex", "patch", "xz"):
        assert tool in result.stdout
    assert "Install them with: make setup-toolchain" in result.stdout


def processes_in(folder):
    """Returns the processes that have a folder's name in their command."""
    lines = course.run("ps", "-eo", "pid,args", "-ww").stdout.splitlines()
    return [line for line in lines if str(folder) in line]


@pytest.fixture
def builds():
    """Starts the script as often as wanted; ends what is left at the end."""
    started = []

    def start(folder):
        started.append(subprocess.Popen(
            ["sh", ROOT / "common" / "toolchain" / "build.sh", folder],
            env=course.clean_environment(CCACHE_DISABLE="1"), text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT))
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=course.PATIENCE)


@pytest.mark.skipif(not os.path.exists(SOURCE), reason="only Debian 12 has packages of "
                    "the compiler's sources")
def test_it_can_be_interrupted_and_goes_on(builds, plain_folder):
    """Its first steps, interrupted in the middle of the third."""
    folder = plain_folder / "toolchain"
    work = plain_folder / "toolchain.build"

    def objects():
        # os.walk leaves out a folder that is gone by the time it is read.
        return {pathlib.Path(where, name) for where, _, names in os.walk(work)
                for name in names if name.endswith(".o") and name != "conftest.o"}

    first = builds(folder)
    course.wait_until(objects, 5 * course.PATIENCE)  # unpacked and configured by then
    assert "is building in" in toolchain(folder).stdout
    first.send_signal(signal.SIGTERM)
    assert first.wait(course.PATIENCE) == 130
    output = first.stdout.read()
    assert "unpack binutils" in output and "configure binutils" in output
    assert "interrupted: make toolchain goes on from here" in output
    course.wait_until(lambda: not processes_in(folder))
    assert not folder.exists()
    before = {path: path.stat().st_mtime_ns for path in objects()}

    second = builds(folder)
    course.wait_until((work / "running").exists)
    course.wait_until(lambda: objects() - set(before), 5 * course.PATIENCE)
    second.send_signal(signal.SIGTERM)
    assert second.wait(course.PATIENCE) == 130
    output = second.stdout.read()
    assert "unpack" not in output and "configure" not in output
    course.wait_until(lambda: not processes_in(folder))
    # Those that were being written were made anew.
    kept = [path for path, time_then in before.items()
            if path.stat().st_mtime_ns == time_then]
    assert len(kept) >= len(before) - os.cpu_count()


@pytest.fixture
def recipe(plain_folder):
    """A copy of the script, with sources of our own instead of Debian's."""
    copy = plain_folder / "common"
    shutil.copytree(ROOT / "common", copy,
                    ignore=shutil.ignore_patterns("__pycache__"))

    def with_source(debian_file, debian_checksum, url, checksum):
        (copy / "toolchain" / "sources.tsv").write_text("\n".join(
            "\t".join((name, version, debian_file, debian_checksum, url,
                       checksum))
            for name, version in (("binutils", "1"), ("gcc", "1"))) + "\n")
        return copy / "toolchain" / "build.sh"

    return with_source


def test_a_damaged_source_is_refused(recipe, plain_folder):
    source = plain_folder / "source.tar.xz"
    source.write_text("no archive")
    script = recipe(str(source), "0" * 64, "-", "-")
    result = toolchain(plain_folder / "new", script)
    assert result.returncode != 0
    assert f"{source} is damaged, or of another version" in result.stdout


def test_a_source_is_downloaded_and_checked(recipe, plain_folder):
    """From a URL of this machine; Debian's file is not there."""
    top = plain_folder / "binutils-1"
    top.mkdir()
    (top / "configure").write_text("#!/bin/sh\necho configured like this; exit 1\n")
    (top / "configure").chmod(0o755)
    archive = plain_folder / "release.tar.xz"
    course.run("tar", "-cJf", archive, "binutils-1", cwd=plain_folder)
    checksum = course.run("sha256sum", archive).stdout.split()[0]
    # Not on Debian 12, whose package would be asked for.
    elsewhere = course.clean_environment(OS_RELEASE="/dev/null")
    copy = recipe("/nowhere", "-", archive.as_uri(), checksum)
    result = toolchain(plain_folder / "new", copy, env=elsewhere)
    assert "unpack binutils      done" in result.stdout
    assert "configured like this" in result.stdout
    assert '"configure binutils" has failed' in result.stdout

    wrong = recipe("/nowhere", "-", archive.as_uri(), "0" * 64)
    result = toolchain(plain_folder / "other", wrong, env=elsewhere)
    assert result.returncode != 0
    assert f"{archive.as_uri()} has not the SHA-256 {'0' * 64}" in result.stdout
    missing = recipe("/nowhere", "-", "file:///nowhere.tar.xz", "0" * 64)
    result = toolchain(plain_folder / "third", missing, env=elsewhere)
    assert result.returncode != 0
    assert "file:///nowhere.tar.xz cannot be downloaded" in result.stdout
