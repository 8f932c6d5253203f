"""PackFile: one open pack, read by hand.

    pack = "PACK" version count entry ... checksum

An object is a chain of deltas and, at its end, a whole object. All sizes in the headers of a chain are checked before
its last object is inflated: a pack of 16 KB can contain an object of 10 GiB.

Objects that deltas built are kept for a while, with all links of their chain. Neighbours in a history are often deltas
of each other, so most reads of a walk apply one delta instead of a whole chain. They are also near each other in the
file, so it is read in pages, of which some are kept: a walk reads a page for twenty objects.

A pack is not trusted: callers hash what they read. Any fault is an error: ValueError, IndexError, OSError, zlib.error.

Sources: gitformat-pack(5).
"""

from __future__ import annotations

import os
import stat
import zlib
from itertools import count

from zenml_pin.base.bounded import RecentBytes
from zenml_pin.errors import LimitError
from zenml_pin.git.storage.pack_entry import (
    KINDS,
    apply_delta,
    delta_sizes,
    read_header,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.git.storage.pack_index import PackIndex

    # Where a stream starts, the first bytes of it, its inflated size, and its content if that is known already.
    Stream = tuple[int, bytes, int, bytes | None]
    # Kind, content, and the inflated size of the whole chain.
    Known = tuple[int, bytes, int]

# The largest inflated size of an intermediate link of a delta chain, for any object at its end.
_LINK_LIMIT = 32 * 2**20
# The largest inflated size of all links of a chain. Each link is built from the one before, so without a limit a small
# pack could take hours.
_CHAIN_LIMIT = 2**30
# Bytes that are read at a time, and how many such pages an open pack keeps.
_PAGE = 2**14
_KEPT_PAGES = 8
# More than the longest header.
_HEADER = 64
# Bytes of deltas that a read keeps; the rest of a longer chain is read again.
_KEPT_STREAMS = 2**20
# A delta of at most this size is inflated at once, a longer one when its base is known.
_SMALL = 2**12
# Two numbers of up to ten bytes are at the start of a delta.
_SIZES = 20
# Bytes of objects that the process keeps, and of the largest one.
_KEPT = 2**22
_LARGEST_KEPT = 2**17
_HEAD = 12
_ticks = count(1)
_tokens = count()
# All reads take one lock, so this needs no other one.
_known: RecentBytes[tuple[int, int], Known] = RecentBytes(_KEPT)


class PackFile:
    """One open pack.

    Args:
        path: The file.
        index: Its index.
        id_length: Bytes of an id, 20 or 32.

    Attributes:
        used: The time of the last read, as a growing number; 0 before the first read.

    Raises:
        OSError: The file cannot be opened.
        ValueError: It is not a pack, or its index belongs to another pack.
    """

    def __init__(self, path: str, index: PackIndex, id_length: int) -> None:
        self._index = index
        self._id_length = id_length
        self._token = next(_tokens)
        self._pages: dict[int, bytes] = {}
        self.used = 0
        self._file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            self._check_ends()
        except BaseException:
            self.close()
            raise

    def read(self, name: str, offset: int, limit: int) -> tuple[str, bytes]:
        """Return the kind and raw content of the object that starts at an offset, unverified.

        Args:
            name: Its id, for messages.
            offset: What its index says.
            limit: Most bytes of content.

        Raises:
            LimitError: It, or a link of its chain, is larger.
        """
        self.used = next(_ticks)
        known = _known.find((self._token, offset))
        if known is not None:
            if len(known[1]) > limit:
                raise LimitError(f"object '{name}'", len(known[1]), limit, "source")
            return KINDS[known[0]], known[1]
        kind, content = self._read_usual(offset, limit) or self._build(name, offset, limit)
        return KINDS[kind], content

    def close(self) -> None:
        """Close the file."""
        descriptor, self._file = self._file, -1
        self._pages.clear()
        if descriptor >= 0:
            try:
                os.close(descriptor)
            except OSError:
                # Loaded code may have closed all open files of its process.
                return

    def _read_usual(self, offset: int, limit: int) -> tuple[int, bytes] | None:
        """Return a small object that is whole, or that a delta builds from a kept one; None if it is anything else.

        Nearly all reads of a walk end here, in less time than `_build` takes, which also decides what is a fault.
        """
        page, at = self._at(offset)
        kind, size, base, position = read_header(page, at, self._id_length)
        if size > _SMALL or size > limit:
            return None
        known = _known.find((self._token, offset - base)) if isinstance(base, int) else None
        if known is None and base is not None:
            return None
        inflater = zlib.decompressobj()
        content = inflater.decompress(page[position : position + size + _HEADER], size + 1)
        if not inflater.eof or len(content) != size:
            return None
        if known is None:
            return (kind, content) if kind in KINDS else None
        kind, other, total = known
        sizes = delta_sizes(content)
        total += size if size > sizes[1] else sizes[1]
        if sizes[1] > limit or total > _CHAIN_LIMIT:
            return None
        content = apply_delta(other, content, sizes)
        self._keep(offset, kind, content, total)
        return kind, content

    def _build(self, name: str, offset: int, limit: int) -> tuple[int, bytes]:
        """Walk down a chain to a whole object or one that is kept, then apply the deltas in reverse."""
        links: dict[int, Stream] = {}
        start, total, left, known = offset, 0, _KEPT_STREAMS, None
        while True:
            kind, base, stream, size = self._header(start)
            if size > (limit if start == offset else max(limit, _LINK_LIMIT)):
                raise LimitError(f"object '{name}'", size, limit, "source")
            total += size
            if base is None:
                break
            left -= len(stream[1] if stream[3] is None else stream[3])
            links[start] = stream if left > 0 else (stream[0], b"", stream[2], None)
            start = base
            if start in links:
                raise ValueError("its deltas go in a circle")
            known = _known.find((self._token, start))
            if known is not None:
                total += known[2]
                break
        most = max(limit, _CHAIN_LIMIT)
        if total > most:
            raise LimitError(f"the delta chain of object '{name}'", total, most, "source")
        if known is not None:
            kind, content, total = known
        else:
            content, total = self._inflate(stream), size
            if links:
                self._keep(start, kind, content, total)
        for start, stream in reversed(links.items()):
            content = apply_delta(content, self._inflate(stream))
            total += max(stream[2], len(content))
            self._keep(start, kind, content, total)
        return kind, content

    def _keep(self, offset: int, kind: int, content: bytes, total: int) -> None:
        if len(content) <= _LARGEST_KEPT:
            # 200 bytes are those of the dict's entries.
            _known.add((self._token, offset), (kind, content, total), len(content) + 200)

    def _header(self, offset: int) -> tuple[int, int | None, Stream, int]:
        """Return the kind of an entry, where its delta base starts, its stream, and the largest size in its headers."""
        page, at = self._at(offset)
        kind, size, base, position = read_header(page, at, self._id_length)
        # The longest usual stream of this size; `_inflate_rest` reads what is still missing.
        raw = page[position : position + size + (size >> 10) + _HEADER]
        start = offset - at + position
        if base is None:
            if kind not in KINDS:
                raise ValueError("an entry is of an unknown kind")
            return kind, None, (start, raw, size, None), size
        stream: Stream = start, raw, size, None
        if size <= _SMALL:
            delta = self._inflate(stream)
            stream = start, b"", size, delta
        else:
            delta = zlib.decompressobj().decompress(raw, _SIZES)
            if len(delta) < _SIZES:
                # It begins at the end of the page, with the code lengths of its first block alone. Only its first
                # bytes are inflated: its size is not checked yet.
                raw = self._pread(_SMALL, start)
                delta = zlib.decompressobj().decompress(raw, _SIZES)
                stream = start, raw, size, None
        result_size = delta_sizes(delta)[1]
        base_start = offset - base if isinstance(base, int) else self._index.find(base)
        if base_start is None or base_start < _HEAD:
            raise ValueError("a delta lacks its base")
        return kind, base_start, stream, size if size > result_size else result_size

    def _at(self, offset: int) -> tuple[bytes, int]:
        """Return some bytes of the file, and where in them the entry at an offset starts."""
        number = offset // _PAGE
        page = self._pages.get(number)
        if page is None:
            while len(self._pages) >= _KEPT_PAGES:
                del self._pages[next(iter(self._pages))]
            page = self._pages[number] = self._pread(_PAGE, number * _PAGE)
        at = offset - number * _PAGE
        return (page, at) if at + _HEADER <= len(page) else (self._pread(_PAGE, offset), 0)

    def _inflate(self, stream: Stream) -> bytes:
        """Return the content of a stream, of exactly the size in its header."""
        start, raw, size, content = stream
        if content is not None:
            return content
        inflater = zlib.decompressobj()
        content = inflater.decompress(raw, size + 1)
        if inflater.eof and len(content) == size:
            return content
        return self._inflate_rest(start + len(raw), size, inflater, content)

    def _inflate_rest(self, position: int, size: int, inflater: zlib._Decompress, content: bytes) -> bytes:
        parts, length = [content], len(content)
        while not inflater.eof and length <= size:
            pending = inflater.unconsumed_tail
            if not pending:
                pending = self._pread(min(size - length + 64, 2**20), position)
                position += len(pending)
            if not pending:
                raise ValueError("a stream is cut off")
            parts.append(inflater.decompress(pending, size + 1 - length))
            length += len(parts[-1])
        if length != size:
            raise ValueError(f"a stream is {'longer' if length > size else 'shorter'} than its header says")
        return b"".join(parts)

    def _check_ends(self) -> None:
        """Check the start of the file, and that its checksum is the one that its index names, as git does."""
        info = os.fstat(self._file)
        if not stat.S_ISREG(info.st_mode):
            raise ValueError("it is not a regular file")
        head = self._pread(_HEAD, 0)
        version, objects = (int.from_bytes(head[at : at + 4], "big") for at in (4, 8))
        if head[:4] != b"PACK" or version not in (2, 3) or objects != self._index.count:
            raise ValueError("it does not contain the pack of its index")
        if self._pread(self._id_length, info.st_size - self._id_length) != self._index.pack_checksum():
            raise ValueError("its checksum is not the one that its index names")

    def _pread(self, size: int, offset: int) -> bytes:
        return os.pread(self._file, size, offset)
