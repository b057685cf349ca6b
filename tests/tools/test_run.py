"""`make run` and `make debug`, as a student types them."""
import json
import os
import re
import signal
import subprocess
import time
import types

import pytest

import course
import qemu
import report
import run
import tail
from course import MAKE, ROOT, broken_kernel, build_folder


def test_without_a_terminal_it_prints_the_screen():
    result = course.make("chapters/02-boot", "run", build_folder())
    lines = result.stdout.splitlines()
    assert "Hello World!" in lines
    hlt = line_of("cpu.h", '"hlt"')
    assert lines[-1] == (
        f"The CPU has halted in halt_forever (02-boot/cpu.h:{hlt}), in "
        "kernel_main (02-boot/kernel.c:"
        f"{line_of('kernel.c', 'halt_forever();')}).")


def test_a_kernel_that_halts_at_the_last_moment_has_halted(monkeypatch):
    """It may do so while the screen is being read."""
    looks = []
    machine = types.SimpleNamespace(is_halted=lambda: len(looks) == 1)
    monkeypatch.setattr(run.elf, "Kernel", lambda *_: None)
    monkeypatch.setattr(run, "seen", lambda *_: looks.append("") or (len(looks), None))
    monkeypatch.setattr(run, "shown", lambda machine, outcome, screen: (outcome, screen))
    monkeypatch.setattr(run, "verdict", lambda *arguments: (arguments[2:4],))
    options = types.SimpleNamespace(kernel="", addr2line="")
    assert run.judge(machine, run.RUNNING, options) == ((run.HALTED, 2), (run.HALTED, 2))


def line_of(name, text):
    source = (ROOT / "chapters" / "02-boot" / name).read_text()
    return source[:source.index(text)].count("\n") + 1


def test_chapter_1_shows_two_letters():
    result = course.make("chapters/01-freestanding", "run", build_folder())
    assert "OKaBIOS" in result.stdout
    assert re.search(r"^The CPU has halted in _start \(01-freestanding/kernel.c:\d+\)\.$",
                     result.stdout, re.MULTILINE)


@pytest.mark.needs_all
def test_chapter_1_under_uefi_is_known_by_where_it_halts():
    """It has neither a screen nor a serial port there."""
    result = course.make("chapters/01-freestanding", "run", "FIRMWARE=uefi", build_folder())
    assert re.search(r"^Nothing came over COM1\. The screen has only pixels, no text mode, "
                     r"and no text can be read there\.\nThe CPU has halted in _start \(01-freestanding/kernel"
                     r"\.c:\d+\), so GRUB has started the kernel\.$", result.stdout, re.MULTILINE)


def test_letters_in_white_on_red_are_no_failure(empty_folder):
    """Unless the same text goes to COM1: see the tests of panics."""
    target = course.project(empty_folder, "01-freestanding", "kernel.c", {
        "0x0A4F": "0x4F4F", "0x0A4B": "0x4F4B"})
    result = course.run(*MAKE, target, "run")
    assert "failure" not in result.stdout and "\nOKaBIOS" in result.stdout


def test_uefi_shows_the_text_of_com1_and_says_why():
    result = course.make("chapters/02-boot", "run", "FIRMWARE=uefi", build_folder())
    assert "Hello World!\nThis text came over COM1. The screen has only pixels" in result.stdout


@pytest.mark.needs_all
def test_uefi_shows_the_screen_from_chapter_3_on():
    """Its pixels are read as text; so is a panic."""
    result = course.make("chapters/03-vga", "run", "FIRMWARE=uefi", build_folder())
    assert re.search(r"^ Bare-Metal C  \| chapter 3: text on the screen$", result.stdout,
                     re.MULTILINE)
    assert "COM1" not in result.stdout
    result = course.make("chapters/03-vga", "run", "FIRMWARE=uefi", "DEMO=panic",
                         build_folder("-panic"), check=False)
    assert result.returncode != 0 and "\n KERNEL PANIC\n" in result.stdout


def test_qemuflags_reach_qemu():
    result = course.make("chapters/02-boot", "run", "QEMUFLAGS=-m 4",
                         build_folder(), check=False)
    assert "too little memory: 4 MiB must be available" in result.stdout


