"""What the tests share: builds kernels, and boots them.

All builds of the tests go below build/tests/, each variant into its own
folder, and all of them turn warnings into errors.
"""
import contextlib
import fcntl
import functools
import os
import platform
import re
import shutil
import subprocess
import sys
import time
import zlib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / folder) for folder in (
    "common/pc", "common/steps", "common/toolchain", "docs/book", "tests/bench")]
import qemu  # noqa: E402  (needs the path above)
import pages  # noqa: E402

x86_64_only = pytest.mark.skipif(
    platform.machine() not in ("x86_64", "AMD64"),
    reason="the kernel's objects run on x86-64 only")

CHAPTERS = sorted(path.name for path in (ROOT / "chapters").iterdir())
BUILDS = ROOT / "build" / "tests"
# Each process of the tests has its own there, and removes them at its end.
PROJECTS = BUILDS / f"projects-{os.getpid()}"
# What is written for readers.
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("chapters/*/README.md")),
         *sorted(ROOT.glob("chapters/*/*/README.md")),
         *sorted(ROOT.glob("docs/*.md"))]
# The pages of the book, in its order.
BOOK_PAGES = [pages.page_name(path) for path in pages.PAGES]

# Generous: a test machine may be busy. A kernel that hangs costs this long.
PATIENCE = 60

# The PDF alone takes a minute of a processor, and other tests run beside it.
BOOK_PATIENCE = 900

# The compilers and flags that every chapter must be built and boot with.
VARIANTS = {
    "default": (),
    "O0": ("CFLAGS=-O0 -g",),
    "O1": ("CFLAGS=-O1 -g",),
    "O3": ("CFLAGS=-O3 -g",),
    "Os": ("CFLAGS=-Os -g",),
    "clang": ("CC=clang",),
    "clang-O0": ("CC=clang", "CFLAGS=-O0 -g"),
}

# Says nothing of its own; a folder follows.
MAKE = ["make", "--no-print-directory", "-s", "-C"]


def cases(fast, every):
    """Returns the values of a matrix, for pytest's parametrize(): `make test` tries the
    fast ones, which stand for all, and `make test-all` all. every: all values, or those
    that are not fast."""
    return [*fast, *(pytest.param(*(value if isinstance(value, tuple) else (value,)),
                                  marks=pytest.mark.slow)
                     for value in every if value not in fast)]


EACH_VARIANT = cases(["default", "O0", "clang"], ["O3", "Os", "clang-O0"])


def page_name(page):
    return str(page.relative_to(ROOT))


def clean_environment(**changes):
    """Returns the environment without what a surrounding make has set. Programs speak
    English: the tests read what they say."""
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith(("MAKE", "MFLAGS", "OWN_LOCALE"))}
    environment.update({"LC_ALL": "C.UTF-8", "LANGUAGE": ""}, **changes)
    return environment


def run(*command, cwd=ROOT, check=True, timeout=300, env=None, **options):
    """Runs a command; fails with its whole output if it fails."""
    result = subprocess.run(
        [str(word) for word in command], cwd=cwd, timeout=timeout, text=True,
        env=env or clean_environment(), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, **options)
    if check and result.returncode != 0:
        raise AssertionError(f"{command} failed:\n{result.stdout}")
    return result


def compile_once():
    """Lets ccache compile what it has compiled before, if it is there: most tests build the
    same kernels, with few files changed. It keeps what it compiles among the tests' builds."""
    compiler = run("sh", ROOT / "common/host/tools.sh", "find", "ccache", check=False).stdout
    if compiler:
        os.environ["WITHOUT_CCACHE"] = os.environ["PATH"]
        os.environ["PATH"] = f"{os.path.dirname(compiler)}:{os.environ['PATH']}"
        os.environ["CCACHE_DIR"] = str(BUILDS / "ccache")


def which(program):
    """Returns the file of a program: of a compiler itself, and not of ccache by its name."""
    return shutil.which(program, path=os.environ.get("WITHOUT_CCACHE"))


def own_build(part=""):
    """Returns the folder that the running test builds in, or a part of it. No other test
    builds there: they run side by side."""
    test = os.environ["PYTEST_CURRENT_TEST"].rpartition(" ")[0]
    name = re.search(r"::test_(\w+)", test)[1]
    return BUILDS / f"{name}-{zlib.crc32(test.encode()):08x}{part}"


