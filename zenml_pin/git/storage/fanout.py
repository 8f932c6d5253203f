"""The fan-out table of a pack's index: whether a pack may hold an object, told without opening the pack.

    index   = magic version fan-out ids ...            version 2
    fan-out = 256 numbers: how many ids start with a byte up to this one

dulwich reads packs; but to open one takes it a hundred times longer than to see here that it need not be opened, and a
repository may have hundreds.

Sources: gitformat-pack(5), "pack-*.idx files".
"""

from __future__ import annotations

import os
import stat
import struct

_MAGIC = b"\xfftOc\0\0\0\2"
_TABLE = struct.Struct(">256L")
_IDS = len(_MAGIC) + _TABLE.size
# Of a larger pack the index is mapped, as it will be needed again.
_FEW = 256


class Fanout:
    """The table of one index file.

    Args:
        path: The file. One that is damaged, or of another version, may hold anything.
        id_length: Bytes of an id, 20 or 32.
    """

    def __init__(self, path: str, id_length: int) -> None:
        self._path = path
        self._id_length = id_length
        data = self._read(_IDS, 0)
        known = len(data) == _IDS and data.startswith(_MAGIC)
        self._table = _TABLE.unpack_from(data, len(_MAGIC)) if known else None

    def may_hold(self, raw_id: bytes) -> bool:
        """Tell whether the pack may hold an object."""
        if self._table is None:
            return True
        end: int = self._table[raw_id[0]]
        start: int = self._table[raw_id[0] - 1] if raw_id[0] else 0
        if start >= end or end - start > _FEW:
            return start != end
        length = self._id_length
        ids = self._read((end - start) * length, _IDS + start * length)
        found = ids.find(raw_id)
        while found % length and found >= 0:
            found = ids.find(raw_id, found + 1)
        return found >= 0 or len(ids) != (end - start) * length

    def _read(self, size: int, offset: int) -> bytes:
        """Return a part of the file, less where it cannot be read."""
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            return b""
        try:
            return os.pread(descriptor, size, offset) if stat.S_ISREG(os.fstat(descriptor).st_mode) else b""
        except OSError:
            return b""
        finally:
            os.close(descriptor)
