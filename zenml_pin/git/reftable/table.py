"""One table: a file of sorted refs.

    table   = header, blocks of refs, index, blocks of objects and their index, blocks of logs and their index, footer
    header  = "REFT", version (1 byte), block size (3), smallest and greatest update index (8 each),
              "sha1" or "s256" in version 2
    footer  = the header again, positions (8 each) of the index, of the objects, of their index, of the logs and of
              theirs, CRC-32 (4)

If the block size is not 0, blocks of refs begin at its multiples, with NULs between; if another byte follows a block,
the next block begins there. The index has one or more levels and has the last key of each block below it; a level comes
after the blocks that it leads to. Only the blocks on the way to a ref are read. Objects and logs are not read.

A table never changes: git writes a new one.

Sources: git's Documentation/technical/reftable.
"""

from __future__ import annotations

import os
import stat
from zlib import crc32

from zenml_pin.git.reftable.block import BLOCK_HEADER, INDEX, KINDS, LOGS, OBJECTS, REFS, Block

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from zenml_pin.git.reftable.block import RefValue

_MAGIC = b"REFT"
_HEADER_LENGTHS = {1: 24, 2: 28}
# A footer also has these beside the header.
_POSITIONS = 5
_FOOTER_REST = 8 * _POSITIONS + 4
_OBJECT_FORMATS = {b"sha1": "sha1", b"s256": "sha256"}
_ID_LENGTHS = {"sha1": 20, "sha256": 32}
_OBJECT_ID_BITS = 5
_USUAL_BLOCK = 4096
# Names are compressed, so a small file could fill the memory.
_NAMES_LIMIT = 64 * 2**20