def build_folder(part="", folder="chapters/any"):
    """Returns that as a setting for make in a folder of the course, without the blanks that
    may be above it."""
    return f"BUILD={os.path.relpath(own_build(part), ROOT / folder)}"


def make(folder, *arguments, **options):
    """Runs make in a folder of the course."""
    return run("make", "--no-print-directory", "-C", ROOT / folder, *arguments,
               **options)


def one_line(result, *words):
    """The command has failed, and one line has all the words."""
    assert result.returncode != 0
    assert any(all(word in line for word in words)
               for line in result.stdout.splitlines()), result.stdout
    return True


@functools.cache
def tool(name):
    """Returns the program that tools.sh finds for a name of packages.tsv. Without it,
    the test is skipped: not each system has a package of each tool."""
    found = run("sh", ROOT / "common" / "host" / "tools.sh", "find", name, check=False)
    assert found.returncode != 2, found.stdout
    if found.returncode != 0:
        pytest.skip(f"there is no {name} here")
    return found.stdout.strip()


@functools.cache
def version(name):
    """Returns the version of a tool of packages.tsv, as numbers: (12, 2, 0)."""
    found = run("sh", ROOT / "common" / "host" / "tools.sh", "version", name).stdout
    return tuple(map(int, found.strip().split(".")))


def needs(*names):
    """Skips the test where one of these tools of packages.tsv is missing."""
    for name in names:
        tool(name)


@functools.cache
def layers(chapter):
    """Returns the folders that a chapter's files come from, the newest first."""
    return [ROOT / "chapters" / name for name in
            make(f"chapters/{chapter}", "-s", "layers").stdout.split()]


def includes(chapter=CHAPTERS[-1]):
    """Returns the compiler's flags for the headers of a chapter."""
    return [f"-I{folder}" for folder in layers(chapter)]


