"""A PC in QEMU: boots an image and looks at its screen, registers and log.

`run`, `debug` and the tests boot through this module only. It talks to QEMU
over QMP, the QEMU Machine Protocol (QEMU manual, "QMP Reference Manual").
"""
import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

from screen import SIZE, TEXT_SCREEN, Screen
from tail import Tail
from terminal import Terminal

# How many seconds QEMU may take to answer. A display that accepts a connection
# but never replies keeps it waiting forever.
START_PATIENCE = 15
# COM1's line control register and its divisor, before anything has set them.
AFTER_RESET = (0, 12)
# From this address on, QEMU's own numbers are negative.
UPPER_HALF = 1 << 63
NO_ANSWER = f"no answer in {START_PATIENCE} seconds"

# How a boot can end; see Machine.wait.
HALTED, CRASHED, EXITED, RUNNING = "halted", "crashed", "exited", "running"

# QEMU's reasons when the machine resets itself, as after a triple fault. Any
# other means that the kernel or the user has ended QEMU.
RESETS = ("guest-reset", "guest-panic", "subsystem-reset")

# What else comes over COM1: UEFI firmware says what it loads, and GRUB warns of a kernel
# that has not asked for pixels.
NOT_THE_KERNELS = re.compile(
    r"^(BdsDxe: .*|WARNING: no console will be available to OS|"
    r"error: no suitable video mode found\.)\n", re.MULTILINE)
# Registers of COM1, a 16550 UART, and bits of its line control (data sheet of the PC16550D,
# section 8): while DLAB is set, the first two registers are the divisor of 115200 bits a second.
COM1, LINE_CONTROL, MOST_BITS = 0x3F8, 0x3FB, 115200
DATA_BITS, TWO_STOP_BITS, PARITY, EVEN, DLAB = 0x03, 0x04, 0x08, 0x10, 0x80
# One that does more than to choose a color.
DRAWS = re.compile(r"\x1b\[[0-9;=?]*[A-Za-ln-z]")
ESCAPE_SEQUENCE = re.compile(r"\x1b\[[0-9;=?]*[A-Za-z]")


class MachineError(Exception):
    """QEMU could not be started, or answered with an error."""


def escaped(path):
    """Returns a path as QEMU wants it within an option: each comma twice."""
    return str(path).replace(",", ",,")


def environment(display):
    """Returns the environment of a QEMU with this display. When SDL finds no display,
    it draws anyway, unseen. If we name the kind of display, it fails instead."""
    if display != "sdl" or sys.platform == "darwin":
        return None
    kind = "wayland" if os.environ.get("WAYLAND_DISPLAY") else "x11"
    return {"SDL_VIDEODRIVER": kind, **os.environ}


def overwritten(line):
    """Returns what a terminal shows of a line: a carriage return goes back to its start."""
    shown = ""
    for part in line.split("\r"):
        shown = part + shown[len(part):]
    return shown