class Table:
    """An open table. Use it in a `with` block.

    Args:
        path: The file.
        object_format: The repository's, "sha1" or "sha256".

    Raises:
        FileNotFoundError: The file does not exist, or no longer.
        OSError: It cannot be read.
        ValueError: It is damaged, its version is unknown, or its hash is not the repository's.
    """

    def __init__(self, path: str, object_format: str) -> None:
        self._id_length = _ID_LENGTHS[object_format]
        # A FIFO must not hang the caller.
        self._file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            self._read_ends(object_format)
        except BaseException:
            os.close(self._file)
            raise

    def __enter__(self) -> Table:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._file)

    def find(self, name: bytes) -> tuple[bool, RefValue]:
        """Return whether the table has a record of a ref, and its value, which is None for a deletion."""
        if not (self._has_refs and self._index):
            for key, value in self._refs_from(name):
                return key == name, value if key == name else None
            return False, None
        block, _, last_key = self._descend(name)
        for key, record in block.records(name):
            if key == name and not isinstance(record, int):
                return True, record
            break
        # A wrong index would hide the ref.
        _check_last(block, last_key)
        return False, None

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, RefValue]]:
        """Yield the refs that start with a prefix, with their values."""
        length = 0
        for name, value in self._refs_from(prefix):
            if not name.startswith(prefix):
                return
            length += len(name)
            if length > _NAMES_LIMIT:
                raise ValueError(f"its names take more than {_NAMES_LIMIT} bytes")
            yield name, value

    def _read_ends(self, object_format: str) -> None:
        info = os.fstat(self._file)
        if not stat.S_ISREG(info.st_mode):
            raise ValueError("it is not a file")
        start = os.pread(self._file, max(_HEADER_LENGTHS.values()) + 1, 0)
        version = start[len(_MAGIC)] if len(start) > len(_MAGIC) else 0
        if not start.startswith(_MAGIC):
            raise ValueError("it is not a table")
        if version not in _HEADER_LENGTHS:
            raise ValueError(f"its format has the version {version}, known are 1 and 2")
        self._header = _HEADER_LENGTHS[version]
        header = start[: self._header]
        length = self._header + _FOOTER_REST
        self._end = info.st_size - length
        footer = os.pread(self._file, length, max(0, self._end))
        if self._end < self._header or footer[: self._header] != header:
            raise ValueError("it is cut off")
        if crc32(footer[:-4]) != int.from_bytes(footer[-4:]):
            raise ValueError("its footer has another checksum")
        if (own := _OBJECT_FORMATS.get(header[24:] or b"sha1")) != object_format:
            raise ValueError(
                f"its ids are of {own or 'an unknown hash'}, the repository's of {object_format}"
            )
        self._block_size = int.from_bytes(header[5:8])
        positions = (footer[self._header + 8 * number :][:8] for number in range(_POSITIONS))
        self._index, objects, _, self._logs, _ = map(int.from_bytes, positions)
        self._objects = objects >> _OBJECT_ID_BITS
        self._has_refs = self._end > self._header and start[self._header :][:1] != LOGS

    def _refs_from(self, key: bytes) -> Iterator[tuple[bytes, RefValue]]:
        """Yield the refs from a name on."""
        leaf = self._leaf(key) if self._has_refs else None
        last = b""
        while leaf is not None:
            block, following = leaf
            for name, value in block.records(key):
                if name <= last or isinstance(value, int):
                    raise ValueError("its blocks are out of order")
                yield name, value
                last = name
            leaf = self._next_refs(following)

    def _leaf(self, key: bytes) -> tuple[Block, int] | None:
        """Return the block of the first ref that is not less than a name, and where the next block begins."""
        if not self._index:
            return self._leaf_without_index(key)
        block, following, last_key = self._descend(key)
        _check_last(block, last_key)
        return (block, following) if key <= last_key else None

    def _descend(self, key: bytes) -> tuple[Block, int, bytes]:
        """Return the block that the index has for a key, where the next one begins, and what its last key must be."""
        position, last_key = self._index, b""
        while True:
            block, following = self._block(position)
            if last_key and block.kind == REFS:
                return block, following, last_key
            _check_last(block, last_key)
            record = next(block.records(key), None)
            if record is None and not last_key and self._kind_at(following) == INDEX:
                # The top level has another block.
                position = following
                continue
            # If all names are less than the key, the last record still shows whether the index is right.
            last_key, child = record or block.last()
            # git writes the index after the blocks that it leads to, so positions decrease and the loop ends.
            if not isinstance(child, int) or child >= position:
                raise ValueError("its index is wrong")
            position = child

    def _leaf_without_index(self, key: bytes) -> tuple[Block, int]:
        """Return the last block whose first name is not greater; the first matching ref may be in the next block."""
        leaf = self._block(0)
        while (following := self._next_refs(leaf[1])) is not None and following[0].first_key() <= key:
            leaf = following
        return leaf

    def _next_refs(self, position: int) -> tuple[Block, int] | None:
        """Return the block of refs at a position, None if the blocks of refs end there."""
        kind = self._kind_at(position)
        if kind == REFS:
            return self._block(position)
        ends = {b"": True, INDEX: position <= self._index, OBJECTS: position == self._objects}
        if not (ends.get(kind, False) or (kind == LOGS and position == self._logs)):
            raise ValueError(f"unexpected data at byte {position}")
        return None

    def _kind_at(self, position: int) -> bytes:
        return os.pread(self._file, 1, position) if position < self._end else b""

    def _block(self, position: int) -> tuple[Block, int]:
        """Return the block at a position, and where the next one begins."""
        header = 0 if position else self._header
        guess = self._block_size or _USUAL_BLOCK
        data = self._read(position, guess)
        kind = data[header : header + 1]
        length = int.from_bytes(data[header + 1 : header + BLOCK_HEADER])
        if kind not in KINDS or kind in (OBJECTS, LOGS) or length <= header + BLOCK_HEADER:
            raise ValueError(f"there is no block of refs at byte {position}")
        if length > len(data):
            data = self._read(position, length)
        if length > len(data):
            raise ValueError(f"the block at byte {position} is cut off")
        is_aligned = length < self._block_size and data[length : length + 1] in (b"", b"\0")
        following = position + (self._block_size if is_aligned else length)
        return Block(data[:length], header, self._id_length), following

    def _read(self, position: int, length: int) -> bytes:
        return os.pread(self._file, max(0, min(length, self._end - position)), position)


def _check_last(block: Block, last_key: bytes) -> None:
    """Compare a block's last key with the key in the index above it; the first block of the index has none above it."""
    if (block.last_key() != last_key) if last_key else (block.kind != INDEX):
        raise ValueError("its index is wrong")