def build_defaults():
    """Builds the chapters as a student does, into build/ itself, so that the
    tests that run them there side by side find everything up to date."""
    with open(BUILDS / "defaults.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for chapter in CHAPTERS:
            make(f"chapters/{chapter}")


def wait_until(condition, seconds=PATIENCE):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "timed out"
        time.sleep(0.05)


# What chapter 4's memory functions, and what measures them, define.
MEMORY_SYMBOLS = ["memcpy", "memmove", "memset", "memcmp", "bcmp", "memory_rep_from",
                  "memory_init", "memory_times", "memory_sizes"]


def with_prefix(prefix, source, target):
    """Copies an object with memory functions, with a prefix and _ before their names."""
    run("objcopy", *(word for name in MEMORY_SYMBOLS
                     for word in ("--redefine-sym", f"{name}={prefix}_{name}")), source, target)
    return target


class Kernel:
    """A kernel that has been built. make_file: a function that builds a file in its folder;
    an image that it is to boot from is then made when it is first needed. Without it, the
    images are there, or not."""

    def __init__(self, folder, build, make_file=lambda name: None):
        self.folder = folder
        self.build = build
        self.elf = build / "kernel.elf"
        self._make_file = functools.cache(make_file)

    def _made(self, name):
        self._make_file(name)
        return self.build / name

    @property
    def image(self):
        """A disk with the loader of chapter 2."""
        return self._made("kernel.img")

    @property
    def iso(self):
        """A CD-ROM with GRUB."""
        return self._made("kernel.iso")

    @property
    def uefi_iso(self):
        """The same for UEFI firmware."""
        return self._made("kernel-uefi.iso")

    def symbols(self):
        """Returns the addresses of the kernel's symbols, by name."""
        lines = run("nm", self.elf).stdout.splitlines()
        return {name: int(address, 16) for address, _, name in
                (line.split() for line in lines)}

    def boot(self, way="own", flags=(), **options):
        """Returns a Machine that boots the kernel: by the loader of chapter 2, which takes a
        third of the time that GRUB takes; or by GRUB, from the ISO as a CD-ROM, as a disk,
        or by UEFI firmware."""
        image = {"own": "image", "uefi": "uefi_iso"}.get(way, "iso")
        if way == "uefi":
            options["uefi"] = tool("ovmf")
        return qemu.Machine(
            str(getattr(self, image)), drive="disk" if way in ("own", "disk") else "cdrom",
            flags=list(flags), **options)


def build(folder, variant="default", demo=None):
    """Builds a chapter, or a test's kernel, and returns the Kernel."""
    name = "-".join(filter(None, [Path(folder).name, demo, variant]))
    path = BUILDS / name
    path.mkdir(parents=True, exist_ok=True)
    relative = os.path.relpath(path, ROOT / folder)

    def make_file(goal):
        # Tests run side by side, and may want the same kernel.
        with alone(name):
            make(folder, f"{relative}/{goal}", f"BUILD={relative}", "WERROR=1",
                 *([f"DEMO={demo}"] if demo else []), *VARIANTS[variant])
    make_file("kernel.elf")
    return Kernel(ROOT / folder, path, make_file)


def boot_until_halted(kernel, way="own", flags=(), **options):
    """Boots a kernel and returns its Machine once it has halted."""
    booted = kernel.boot(way, flags, **options)
    try:
        outcome = booted.wait(PATIENCE)
        assert outcome == qemu.HALTED, \
            f"{outcome}:\n{booted.serial()}\n{booted.log()[-3000:]}"
    except BaseException:
        booted.close()
        raise
    return booted


def change(path, replaced):
    """Replaces texts of a file, {old: new}, each of which must be there."""
    text = path.read_text()
    for old, new in replaced.items():
        assert old in text, f"{path} has no {old!r}"
        text = text.replace(old, new)
    path.write_text(text)


@functools.cache
def _built(chapter):
    """Returns the folder of a project with a chapter's kernel, which has been built."""
    folder = PROJECTS / chapter
    shutil.rmtree(folder, ignore_errors=True)
    make(f"chapters/{chapter}", "start", f"DIR={folder}")
    run(*MAKE, folder)
    return folder


def project(folder, chapter, name=None, replaced=None):
    """Returns a project with a chapter's kernel, in which texts of a file are replaced. Only what
    has changed is built, as for a student."""
    target = folder / "mine"
    shutil.copytree(_built(chapter), target)
    if name:
        change(target / name, replaced)
    return target


def broken_kernel(folder, text):
    """A project with chapter 2's kernel and a mistake of a student."""
    return project(folder, "02-boot", "kernel.c", {"    halt_forever();": text})


def debug(booted, kernel, *commands):
    """Runs commands of GDB in a Machine that waits for a debugger, and lets it
    go on. Returns what GDB has printed."""
    words = [word for command in (
        f"target remote 127.0.0.1:{booted.gdb_port()}", *commands, "detach")
        for word in ("-ex", command)]
    output = run(tool("gdb"), "-batch", "-nx", kernel.elf, *words,
                 timeout=PATIENCE).stdout
    assert "Breakpoint 1, " in output, output
    return output


def sources():
    """Returns the names of all files that are kept, or will be."""
    listed = run("git", "ls-files", "--cached", "--others", "--exclude-standard")
    return [name for name in sorted(set(listed.stdout.splitlines()))
            if (ROOT / name).is_file()]


@contextlib.contextmanager
def alone(name):
    """Lets only one test at a time do what is within."""
    BUILDS.mkdir(parents=True, exist_ok=True)
    with open(BUILDS / f"{name}.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def npm():
    """Returns the folder with npm's packages."""
    with alone("npm"):
        run("make", "--no-print-directory", "build/npm-dev/node_modules")
    return ROOT / "build" / "npm-dev"


def build_book(root, folder, *formats, check=True):
    """Makes a book of a copy of the course; returns what is said."""
    return run(sys.executable, "-B", root / "docs/book/build.py", folder, npm(),
               tool("lunr.js"), "-", *formats, check=check, timeout=BOOK_PATIENCE,
               env=clean_environment(CTAGS=tool("ctags"))).stdout


@functools.cache
def book(form):
    """Returns the folder of the course's book in a form: html, pdf or epub. It is made
    once for all tests of this run: a browser may be reading it."""
    kind = "html" if form == "html" else "print"
    run_of_tests = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    made_by = BUILDS / f"book-{form}.made-by"
    with alone(f"book-{kind}"):
        if not made_by.exists() or made_by.read_text() != run_of_tests:
            build_book(ROOT, BUILDS / "book", form)
            made_by.write_text(run_of_tests)
    return BUILDS / "book"
