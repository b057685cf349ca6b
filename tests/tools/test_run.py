"""`make run` and `make debug`, as a student types them."""
import contextlib
import fcntl
import json
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import termios
import time
from pathlib import Path

import pytest

import course
import crash
import qemu
import tail
from course import ROOT

MAKE = ["make", "--no-print-directory", "-s", "-C"]


def build_folder(name):
    return f"BUILD=../../build/tests/run-{name}"


def test_without_a_terminal_it_prints_the_screen():
    result = course.make("chapters/02-boot", "run", build_folder("text"))
    lines = result.stdout.splitlines()
    assert "Hello World!" in lines
    hlt = line_of("cpu.h", '"hlt"')
    assert lines[-1] == (
        f"The CPU has halted in halt_forever (02-boot/cpu.h:{hlt}), in "
        "kernel_main (02-boot/kernel.c:"
        f"{line_of('kernel.c', 'halt_forever();')}).")


def line_of(name, text):
    source = (ROOT / "chapters" / "02-boot" / name).read_text()
    return source[:source.index(text)].count("\n") + 1


def test_chapter_1_reports_the_loader_s_magic():
    result = course.make("chapters/01-freestanding", "run", build_folder("one"))
    assert "The CPU has halted in _start (01-freestanding/kernel.c:" in \
        result.stdout
    assert "EAX = 0x36d76289, the loader's magic" in result.stdout


def test_uefi_shows_the_text_of_com1_and_says_why():
    result = course.make("chapters/03-vga", "run", "FIRMWARE=uefi",
                         build_folder("uefi"))
    assert "Bare-Metal C  | chapter 3: text on the screen" in result.stdout
    assert "This text came over COM1. The screen stays empty" in result.stdout


def test_qemuflags_reach_qemu():
    result = course.make("chapters/02-boot", "run", "QEMUFLAGS=-m 4",
                         build_folder("flags"), check=False)
    assert "too little memory: 4 MiB must be available" in result.stdout


@pytest.mark.parametrize("verb", ["run", "boot-test"])
@pytest.mark.parametrize("chapter, settings, status", [
    ("02-boot", (), 0), ("03-vga", (), 0), ("03-vga", ("DEMO=scroll",), 0),
    ("03-vga", ("DEMO=panic",), 2),                    # a panic
    ("02-boot", ("QEMUFLAGS=-cpu qemu32",), 2),        # boot.asm refuses the CPU
    ("02-boot", ("QEMUFLAGS=-m 4",), 2),               # C refuses the machine
    pytest.param("03-vga", ("DEMO=panic", "FIRMWARE=uefi"), 2,  # without a screen
                 marks=pytest.mark.needs_all),
])
def test_a_kernel_that_gives_up_has_not_succeeded(verb, chapter, settings, status):
    """Make's own status for a verb that fails is 2."""
    name = re.sub("[^a-z0-9]+", "-", " ".join((chapter, *settings)).lower())
    result = course.make(f"chapters/{chapter}", verb, *settings,
                         build_folder(f"status-{verb}-{name}"), check=False)
    assert result.returncode == status, result.stdout
    assert "The CPU has halted in " in result.stdout


def test_root_runs_the_last_chapter_or_the_one_asked_for():
    course.build_defaults()
    assert "9 passed, 0 failed" in course.run("make", "run").stdout
    assert "Hello World!" in course.run("make", "run",
                                        "CHAPTER=02-boot").stdout


def broken_kernel(folder, text):
    """A project with chapter 2's kernel and a mistake of a student."""
    target = folder / "mine"
    course.make("chapters/02-boot", "start", f"DIR={target}")
    source = target / "kernel.c"
    source.write_text(source.read_text().replace("    halt_forever();", text))
    return target


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
    for folder in ("chapters/02-boot", "."):
        said = course.run("make", "-s", "-C", ROOT / folder, "run", "CHAPTER=02-boot",
                          f"PYTHON={plain_folder}/python",
                          env=course.clean_environment(LC_ALL="fr_FR", LANGUAGE="fr")).stdout
        assert said.endswith("locale fr_FR, fr\n"), said


