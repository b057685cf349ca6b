"""What `make run` shows in a terminal and in a window, and that it leaves nothing running."""
import contextlib
import fcntl
import os
import pty
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
import qemu
from course import MAKE, ROOT, broken_kernel, build_folder


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


def has_qemu(pids):
    """Is QEMU among these processes? (run.py has its name among its arguments.)"""
    return any(command.partition("\0")[0].endswith("qemu-system-x86_64")
               for command in command_lines(pids))


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
        """Reads until a text appears. QEMU draws what has changed since the last time, so
        the first letters of a text may come apart from the rest."""
        deadline = time.monotonic() + course.PATIENCE
        while text not in self.output:
            assert self.read(0.1) and time.monotonic() < deadline, self.output

    def type(self, text):
        os.write(self._file, text.encode())

    def hang_up(self):
        """Takes the terminal away, as when its window is closed."""
        os.close(self._file)
        os.waitpid(self.pid, 0)

    def wait(self):
        """Reads all that is left; returns the exit status."""
        deadline = time.monotonic() + course.PATIENCE
        while self.read(0.1):
            assert time.monotonic() < deadline, self.output
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def test_in_a_terminal_it_shows_the_screen_there_in_color():
    terminal = Terminal("chapters/03-vga", "run", build_folder())
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
    terminal.expect("To end it sooner, press Ctrl-C.")
    terminal.expect("ello World!")
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
    terminal.expect("ello World!")
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
            [*MAKE, "chapters/02-boot", "run", build_folder()],
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
    result = course.make("chapters/02-boot", "run", build_folder(),
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
    assert not has_qemu(children(os.getpid()))


def test_sdl_does_not_draw_where_there_is_no_display(monkeypatch):
    monkeypatch.setenv("DISPLAY", ":4711")
    kernel = course.build("chapters/02-boot")
    with pytest.raises(qemu.MachineError):
        qemu.Machine(str(kernel.iso), display="sdl")


def test_a_terminal_that_goes_away_leaves_no_qemu(empty_folder):
    target = broken_kernel(empty_folder, "    for (;;) continue;")
    terminal = Terminal(str(target), "run")
    terminal.expect("ello World!")
    running = children(terminal.pid)
    assert has_qemu(running)
    terminal.hang_up()
    course.wait_until(lambda: not any(map(is_running, running)), seconds=10)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_terminated_run_leaves_no_qemu(number, empty_folder):
    target = broken_kernel(empty_folder, "    for (;;) continue;")
    with subprocess.Popen([*MAKE, target, "run"], start_new_session=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT,
                          env=course.clean_environment()) as process:
        running = []

        def qemu_runs():
            running[:] = children(process.pid)
            return has_qemu(running)
        try:
            course.wait_until(qemu_runs)
            time.sleep(1)  # one that is cut off while it starts ends by itself
            os.killpg(process.pid, number)
            process.communicate(timeout=course.PATIENCE)
            course.wait_until(lambda: not any(map(is_running, running)))
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
