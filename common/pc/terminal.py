"""A terminal for QEMU's display `curses`: the user's own, with Ctrl-C left to us.

QEMU would send Ctrl-C on to the kernel, which most likely does not listen. So QEMU gets
a pseudo-terminal, and what goes in and out is passed on, but for that key.
"""
import contextlib
import fcntl
import os
import select
import signal
import sys
import termios
import threading
import tty

CTRL_C = b"\x03"


class Terminal:
    """Passes on all between the user's terminal and a program, until close()."""

    def __init__(self):
        self._user, self._screen = sys.stdin.fileno(), sys.stdout.fileno()
        # The program's end, and the one for this side.
        self.end, self._ours = reversed(os.openpty())
        size = fcntl.ioctl(self._user, termios.TIOCGWINSZ, bytes(8))
        fcntl.ioctl(self.end, termios.TIOCSWINSZ, size)
        self._settings = termios.tcgetattr(self._user)
        tty.setraw(self._user)
        self._thread = threading.Thread(target=self._pass_on, daemon=True)
        self._thread.start()

    def _pass_on(self):
        while True:
            ready = select.select([self._user, self._ours], [], [])[0]
            if self._ours in ready:
                try:
                    os.write(self._screen, os.read(self._ours, 1 << 16))
                except OSError:  # the program has closed its end
                    return
            if self._user in ready:
                try:
                    typed = os.read(self._user, 1024)
                except OSError:
                    typed = b""
                if CTRL_C in typed or not typed:
                    os.kill(os.getpid(), signal.SIGINT)
                    if not typed:  # the terminal is gone
                        return
                os.write(self._ours, typed.partition(CTRL_C)[0])

    def started(self):
        """To be called once the program has its end: then only the program's counts."""
        os.close(self.end)

    def close(self):
        """Gives the terminal back, once the program has ended."""
        self._thread.join(5)
        os.close(self._ours)
        with contextlib.suppress(termios.error):  # the terminal itself may be gone
            termios.tcsetattr(self._user, termios.TCSADRAIN, self._settings)