@pytest.mark.parametrize("verb", course.cases(["boot-test"], ["run"]))
@pytest.mark.parametrize("chapter, settings, status", course.cases([
    ("02-boot", (), 0),
    ("03-vga", ("DEMO=panic",), 2),                    # a panic
    ("02-boot", ("QEMUFLAGS=-cpu qemu32",), 2),        # boot.asm refuses the CPU
], [
    ("03-vga", (), 0), ("03-vga", ("DEMO=scroll",), 0),
    ("02-boot", ("QEMUFLAGS=-m 4",), 2),               # C refuses the machine
]))
def test_a_kernel_that_gives_up_has_not_succeeded(verb, chapter, settings, status):
    """Make's own status for a verb that fails is 2."""
    result = course.make(f"chapters/{chapter}", verb, *settings, build_folder(), check=False)
    assert result.returncode == status, result.stdout
    assert "The CPU has halted in " in result.stdout


@pytest.mark.slow
@pytest.mark.needs_all
@pytest.mark.parametrize("verb", ["boot-test", "run"])
def test_a_panic_in_pixels_is_no_success(verb):
    test_a_kernel_that_gives_up_has_not_succeeded(verb, "03-vga",
                                                  ("DEMO=panic", "FIRMWARE=uefi"), 2)


@pytest.mark.needs_all
def test_a_kernel_that_does_not_draw_has_not_succeeded(empty_folder):
    target = course.project(empty_folder, "03-vga", "kprintf.c", {"    console_flush();\n": ""})
    result = course.run(*MAKE, target, "run", "FIRMWARE=uefi", check=False)
    assert result.returncode != 0
    assert "of the screen, cannot be seen: is framebuffer_draw called, and does it" in result.stdout


def test_a_kernel_that_leaves_qemu_with_another_value(empty_folder):
    target = course.project(empty_folder, "04-intrinsics", "qemu_exit.h", {"16 : 17": "33 : 35"})
    result = course.run(*MAKE, target, "run", "DEMO=exit", check=False)
    assert result.returncode != 0
    assert "The kernel has left QEMU with the value 0x21 at port 0xf4, which is neither" in \
        result.stdout


def test_a_kernel_that_fails_its_own_tests_has_not_succeeded(empty_folder):
    target = course.project(empty_folder, "04-intrinsics")
    source = target / "memory.c"
    text = source.read_text()
    start = text.index("{", text.index("\nint memcmp(const void *left"))
    source.write_text(f"{text[:start]}{{\n    if (size > 3)\n        return 0;{text[start + 1:]}")
    result = course.run(*MAKE, target, "run", check=False)
    assert "  FAILED" in result.stdout and " failed\n" in result.stdout
    assert result.returncode != 0
    assert "The kernel reports a failure: it shows text in white on red, " in result.stdout


def test_root_runs_the_last_chapter_or_the_one_asked_for():
    """And builds no other: chapter 1 has no demo of that name."""
    course.build_defaults()
    assert "10 passed, 0 failed" in course.run("make", "run").stdout
    assert "Hello World!" in course.run("make", "run",
                                        "CHAPTER=02-boot").stdout
    assert "a null pointer?" in course.run("make", "run", "DEMO=null", check=False).stdout


def test_a_character_that_the_terminal_has_not_is_replaced(empty_folder):
    """A Latin-1 terminal, and the square of code page 437 on the screen."""
    target = broken_kernel(empty_folder, "    *(volatile unsigned short *)0xB8000 = 0x0FFE;\n"
                           "    halt_forever();")
    result = course.run("make", "--no-print-directory", "-C", target, "run",
                        env=course.clean_environment(PYTHONIOENCODING="latin-1"))
    assert "\n?ello World!\n" in result.stdout


def test_the_user_s_locale_reaches_what_talks_to_the_terminal(plain_folder):
    (plain_folder / "python").write_text('#!/bin/sh\necho "locale $LC_ALL, $LANGUAGE"\n')
    (plain_folder / "python").chmod(0o755)
    course.build_defaults()
    for where in (["chapters/02-boot"], [".", "CHAPTER=02-boot"]):
        said = course.run(*MAKE, *where, "run", f"PYTHON={plain_folder}/python",
                          env=course.clean_environment(LC_ALL="fr_FR", LANGUAGE="fr")).stdout
        assert said.endswith("locale fr_FR, fr\n"), said


