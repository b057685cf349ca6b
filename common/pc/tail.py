"""Keeps the end of what another program writes, however much that is."""
import os
import select
import threading

# A kernel that never stops can write without end. This much is kept, in bytes.
LIMIT = 1 << 20


class Tail:
    """A pipe to write to, whose last LIMIT bytes are kept in memory. Another program gets
    its end, writer, and opens it as the file path."""

    def __init__(self):
        # As long as this writer is open, the end of another is not the end of the file.
        self._reader, self.writer = os.pipe()
        os.set_blocking(self._reader, False)
        self.path = f"/dev/fd/{self.writer}"
        self._kept = bytearray()
        self._is_cut = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def _read(self):
        """Reads what is there. Returns whether that was anything."""
        try:
            data = os.read(self._reader, 1 << 16)
        except BlockingIOError:
            return False
        self._kept += data
        if len(self._kept) > LIMIT:
            self._is_cut = True
            del self._kept[:-LIMIT // 2]
        return bool(data)

    def _follow(self):
        more = True
        while more:
            select.select([self._reader], [], [])
            with self._lock:
                more = self._read() or self.writer is not None

    def text(self):
        """Returns what is kept, from the start of a line."""
        with self._lock:
            while self._reader is not None and self._read():
                continue
            text = self._kept.decode(errors="replace")
        return text.partition("\n")[2] if self._is_cut else text

    def close(self):
        """Ends the reading. text() still returns what was there."""
        writer, self.writer = self.writer, None
        if writer is not None:
            os.close(writer)
            self._thread.join(5)
            os.close(self._reader)
            self._reader = None
