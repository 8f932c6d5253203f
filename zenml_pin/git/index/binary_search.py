"""Finding one folder in a large index without reading all of it.

Entries are sorted, but of different lengths, so a binary search has to find where an entry starts. In versions 2 and 3
an entry starts at a multiple of 8 bytes after the header, and has a valid mode, a name of the stated length and NULs
after it. Three such entries in a row are taken as real. The caller compares the result with HEAD, entry by entry, and
the `TREE` extension proves that there are no other entries. In any doubt the answer is None, and the caller reads the
whole index.

Sources: gitformat-index(5).
"""

from __future__ import annotations

import os
import struct

from zenml_pin.errors import UnsupportedError
from zenml_pin.git.index.file_format import (
    HEADER,
    LONG_NAME,
    IndexEntry,
    iter_extensions,
    parse_entry,
    parse_header,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_MODES = frozenset([0o100644, 0o100755, 0o120000, 0o160000])
# Three entries fit in a window, unless names are very long.
_WINDOW = 4 * 1024
_CHUNK = 64 * 1024
_FIRST_TAIL = 64 * 1024
_IN_A_ROW = 3
_LONG = struct.Struct(">I")
_SHORT = struct.Struct(">H")


class IndexSearch:
    """An open index file of version 2 or 3, whose first extension is `TREE`.

    Attributes:
        tree: Content of the extension.
    """

    def __init__(self, descriptor: int, size: int, id_length: int, tree: bytes, end: int) -> None:
        self._descriptor = descriptor
        self._size = size
        self._id_length = id_length
        self._end = end
        self.tree = tree

    @classmethod
    def open(cls, descriptor: int, size: int, id_length: int) -> IndexSearch | None:
        """Return a search in a file, or None if the file cannot be searched."""
        if parse_header(os.pread(descriptor, HEADER, 0))[0] == 4:
            return None
        length = _FIRST_TAIL
        while True:
            start = max(HEADER, size - length)
            tail = os.pread(descriptor, size - start, start)
            for position, tree in _candidates(tail, id_length):
                search = cls(descriptor, size, id_length, tree, start + position)
                if search._ends_with_an_entry():
                    return search
            if start == HEADER or length > size // 4:
                return None
            length *= 4

    def find(self, path: bytes) -> list[IndexEntry] | None:
        """Return the entries at and below a path, None if the search fails."""
        start = self._start_before(path)
        if start is None:
            return None
        below = path + b"/"
        entries: list[IndexEntry] = []
        data, position = b"", 0
        while start + position < self._end:
            # At the end of the file less than a window is left.
            if len(data) - position < _WINDOW and start + len(data) < self._size:
                start, position = start + position, 0
                data = os.pread(self._descriptor, _CHUNK, start)
            name, length = self._entry(data, position)
            if length == 0 or start + position + length > self._end:
                return None
            if name == path or name.startswith(below):
                entries.append(parse_entry(data, position, name, self._id_length))
            elif name > below:
                break
            position += length
        return entries

    def _start_before(self, path: bytes) -> int | None:
        """Return the start of an entry shortly before a path, or at it."""
        low, high = HEADER, self._end
        while high - low > _WINDOW:
            middle = low + (high - low) // 2
            middle -= (middle - HEADER) % 8
            data = os.pread(self._descriptor, _WINDOW, middle)
            position = self._sync(data, middle)
            if position is None:
                return None
            name, _ = self._entry(data, position)
            if middle + position >= high or name >= path:
                high = middle
            else:
                low = middle + position
        return low

    def _sync(self, data: bytes, offset: int) -> int | None:
        """Return the start of the first entry in a window that begins `offset` bytes into the file."""
        for position in range(0, len(data), 8):
            if self._runs_from(data, position, offset):
                return position
        return None

    def _runs_from(self, data: bytes, position: int, offset: int) -> bool:
        for _ in range(_IN_A_ROW):
            _, length = self._entry(data, position)
            if length == 0:
                return False
            position += length
            if offset + position >= self._end:
                return offset + position == self._end
        return True

    def _entry(self, data: bytes, position: int) -> tuple[bytes, int]:
        """Return name and length of a possible entry; length 0 if it cannot be an entry."""
        flags_at = position + 40 + self._id_length
        if flags_at + 4 > len(data) or _LONG.unpack_from(data, position + 24)[0] not in _MODES:
            return b"", 0
        flags = _SHORT.unpack_from(data, flags_at)[0]
        start = flags_at + (4 if flags & 0x4000 else 2)
        size = flags & LONG_NAME
        end = start + size
        length = (end - position + 8) & ~7
        name = data[start:end]
        if not size or size == LONG_NAME or b"\0" in name or position + length > len(data):
            return b"", 0
        if data[end : position + length].strip(b"\0"):
            return b"", 0
        return name, length

    def _ends_with_an_entry(self) -> bool:
        """Tell whether the entries end at `TREE`, so that no other extension is between them."""
        start = max(HEADER, self._end - _WINDOW)
        start += -(start - HEADER) % 8
        data = os.pread(self._descriptor, self._end - start, start)
        position = self._sync(data, start)
        while position is not None and start + position < self._end:
            _, length = self._entry(data, position)
            if length == 0:
                return False
            position += length
        return position is not None and start + position == self._end


def _candidates(tail: bytes, id_length: int) -> Iterator[tuple[int, bytes]]:
    """Yield possible starts of the `TREE` extension in the end of a file, and its content, the last one first."""
    end = len(tail) - id_length
    position = tail.rfind(b"TREE")
    while position >= 0:
        content = _extension_at(tail, position, end)
        if content is not None:
            yield position, content
        position = tail.rfind(b"TREE", 0, position)


def _extension_at(tail: bytes, position: int, end: int) -> bytes | None:
    """Return an extension's content if only extensions follow it up to the trailer; else None."""
    try:
        extensions = list(iter_extensions(tail, position, end))
    except UnsupportedError:
        # The letters are part of a name or an id.
        return None
    reached = position + sum(8 + len(content) for _, content in extensions)
    return extensions[0][1] if extensions and reached == end else None