def test_the_end_of_what_is_written_is_kept():
    kept = tail.Tail()
    try:
        with open(kept.path, "w", encoding="ascii") as file:
            for number in range(400_000):
                print(f"line {number}", file=file)
        text = kept.text()
        lines = text.splitlines()
        assert len(text) <= tail.LIMIT and lines[-1] == "line 399999"
        assert lines == [f"line {number}" for number in
                         range(400_000 - len(lines), 400_000)]
    finally:
        kept.close()
    assert kept.text() == text


def test_a_full_disk_is_a_sentence(empty_folder):
    target = broken_kernel(empty_folder, "    *(volatile int *)0 = 1;")
    course.run("make", "-C", target)
    result = course.run(
        "python3", "-B", target / "common/pc/run.py", "run",
        target / "build/kernel.iso", target / "build/kernel.elf", "--log", "/dev/full", check=False)
    assert result.returncode == 1
    assert result.stdout.endswith("/dev/full: No space left on device\n")
    assert "Traceback" not in result.stdout


def test_a_qemu_that_is_not_there_is_named():
    result = course.make("chapters/02-boot", "run", "QEMU=qemu-nonsense",
                         build_folder(), check=False)
    assert "There is no program qemu-nonsense\n" in result.stdout
    assert "Traceback" not in result.stdout


@pytest.mark.parametrize("flags, words", [
    ("-enable-kvm", "use ACCEL=kvm to let this processor run the kernel"),
    ("-accel kvm", "use ACCEL=kvm to let this processor run the kernel"),
    ("-serial stdio", "this would be COM2"),
    ("-D x.log", "make run reads QEMU's log to explain a crash"),
    ("-name \"it's", "has an unmatched quotation mark"),
])
def test_flags_that_run_cannot_pass_on_are_refused(flags, words):
    result = course.make("chapters/02-boot", "run", f"QEMUFLAGS={flags}",
                         build_folder(), check=False)
    assert course.one_line(result, f"QEMUFLAGS={flags} ", words)
    assert "Hello World!" not in result.stdout


def test_a_blank_in_a_flag_is_kept(empty_folder):
    disk = empty_folder / "my disk.img"
    disk.write_bytes(bytes(1 << 20))
    course.make("chapters/02-boot", "run", build_folder(),
                f"QEMUFLAGS=-drive 'file={disk},format=raw,if=virtio' -name \"a b\"")


@pytest.mark.parametrize("patience", ["abc", "-1", "0", "nan", "1 0"])
def test_patience_is_a_number_of_seconds(patience):
    result = course.make("chapters/02-boot", "run", f"PATIENCE={patience}",
                         build_folder(), check=False)
    assert course.one_line(result, f"PATIENCE={patience} is not a number of seconds")
    assert "usage" not in result.stdout


@pytest.mark.parametrize("name", ["a,b", "a b", "a%d", "x" * 120])
def test_any_temporary_folder_will_do(name, empty_folder):
    """A socket's name has room for 107 bytes, and QEMU reads commas as its own."""
    folder = empty_folder / name
    folder.mkdir()
    result = course.make("chapters/02-boot", "run", build_folder(),
                         env=course.clean_environment(TMPDIR=str(folder)))
    assert "Hello World!" in result.stdout and not list(folder.iterdir())


def test_qemu_s_own_error_is_shown():
    result = course.make("chapters/02-boot", "run", "QEMUFLAGS=-nonsense",
                         build_folder(), check=False)
    assert result.returncode != 0
    assert "QEMU: " in result.stdout and "-nonsense: invalid option" in \
        result.stdout
    assert "Traceback" not in result.stdout


def test_a_kernel_that_switches_the_machine_off_is_not_a_crash(empty_folder):
    target = broken_kernel(empty_folder, """
        __asm__ volatile("outw %w0, %w1" : : "a"(0x2000), "d"(0x604));
        halt_forever();""")
    assert re.search(r"\nThe kernel has switched the machine off\.\n"
                     r"In kernel\.c, \d lines? differs? from step 12 of chapter 2: make where shows (it|them)\.\n\Z",
                     course.run(*MAKE, target, "run").stdout)


