"""BoundedLog: a text of which the beginning and the end are kept, and the file that has it while a step runs."""

from __future__ import annotations

import os
from collections import deque
from contextlib import suppress

from zenml_pin.base.locks import ForkLock

# A log that is longer keeps its first quarter and its last three, in bytes.
LONGEST = 2**20
# The file is shortened when it is so many times as long.
_LONGEST_FILE = 4


class BoundedLog:
    """Text of which the beginning and the end are kept. Threads may write at once.

    Args:
        longest: How many bytes are kept.
        path: A file that gets the text as well, if its folder exists; it is bounded too.
    """

    def __init__(self, longest: int = LONGEST, path: str = "") -> None:
        self._longest = longest
        self._file = _LogFile(path) if path and os.path.isdir(os.path.dirname(path)) else None
        self._head_room = longest // 4
        self._tail_room = longest - self._head_room
        self._head: list[bytes] = []
        self._tail: deque[bytes] = deque()
        self._tail_size = 0
        self._dropped = 0
        # A step may fork while one of its threads prints, and a handler of a signal may print while its thread does.
        self._lock = ForkLock()

    def write(self, text: str) -> None:
        """Add some text."""
        self.write_bytes(text.encode("utf-8", "backslashreplace"))

    def write_bytes(self, data: bytes) -> None:
        """Add some text, as UTF-8."""
        with self._lock:
            if self._file is not None:
                self._file.write(data)
            head, data = data[: self._head_room], data[self._head_room :]
            self._head.append(head)
            self._head_room -= len(head)
            if data:
                self._tail.append(data)
                self._tail_size += len(data)
                self._shorten()
            if self._file is not None and self._file.size > _LONGEST_FILE * self._longest:
                self._file.replace(self._content())

    def leave_file(self) -> None:
        """Remove the file: whoever has this object has the text."""
        with self._lock:
            if self._file is not None:
                self._file.remove()
                self._file = None

    def _shorten(self) -> None:
        # It may be empty where a fork has come in between.
        while self._tail and self._tail_size > self._tail_room:
            surplus = self._tail_size - self._tail_room
            first = self._tail.popleft()
            cut = min(surplus, len(first))
            if cut < len(first):
                self._tail.appendleft(first[cut:])
            self._tail_size -= cut
            self._dropped += cut

    def content(self) -> bytes:
        """Return what was kept, as UTF-8; a line says how many bytes are left out."""
        with self._lock:
            return self._content()

    def _content(self) -> bytes:
        head, tail = b"".join(self._head), b"".join(self._tail)
        if not self._dropped:
            return head + tail
        gap = f"\n... {self._dropped} bytes are left out ...\n".encode()
        return _whole(head) + gap + _whole(tail)


def _whole(data: bytes) -> bytes:
    return data.decode("utf-8", "ignore").encode()


def read_log(path: str) -> bytes:
    """Return the log that a process has left in a file; b"" without one. Removes the file."""
    log = BoundedLog()
    with suppress(OSError), open(path, "rb") as file:
        log.write_bytes(file.read((_LONGEST_FILE + 1) * LONGEST))
    with suppress(OSError):
        os.unlink(path)
    return log.content()


class _LogFile:
    """The file of a log. An error ends the writing: the log is in memory, too."""

    def __init__(self, path: str) -> None:
        self._path = path
        self.size = 0
        self._descriptor = -1
        with suppress(OSError):
            self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)

    def write(self, data: bytes) -> None:
        """Add some bytes."""
        if self._descriptor < 0:
            return
        try:
            # One call, without a buffer: it is there when the process is killed next.
            self.size += os.write(self._descriptor, data)
        except OSError:
            self._close()

    def replace(self, data: bytes) -> None:
        """Replace all of it."""
        if self._descriptor >= 0:
            os.ftruncate(self._descriptor, 0)
            os.lseek(self._descriptor, 0, os.SEEK_SET)
            self.size = 0
            self.write(data)

    def remove(self) -> None:
        """Close and remove it."""
        self._close()
        with suppress(OSError):
            os.unlink(self._path)

    def _close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