def test_an_exception_without_end_is_named_and_fills_nothing():
    """Its handler returns and cures nothing; QEMU logs each time, and the handler prints."""
    kernel = course.build("tests/kernel/kernels/endless")
    with kernel.boot() as machine:
        assert machine.wait(6) == qemu.RUNNING
        assert "a page fault\n" * 100 in machine.serial()
        words = crash.Explain(str(kernel.elf)).again_and_again(machine.log())
        assert len(machine.log()) <= tail.LIMIT
    lines = words.splitlines()
    assert lines[0].startswith("The kernel has raised a page fault (#PF) again and again")
    assert lines[1].startswith("It read from 0x10, in page 0")
    assert re.fullmatch(r"  at kernel_main \(.*kernel\.c:\d+\)", lines[2])


def test_the_end_of_what_is_written_is_kept(empty_folder):
    path = str(empty_folder / "fifo")
    kept = tail.Tail(path)
    try:
        with open(path, "w", encoding="ascii") as file:
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


def test_a_crash_is_explained_however_long_the_log_is():
    """From 100,000 on, QEMU's numbers take all the room that it has for them."""
    kernel = course.build("tests/kernel/kernels/faults", demo="read_page_0")
    with kernel.boot() as machine:
        assert machine.wait(course.PATIENCE) == qemu.CRASHED
        log = re.sub(r"^ +(\d+): v=", r"12345\1: v=", machine.log(), flags=re.MULTILINE)
        words = crash.Explain(str(kernel.elf)).triple_fault(log, "LOG", machine.memory)
    assert "It read from 0x10, in page 0" in words


def test_a_full_disk_is_a_sentence(empty_folder):
    target = broken_kernel(empty_folder, "    *(volatile int *)0 = 1;")
    course.run("make", "-C", target)
    result = course.run(
        "python3", "-B", target / "common/pc/run.py", "run", target / "build/kernel.elf",
        target / "build/kernel.iso", "--log", "/dev/full", check=False)
    assert result.returncode == 1
    assert result.stdout.endswith("/dev/full: No space left on device\n")
    assert "Traceback" not in result.stdout


def test_a_crash_is_explained(empty_folder):
    target = broken_kernel(empty_folder, "    *(volatile int *)0xFF8 = 1;")
    result = course.run(*MAKE, target, "run", check=False)
    assert result.returncode != 0
    assert "Hello World!" in result.stdout
    assert "The kernel has crashed with a page fault (#PF)" in result.stdout
    assert "It wrote to 0xff8, in page 0, which is not mapped: this was a " \
        "null pointer." in result.stdout
    assert "  at kernel_main (kernel.c:" in result.stdout
    assert (target / "build" / "qemu.log").stat().st_size > 1000


@pytest.mark.parametrize("mistake, name", [
    ("volatile int zero = 0; zero = 100 / zero;", "a division error (#DE)"),
    ("__builtin_trap();", "an invalid opcode (#UD)"),
    ('__asm__ volatile("int3");', "a breakpoint (#BP)"),
    ('__asm__ volatile("movw %w0, %%ss" : : "r"(0x1000));',
     "a general protection fault (#GP)"),
    ('__asm__ volatile("int $0x10");', "the instruction int 0x10"),
    ('__asm__ volatile("sti"); for (;;) continue;',
     "an interrupt of a device (vector 0x8)"),
])
def test_an_exception_is_named(mistake, name, empty_folder):
    target = broken_kernel(empty_folder, f"    {mistake} halt_forever();")
    result = course.run(*MAKE, target, "run", check=False)
    assert f"The kernel has crashed with {name}, " in result.stdout
    assert "  at kernel_main (kernel.c:" in result.stdout


def test_an_endless_loop_is_reported(empty_folder):
    target = broken_kernel(empty_folder, "    for (;;) continue;")
    result = course.run(*MAKE, target, "run", "PATIENCE=5", check=False)
    assert result.returncode != 0
    assert "Hello World!" in result.stdout
    assert "The kernel has not halted in 5 seconds: is it in a loop? The CPU is in " in \
        result.stdout


def test_a_reserved_bit_is_told_from_a_page_that_is_not_mapped(empty_folder):
    target = broken_kernel(empty_folder, "    halt_forever();")
    source = target / "boot.asm"
    source.write_text(source.read_text().replace("EFER_LME | EFER_NXE", "EFER_LME"))
    result = course.run(*MAKE, target, "run", check=False)
    assert "whose page-table entry has a reserved bit set: is EFER.NXE on" in \
        result.stdout