def test_debug_stops_at_start_with_symbols():
    result = course.make(
        "chapters/02-boot", "debug", build_folder(),
        "GDBFLAGS=-batch -ex 'info symbol $$pc' -ex 'p/x $$rax' "
        "-ex 'break kernel_main' -ex continue -ex 'p/x info_address' -ex bt")
    assert "Breakpoint 1, _start () at ../02-boot/boot.asm:" in result.stdout
    assert "_start in section .text" in result.stdout
    assert "= 0x36d76289" in result.stdout
    assert "Breakpoint 2, kernel_main (info_address=" in result.stdout
    assert "in start_64 () at ../02-boot/boot.asm:" in result.stdout


def test_an_editor_s_debugger_is_waited_for():
    """GDB does what launch.json tells an editor to do."""
    launch = json.loads((ROOT / "common/editors/launch.json").read_text())
    [how] = launch["configurations"]
    with subprocess.Popen([*MAKE, ROOT / "chapters/02-boot", "debug-server",
                           build_folder()], text=True, start_new_session=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          env=course.clean_environment()) as process:
        try:
            said = next(line for line in process.stdout if "waits for a debugger" in line)
            assert how["miDebuggerServerAddress"].split(":")[1] in said
            output = course.run(
                course.tool("gdb"), "-batch", "-nx",
                course.own_build() / "kernel.elf",
                "-ex", f"target remote {how['miDebuggerServerAddress']}",
                *(word for command in how["setupCommands"]
                  for word in ("-ex", command["text"])),
                "-ex", "continue", "-ex", "kill", timeout=course.PATIENCE).stdout
            assert "Breakpoint 1, _start () at " in output
            assert process.wait(course.PATIENCE) == 0
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)


def test_two_students_can_debug_at_once():
    """Each gets a port of its own."""
    commands = [[*MAKE, "chapters/01-freestanding", "debug", build_folder(f"-{n}"),
                 "GDBFLAGS=-batch -ex 'shell sleep 1' -ex 'p/x $$rax'"]
                for n in (1, 2)]
    processes = [subprocess.Popen(command, cwd=ROOT, text=True,
                                  stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT,
                                  env=course.clean_environment())
                 for command in commands]
    for process in processes:
        output = process.communicate(timeout=course.PATIENCE)[0]
        assert process.returncode == 0, output
        assert "$1 = 0x36d76289" in output, output


def test_the_chapter_s_test_verb_runs_its_tests():
    result = course.make("chapters/01-freestanding", "test",
                         build_folder(), "PYTEST=echo pytest")
    assert "pytest --chapter 01-freestanding" in result.stdout


@pytest.mark.parametrize("said, words", [
    ("qemu-system-x86_64: fatal: invalid tss type\nRAX=0 RBX=0\n",
     "QEMU has ended with status -6. It says: invalid tss type"),
    ("", "QEMU has ended with status -6.")])
def test_qemu_s_own_last_words_are_printed(said, words, empty_folder):
    (empty_folder / "errors").write_text(said)
    machine = types.SimpleNamespace(
        exit_status=lambda: -6, is_switched_off=lambda: False, has_left=lambda: False,
        _errors_path=empty_folder / "errors")
    machine._errors = types.MethodType(qemu.Machine._errors, machine)
    machine.last_words = types.MethodType(qemu.Machine.last_words, machine)
    assert report.left(machine) == (-6, words)


def test_flags_that_change_the_machine_are_suspected():
    """GRUB needs more memory."""
    said = course.make("chapters/02-boot", "run", "QEMUFLAGS=-m 1M", "PATIENCE=5",
                       course.build_folder(), check=False).stdout
    assert "QEMUFLAGS changes the machine (-m 1M): is it the same without it?" in said


def test_a_reset_before_anyone_listens_is_noticed(monkeypatch):
    """With so little memory, UEFI firmware crashes at once; and a busy machine may be slow."""
    command = qemu.Machine.command

    def slow(machine, name, *arguments, **options):
        if name == "qmp_capabilities":
            time.sleep(1)
        return command(machine, name, *arguments, **options)
    monkeypatch.setattr(qemu.Machine, "command", slow)
    with course.build("chapters/01-freestanding").boot("uefi", ["-m", "4"]) as machine:
        assert machine.wait(course.PATIENCE) == qemu.CRASHED
