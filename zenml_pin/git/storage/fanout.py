"""The fan-out table of a pack's index: tells whether a pack may have an object without opening the pack.

    index   = magic version fan-out ids ...            version 2
    fan-out = 256 numbers: how many ids start with a byte up to this one

dulwich reads packs. Opening a pack with it takes a hundred times longer than this look at the table, and a repository
may have hundreds of packs.

Sources: gitformat-pack(5), "pack-*.idx files".
"""

from __future__ import annotations

import os
import stat
import struct

_MAGIC = b"\xfftOc\0\0\0\2"
_TABLE = struct.Struct(">256L")
_IDS = len(_MAGIC) + _TABLE.size
# With more ids than this, the answer comes from dulwich's mapped index, as it will be needed again.
_FEW = 256


class Fanout:
    """The table of one index file.

    Args:
        path: The file. If it is damaged, or of another version, the answer is always "may hold".
        id_length: Bytes of an id, 20 or 32.
    """

    def __init__(self, path: str, id_length: int) -> None:
        self._path = path
        self._id_length = id_length
        data = self._read(_IDS, 0)
        known = len(data) == _IDS and data.startswith(_MAGIC)
        self._table = _TABLE.unpack_from(data, len(_MAGIC)) if known else None

    def may_hold(self, raw_id: bytes) -> bool:
        """Tell whether the pack may have an object."""
        if self._table is None:
            return True
        end: int = self._table[raw_id[0]]
        start: int = self._table[raw_id[0] - 1] if raw_id[0] else 0
        if start >= end or end - start > _FEW:
            return start != end
        length = self._id_length
        ids = self._read((end - start) * length, _IDS + start * length)
        offset = ids.find(raw_id)
        while offset % length and offset >= 0:
            offset = ids.find(raw_id, offset + 1)
        return offset >= 0 or len(ids) != (end - start) * length

    def _read(self, size: int, offset: int) -> bytes:
        """Return a part of the file; fewer bytes if it cannot be read."""
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