class Machine:
    """A PC that boots an ISO; use it in a `with` statement.

    iso       the image
    drive     "cdrom", or "disk" to boot the same file as a hard disk
    uefi      the UEFI firmware's file; None boots with QEMU's BIOS
    display   "none", "curses", or a window: "gtk", "sdl", "cocoa"
    gdb       True: start stopped, and wait for a debugger (see gdb_port)
    port      the TCP port for the debugger; 0: one that is free
    accel     "tcg", QEMU's emulator, or "kvm", which hangs in some virtual
              machines, and logs no exceptions
    flags     more arguments for QEMU
    """

    def __init__(self, iso, qemu="qemu-system-x86_64", drive="cdrom",
                 uefi=None, display="none", gdb=False, port=0, accel="tcg", flags=()):
        self._folder = tempfile.TemporaryDirectory(prefix="bare-metal-c-")
        self._errors_path = os.path.join(self._folder.name, "errors")
        self._log, self._serial = Tail(), Tail()
        self.is_uefi = uefi is not None
        # QEMU's ends go by their numbers: a name may be too long for a socket.
        self._qmp, qmp = socket.socketpair()
        arguments = [
            qemu, "-display", display,
            "-accel", accel,
            "-nic", "none",          # else the firmware tries to boot from it
            "-no-reboot",            # a triple fault does not boot again,
            "-no-shutdown",          # but leaves all as it was, to look at
            "-d", "int,cpu_reset",   # log the fault that led to it
            "-D", self._log.path,
            "-serial", f"file:{self._serial.path}",
            "-device", "isa-debug-exit,iobase=0xf4,iosize=1",
            "-chardev", f"socket,id=qmp,fd={qmp.fileno()}", "-qmp", "chardev:qmp",
            "-monitor", "none" if display == "none" else "vc",
        ]
        # A disk can be written to: with snapshot=on, that changes no file.
        disk = f"format=raw,snapshot=on,file={escaped(iso)}"
        if drive == "cdrom":
            arguments += ["-boot", "d", "-cdrom", iso]
        elif drive == "usb":
            arguments += ["-device", "qemu-xhci", "-drive", f"if=none,id=stick,{disk}",
                          "-device", "usb-storage,drive=stick,bootindex=0"]
        else:
            arguments += ["-boot", "c", "-drive", disk]
        if uefi:
            arguments += ["-drive", "if=pflash,format=raw,readonly=on,"
                          f"file={escaped(uefi)}"]
        if gdb:
            arguments += ["-chardev", "socket,id=gdb,host=127.0.0.1,"
                          f"port={port},server=on,wait=off,nodelay=on",
                          "-gdb", "chardev:gdb"]
        # What happens before QMP is agreed upon, QEMU does not tell: so the CPU starts after that.
        arguments += ["-S", *flags]

        self._events = []
        self._process = self._terminal = None
        self._received = b""
        try:
            with qmp:
                self._start(arguments, display, (
                    qmp.fileno(), self._log.writer, self._serial.writer))
            self.command("qmp_capabilities", START_PATIENCE)
            if not gdb and not {"-S", "--S"} & set(flags):
                self.command("cont")
        except BaseException:
            if self._process:
                self._process.kill()  # one that waits for a display ignores less
            self.close()
            raise

    def _start(self, arguments, display, files):
        with open(self._errors_path, "wb") as errors:
            # curses draws on the terminal; the others get none, so that QEMU sees no
            # keys typed there. In a session of its own, Ctrl-C does not end QEMU.
            if display == "curses":
                self._terminal = Terminal()
            keys, screen = [self._terminal.end] * 2 if self._terminal else \
                (subprocess.DEVNULL, errors)
            try:
                self._process = subprocess.Popen(
                    arguments, stdin=keys, stdout=screen, stderr=errors, pass_fds=files,
                    env=environment(display), start_new_session=True)
            except FileNotFoundError:
                raise
            except OSError as error:
                raise MachineError(f"{arguments[0]}: {error.strerror}") from None
            finally:
                if self._terminal:
                    self._terminal.started()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Ends QEMU and removes its files."""
        self._qmp.close()
        if self._process and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._terminal:
            self._terminal.close()
            self._terminal = None
        self._log.close()
        self._serial.close()
        self._folder.cleanup()

    def _errors(self):
        with open(self._errors_path, encoding="utf-8", errors="replace") as file:
            return file.read().strip()

    def _gone(self):
        return MachineError(self._errors() or "it has ended without a word")

    def last_words(self):
        """Returns the first line that QEMU has said of an error of its own, or of what it does
        not imitate; nothing if it has said nothing."""
        return re.sub(r"^qemu\S*: (fatal: )?", "", self._errors().partition("\n")[0])

    # ---- QMP: a command is a line of JSON, and so is its answer ----

    def _message(self, timeout=None):
        """Returns QEMU's next message; None if there is none in time. Raises
        MachineError when QEMU is gone."""
        self._qmp.settimeout(timeout)
        while b"\n" not in self._received:
            try:
                data = self._qmp.recv(1 << 16)
            except socket.timeout:
                return None
            except OSError:
                data = b""
            if not data:
                raise self._gone()
            self._received += data
        line, _, self._received = self._received.partition(b"\n")
        return json.loads(line)

    def command(self, name, patience=None, **arguments):
        """Runs a QMP command and returns its result. patience: how many seconds
        each of QEMU's messages may take; None: any number."""
        request = {"execute": name}
        if arguments:
            request["arguments"] = arguments
        try:
            self._qmp.sendall(json.dumps(request).encode() + b"\n")
        except OSError:
            raise self._gone() from None
        while True:
            message = self._message(patience)
            if message is None:
                raise MachineError(NO_ANSWER)
            if "return" in message:
                return message["return"]
            if "error" in message:
                raise MachineError(message["error"]["desc"])
            if "event" in message:
                self._events.append(message)

    def monitor(self, line):
        """Runs a command of QEMU's human monitor and returns its output."""
        return self.command("human-monitor-command", **{"command-line": line})

    # ---- what can be seen from outside ----

    def registers(self):
        """Returns the CPU's registers by name, as numbers: RAX, RIP, CR0, EFER,
        ... (EAX, EIP, ... in 32-bit mode), and HLT, 1 while it is halted."""
        text = self.monitor("info registers")
        registers = {name: int(value, 16) for name, value in
                     re.findall(r"\b([A-Z][A-Z0-9]+) ?=([0-9a-f]+)", text)}
        registers["CS64"] = int(" CS64 " in text)
        return registers

    def memory(self, address, size):
        """Returns size bytes of physical memory. In the upper half of the address space there is none:
        there, they are what the page tables map, or zeros."""
        path = os.path.join(self._folder.name, "memory")
        if address >= UPPER_HALF:
            try:
                self.command("memsave", val=address - (1 << 64), size=size, filename=path)
            except MachineError:
                return bytes(size)
        else:
            self.command("pmemsave", val=address, size=size, filename=path)
        with open(path, "rb") as file:
            return file.read()

    def physical(self, address):
        """Returns where the page tables map an address to; None if they do not."""
        found = re.search(r"gpa: (?:0x)?([0-9a-f]+)", self.monitor(f"gva2gpa {address:#x}"))
        return int(found[1], 16) if found else None

    def screen(self, start=TEXT_SCREEN):
        """Returns what is in the memory of the text screen, or of one that starts at
        another address."""
        return Screen(self.memory(start, SIZE))

    def _read_port(self, port):
        """Returns the byte that `in` would read."""
        return int(self.monitor(f"i /b {port:#x}").split("=")[1], 16)

    def _write_port(self, port, byte):
        self.monitor(f"o /b {port:#x} {byte}")

    def _crtc(self, high, low):
        """Returns the number that two registers of the CRT controller hold."""
        number = 0
        for register in (high, low):
            self._write_port(0x3D4, register)
            number = number << 8 | self._read_port(0x3D5)
        return number

    def start_of_screen(self):
        """Returns the address from which on the video card shows its memory, in text mode:
        the CRT controller has it in registers 0x0C and 0x0D. Only for a machine that stands
        still, because it writes to the controller's index."""
        return TEXT_SCREEN + self._crtc(0x0C, 0x0D) * 2

    def cursor(self):
        """Returns the number of the cell at which the hardware's cursor is ("Cursor Location",
        registers 0x0E and 0x0F of the CRT controller); as above, only in a machine that stands
        still."""
        return self._crtc(0x0E, 0x0F)

    def picture(self):
        """Returns the screen as a picture: its width and height, and its pixels, row by
        row, 3 bytes each."""
        path = os.path.join(self._folder.name, "picture")
        self.command("screendump", filename=path)
        with open(path, "rb") as file:  # a PPM file
            _, size, _, pixels = file.read().split(b"\n", 3)
        width, height = map(int, size.split())
        return width, height, pixels

    def has_video_card(self):
        """Is there something that draws a screen? With -vga none, there is not."""
        return re.search(r"dev: \S*(vga|gpu|ramfb)", self.monitor("info qtree"), re.IGNORECASE) \
            is not None

    def photograph(self, path):
        """Writes the screen as a picture, a PNG file."""
        self.command("screendump", filename=os.path.abspath(path), format="png")

    def _sent(self):
        """Returns the text on COM1 without escape sequences: if some draw, what is after the last."""
        text = self._serial.text()
        is_drawn = self.is_uefi or DRAWS.search(text)
        return ESCAPE_SEQUENCE.split(text)[-1] if is_drawn else ESCAPE_SEQUENCE.sub("", text)

    def serial(self):
        """Returns what the kernel has sent to COM1, as text. UEFI firmware and
        GRUB draw there with escape sequences: what is up to the last of them is
        left out, and so are lines of theirs without any. Of a line with carriage returns,
        it is what a terminal shows in the end."""
        return NOT_THE_KERNELS.sub("", "\n".join(map(overwritten, self._sent().split("\n"))))

    def has_bare_line_feeds(self):
        """Has the kernel sent ends of lines to COM1, and none with a carriage return?"""
        return "\n" in self.serial() and not re.search("\r\n|\n\r", self._sent())

    def serial_settings(self):
        """Returns how COM1 is set: bits a second, the parity's letter, data bits and stop bits;
        None if it is as after a reset. Only for a machine that stands still."""
        control = self._read_port(LINE_CONTROL)
        self._write_port(LINE_CONTROL, control | DLAB)
        divisor = self._read_port(COM1) | self._read_port(COM1 + 1) << 8
        self._write_port(LINE_CONTROL, control)
        if (control, divisor) == AFTER_RESET:
            return None
        parity = "N" if not control & PARITY else "E" if control & EVEN else "O"
        return (MOST_BITS // divisor if divisor else 0, parity, 5 + (control & DATA_BITS),
                2 if control & TWO_STOP_BITS else 1)

    def firmware_lines(self):
        """Returns all lines on COM1, also those of the firmware and GRUB."""
        return ESCAPE_SEQUENCE.sub("\n", self._serial.text()).replace("\r", "").split("\n")

    def log(self):
        """Returns QEMU's log of interrupts and resets; of a long one, the end. A line
        that QEMU is still writing is left out."""
        return self._log.text().rpartition("\n")[0]

    def gdb_port(self):
        """Returns the TCP port on which QEMU waits for a debugger."""
        for device in self.command("query-chardev"):
            if device["label"] == "gdb":
                return int(re.search(r":(\d+)(,|$)", device["filename"])[1])
        raise MachineError("this machine was not started for a debugger")

    # ---- how it goes on ----

    def _shutdown_reason(self):
        """Returns why the machine has stopped (QEMU's ShutdownCause); None while
        it runs. After isa-debug-exit, QEMU ends by itself up to version 8.2, and
        later ones pause, because of -no-shutdown."""
        for event in self._events:
            if event["event"] == "SHUTDOWN":
                return event["data"]["reason"]
        return None

    def is_halted(self):
        """Has the CPU stopped for good: halted, with interrupts off?"""
        registers = self.registers()
        flags = registers.get("EFL", registers.get("RFL", 0))
        return registers["HLT"] == 1 and not flags & 0x200

    def type(self, text, pace=0.02):
        """Presses the keys for a line: small letters, digits and / . - _, blanks, Enter and
        Ctrl-U. pace: the seconds between two of them."""
        names = {"/": "slash", ".": "dot", "-": "minus", "_": "shift-minus", " ": "spc",
                 "\n": "ret", "\x15": "ctrl-u"}
        for character in text:
            self.monitor(f"sendkey {names.get(character, character)}")
            time.sleep(pace)

    def is_told_to_wait(self):
        """Was QEMU started with -S, which keeps the CPU from its first instruction?"""
        return self.command("query-status")["status"] == "prelaunch"

    def wait(self, seconds, until=lambda: False):
        """Waits until the kernel has settled, at most so many seconds, or until a
        function, asked twice a second, says that it will not.

        Returns HALTED, CRASHED (a triple fault: the machine stands still as it
        was), EXITED (the kernel or the user ended QEMU; see exit_status) or
        RUNNING (still not settled)."""
        deadline = time.monotonic() + seconds
        asked = time.monotonic()
        while time.monotonic() < deadline:
            try:
                while message := self._message(timeout=0.02):
                    self._events.append(message)
                if time.monotonic() > asked + 0.5:
                    asked = time.monotonic()
                    if not self._shutdown_reason() and until():
                        return RUNNING
                reason = self._shutdown_reason()
                if reason in RESETS:
                    return CRASHED
                if reason:
                    self.command("quit")  # it may only have paused
                elif self.is_halted():
                    # The kernel may have left QEMU just before this. If so, QEMU
                    # has said so by the time it answers another command.
                    self.command("query-status")
                    if not self._shutdown_reason():
                        return HALTED
            except MachineError:
                self._process.wait(10)
                return EXITED
        return RUNNING

    def wait_for_exit(self):
        """Waits until QEMU has ended, however long that takes."""
        with contextlib.suppress(MachineError):
            while True:
                if self._shutdown_reason() not in (None, *RESETS):
                    self.command("quit")
                self._events.append(self._message())
        self._process.wait()

    def exit_status(self):
        """Returns the exit status of QEMU; None while it runs."""
        return self._process.poll()

    def has_left(self):
        """Has the kernel left QEMU by isa-debug-exit, which makes an odd status? Up to
        version 8.2, QEMU gives no reason then; its own failures have status 1."""
        reason, status = self._shutdown_reason(), self.exit_status()
        return status % 2 == 1 and (reason == "guest-shutdown" or
                                    reason is None and status > 1)

    def is_switched_off(self):
        """Has the kernel switched the machine off, by ACPI?"""
        return self._shutdown_reason() == "guest-shutdown" and self.exit_status() == 0


def _end(number, _):
    # Make sends on what its children have got already: the second one must not keep the
    # first from its work.
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    sys.exit(128 + number)


def end_on_signals():
    """Lets Ctrl-C, SIGTERM and SIGHUP, which comes when the terminal goes away, unwind the
    program, which then ends QEMU. (A shell turns SIGINT off for background jobs; nohup
    keeps SIGHUP away.)"""
    signal.signal(signal.SIGINT, _end)
    signal.signal(signal.SIGTERM, _end)
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        signal.signal(signal.SIGHUP, _end)