def test_a_kernel_that_grub_does_not_start_is_reported(empty_folder):
    """At once, and with GRUB's own reason, or with what is wrong with grub.cfg."""
    target = broken_kernel(empty_folder, "    halt_forever();")
    menu = target / "common" / "grub.cfg"
    right = menu.read_text()
    for wrong in (right.replace("kernel.elf", "kernel.efl"),
                  right.replace("multiboot2", "multiboot"), right.replace("boot\n", "\n")):
        menu.write_text(wrong)
        began = time.monotonic()
        result = course.run(*MAKE, target, "run", check=False)
        assert result.returncode != 0 and time.monotonic() < began + 30
        assert "GRUB has not started the kernel, and shows its prompt. It can load the " \
            "kernel, so grub.cfg does not tell it to" in result.stdout
    menu.write_text(right)
    source = target / "multiboot2.c"
    source.write_text(source.read_text().replace("0u -", "1u -"))
    result = course.run(*MAKE, target, "run", "GRUB_FILE=true", check=False)
    assert "shows its prompt. It says: error: no multiboot header found." in result.stdout


@pytest.mark.parametrize("flags, words", [
    ("-S", "QEMU has waited all the time: -S in QEMUFLAGS tells it to."),
    ("-M microvm", "which is not in the kernel"),
])
def test_a_kernel_that_has_never_started_is_not_said_to_loop(flags, words):
    result = course.make("chapters/02-boot", "run", f"QEMUFLAGS={flags}", "PATIENCE=5",
                         build_folder("never"), check=False)
    assert result.returncode != 0 and words in result.stdout, result.stdout
    assert "loop" not in result.stdout


def test_a_loader_that_waits_is_not_said_to_be_the_kernel(empty_folder):
    target = broken_kernel(empty_folder, "    halt_forever();")
    menu = target / "common" / "grub.cfg"
    menu.write_text(f"set timeout=-1\nmenuentry kernel {{\n{menu.read_text()}}}\n")
    result = course.run(*MAKE, target, "run", "PATIENCE=5", check=False)
    assert result.returncode != 0
    assert "The kernel has not started in 5 seconds, or has left its code: the CPU is at" \
        in result.stdout


@pytest.mark.parametrize("name, old, new, words", [
    ("boot.asm", "gdt.code:start_64", "start_64",
     "The CPU ran this 64-bit code as 32-bit code: long mode is on, but CS is still a "
     "32-bit segment"),
    ("boot.asm", "EFER_LME | EFER_NXE", "EFER_NXE",
     "Paging is on, and long mode is not: in enter_long_mode, EFER.LME must be set"),
    ("boot.asm", "    mov     eax, boot_pml4", "    xor     eax, eax", "CR3 is 0: the CPU"),
    ("kernel.c", "    halt_forever();",
     '    __asm__ volatile("mov $0x1000, %rsp; push %rax");\n    halt_forever();',
     "The stack pointer, 0x1000, is not in the kernel's stack"),
    ("kernel.c", "    halt_forever();", "    volatile char large[40000];\n"
     "    for (int i = 0; i < 40000; i++)\n        large[i] = 1;\n    halt_forever();",
     "The stack pointer, 0x"),  # the guard page is there only from prepare_memory on
])
def test_a_wrong_mode_or_stack_is_named(name, old, new, words, empty_folder):
    target = broken_kernel(empty_folder, "    halt_forever();")
    source = target / name
    source.write_text(source.read_text().replace(old, new))
    result = course.run(*MAKE, target, "run", check=False)
    assert words in result.stdout, result.stdout


def test_a_qemu_that_is_not_there_is_named():
    result = course.make("chapters/02-boot", "run", "QEMU=qemu-nonsense",
                         build_folder("error"), check=False)
    assert "There is no program qemu-nonsense\n" in result.stdout
    assert "Traceback" not in result.stdout


def test_qemu_s_own_error_is_shown():
    result = course.make("chapters/02-boot", "run", "QEMUFLAGS=-nonsense",
                         build_folder("error"), check=False)
    assert result.returncode != 0
    assert "QEMU: " in result.stdout and "-nonsense: invalid option" in \
        result.stdout
    assert "Traceback" not in result.stdout


