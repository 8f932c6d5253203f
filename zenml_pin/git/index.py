"""The index, read for one folder: which entries lie there, and whether they are a known tree's.

Nothing here trusts stat data. The trailer is not checked, as in git: entries are compared with HEAD one by one.

Sources: gitformat-index(5).
"""

from __future__ import annotations

import struct

from zenml_pin.errors import UnsupportedError
from zenml_pin.git.cachetree import find_tree
from zenml_pin.git.files import read_regular
from zenml_pin.git.indexformat import (
    IndexEntry,
    iter_extensions,
    parse_header,
    scan_compressed,
    scan_padded,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

# A million files take about 100 MB.
_LIMIT = 2**30
_EMPTY = b"DIRC" + struct.pack(">II", 2, 0) + bytes(32)


class Index:
    """One index file, read when something is asked of it.

    Args:
        path: The file; a missing one is an empty index.
        id_length: Bytes of an id, 20 or 32.
    """

    def __init__(self, path: str, id_length: int) -> None:
        self.path = path
        self.id_length = id_length
        self._data: bytes | None = None

    def entries(self, folder: bytes) -> list[IndexEntry]:
        """Return the entries at and below a path in the index's order, conflicts included; "" is all.

        Raises:
            UnsupportedError: The file is damaged, or uses what is not supported.
        """
        found, extensions = self._scan(_below(folder))
        if b"link" in extensions:
            raise UnsupportedError("the index is split, which is not supported")
        if b"sdir" in extensions:
            raise UnsupportedError("the index is sparse, which is not supported")
        return found

    def tree_id(self, folder: bytes) -> str | None:
        """Return the id of the tree that the index holds at a folder, None where that was not kept."""
        _, extensions = self._scan(_nothing)
        return find_tree(extensions.get(b"TREE", b""), folder, self.id_length)

    def _scan(self, wanted: Callable[[bytes, int, int], bool]) -> tuple[list[IndexEntry], dict[bytes, bytes]]:
        data = self._read()
        version, count = parse_header(data)
        scan = scan_compressed if version == 4 else scan_padded
        end = len(data) - self.id_length
        try:
            found, position = scan(data, count, wanted, self.id_length)
            if position > end:
                raise ValueError("cut off")
        except (ValueError, IndexError, struct.error) as error:
            raise UnsupportedError("the index is damaged: its entries are cut off") from error
        return found, dict(iter_extensions(data, position, end))

    def _read(self) -> bytes:
        if self._data is None:
            try:
                data = read_regular(self.path, _LIMIT)
            except (OSError, OverflowError) as error:
                raise UnsupportedError(f"the index cannot be read: {error}") from error
            self._data = _EMPTY[: 12 + self.id_length] if data is None else data
        return self._data


def _below(folder: bytes) -> Callable[[bytes, int, int], bool]:
    """Return a test for names that are a path or lie below it."""
    if not folder:
        return lambda data, start, end: True
    length = len(folder)

    def wanted(data: bytes, start: int, end: int) -> bool:
        if not data.startswith(folder, start):
            return False
        after = start + length
        return after == end or (after < end and data[after] == 0x2F)

    return wanted


def _nothing(data: bytes, start: int, end: int) -> bool:
    return False