def children(pid):
    """Returns the processes that descend from a process."""
    found = []
    for name in os.listdir("/proc"):
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8") as file:
                parent = int(file.read().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue
        if parent == pid:
            found += [int(name)] + children(int(name))
    return found


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def command_lines(pids):
    """Returns the command lines of those processes that still are there."""
    found = []
    for pid in pids:
        with contextlib.suppress(OSError), \
                open(f"/proc/{pid}/cmdline", encoding="utf-8") as file:
            found.append(file.read())
    return found


class Terminal:
    """Runs make in a terminal of 100 columns and 40 rows."""

    def __init__(self, *arguments):
        environment = course.clean_environment(TERM="xterm-256color",
                                               LC_ALL="C.UTF-8")
        for name in ("DISPLAY", "WAYLAND_DISPLAY"):
            environment.pop(name, None)
        self.output = ""
        self.pid, self._file = pty.fork()
        if self.pid == 0:
            os.chdir(ROOT)
            os.execvpe(MAKE[0], [*MAKE, *arguments], environment)
        fcntl.ioctl(self._file, termios.TIOCSWINSZ,
                    struct.pack("HHHH", 40, 100, 0, 0))

    def read(self, seconds):
        """Reads for a while; returns False at the end of the output."""
        if select.select([self._file], [], [], seconds)[0]:
            try:
                data = os.read(self._file, 65536)
            except OSError:
                return False
            self.output += data.decode(errors="replace")
            return bool(data)
        return True

    def expect(self, text):
        """Reads until a text appears."""
        deadline = time.monotonic() + course.PATIENCE
        while text not in self.output:
            assert self.read(0.1) and time.monotonic() < deadline, self.output

    def type(self, text):
        os.write(self._file, text.encode())

    def wait(self):
        """Reads all that is left; returns the exit status."""
        deadline = time.monotonic() + course.PATIENCE
        while self.read(0.1):
            assert time.monotonic() < deadline, self.output
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def test_in_a_terminal_it_shows_the_screen_there_in_colour():
    terminal = Terminal("chapters/03-vga", "run", build_folder("terminal"))
    assert terminal.wait() == 0
    after = terminal.output.rpartition("\x1b[?1049l")[2]
    assert "\x1b[0;97;44m Bare-Metal C  | chapter 3" in after
    assert "\x1b[0;94;40m  9 light blue" in after
    assert "The CPU has halted in halt_forever" in after


def test_in_a_terminal_ctrl_c_ends_an_endless_loop(empty_folder):
    """A person's way: one key, after a while. The terminal is then what it was."""
    target = broken_kernel(empty_folder, "    for (;;) continue;")
    (target / "Makefile").write_text((target / "Makefile").read_text() + (
        "\nleft:\n\t@-$(MAKE) -s run\n\t@stty -a | grep -o ' icanon\\| echo\\b'\n"))
    terminal = Terminal(str(target), "left")
    terminal.expect("To end it before: press Ctrl-C.")
    terminal.expect("Hello World!")
    time.sleep(1)
    running = children(terminal.pid)
    terminal.type("\x03")
    assert terminal.wait() == 0
    assert "\x1b[?1049l" in terminal.output  # the screen from before is back
    after = terminal.output.rpartition("\x1b[?1049l")[2]
    assert " icanon\r\n" in after and " echo\r\n" in after and "Traceback" not in after
    course.wait_until(lambda: not any(map(is_running, running)))


def test_in_a_terminal_the_monitor_can_be_used(empty_folder):
    """Alt+2 arrives as two bytes at once."""
    target = broken_kernel(empty_folder, "    for (;;) continue;")
    terminal = Terminal(str(target), "run")
    terminal.expect("Hello World!")
    terminal.type("\x1b2")
    terminal.expect("(qemu)")
    terminal.type("quit\r")
    assert terminal.wait() == 0
    assert "without a word" not in terminal.output


@pytest.fixture
def display():
    """A display without a screen; returns its name."""
    read, write = os.pipe()
    with subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", "1024x768x24",
             "-nolisten", "tcp"], pass_fds=[write],
            stderr=subprocess.DEVNULL) as server:
        os.close(write)
        with os.fdopen(read) as pipe:
            name = pipe.readline().strip()
        yield f":{name}"
        server.terminate()


def test_with_a_display_it_opens_a_window_until_ctrl_c(display, empty_folder):
    log = empty_folder / "log"
    with open(log, "w", encoding="utf-8") as output, subprocess.Popen(
            [*MAKE, "chapters/02-boot", "run", build_folder("window")],
            cwd=ROOT, stdout=output, stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL, start_new_session=True,
            env=course.clean_environment(DISPLAY=display)) as process:
        try:
            course.wait_until(lambda: "press Ctrl-C here" in log.read_text())
            running = children(process.pid)
            assert any("-display\0gtk" in command
                       for command in command_lines(running))
            # A terminal's Ctrl-C goes to all of its processes.
            os.killpg(process.pid, signal.SIGINT)
            process.wait(course.PATIENCE)
            course.wait_until(lambda: not any(map(is_running, running)))
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    assert "The CPU has halted in halt_forever" in log.read_text()


def test_a_display_that_does_not_answer_is_not_the_end():
    result = course.make("chapters/02-boot", "run", build_folder("display"),
                         env=course.clean_environment(DISPLAY=":4711"))
    assert "QEMU does not start with a window: " in result.stdout
    assert "Hello World!" in result.stdout


@pytest.fixture
def silent_display():
    """A display that accepts connections and never replies; returns its name."""
    folder = Path("/tmp/.X11-unix")
    folder.mkdir(exist_ok=True)
    number = next(n for n in range(4000, 5000) if not (folder / f"X{n}").exists())
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / f"X{number}"))
        server.listen()
        yield f":{number}"
    (folder / f"X{number}").unlink()


@pytest.mark.parametrize("window", ["gtk", "sdl"])
def test_a_display_that_never_replies_is_given_up(window, silent_display, monkeypatch):
    monkeypatch.setenv("DISPLAY", silent_display)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr(qemu, "START_PATIENCE", 2)
    kernel = course.build("chapters/02-boot")
    with pytest.raises(qemu.MachineError, match="no answer in 15 seconds"):
        qemu.Machine(str(kernel.iso), display=window)
    assert not [command for command in command_lines(children(os.getpid()))
                if "qemu" in command]


def test_sdl_does_not_draw_where_there_is_no_display(monkeypatch):
    monkeypatch.setenv("DISPLAY", ":4711")
    kernel = course.build("chapters/02-boot")
    with pytest.raises(qemu.MachineError):
        qemu.Machine(str(kernel.iso), display="sdl")


def test_a_kernel_that_switches_the_machine_off_is_not_a_crash(empty_folder):
    target = broken_kernel(empty_folder, """
        __asm__ volatile("outw %w0, %w1" : : "a"(0x2000), "d"(0x604));
        halt_forever();""")
    assert course.run(*MAKE, target, "run").stdout.endswith(
        "The kernel has switched the machine off.\n")


def test_a_terminated_run_leaves_no_qemu(empty_folder):
    target = broken_kernel(empty_folder, "    for (;;) continue;")
    with subprocess.Popen([*MAKE, target, "run"], start_new_session=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT,
                          env=course.clean_environment()) as process:
        running = []

        def qemu_runs():
            running[:] = children(process.pid)
            return any("qemu-system" in command
                       for command in command_lines(running))
        try:
            course.wait_until(qemu_runs)
            os.killpg(process.pid, signal.SIGTERM)
            process.communicate(timeout=course.PATIENCE)
            course.wait_until(lambda: not any(map(is_running, running)))
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def test_debug_stops_at_start_with_symbols():
    result = course.make(
        "chapters/02-boot", "debug", build_folder("debug"),
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
                           build_folder("debug-server")], text=True, start_new_session=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          env=course.clean_environment()) as process:
        try:
            said = next(line for line in process.stdout if "waits for a debugger" in line)
            assert how["miDebuggerServerAddress"].split(":")[1] in said
            output = course.run(
                course.tool("gdb"), "-batch", "-nx",
                course.BUILDS / "run-debug-server" / "kernel.elf",
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
    commands = [[*MAKE, "chapters/01-freestanding", "debug",
                 build_folder(f"debug-{n}"),
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
                         build_folder("test"), "PYTEST=echo pytest")
    assert "pytest --chapter 01-freestanding" in result.stdout
