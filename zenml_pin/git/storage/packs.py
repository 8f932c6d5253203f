"""Packs: many objects in one file, as deltas of each other, with an index file. dulwich reads them.

This file adds four things:

    1. It reads the sizes from the headers of a whole delta chain before it inflates any of it: a pack of 16 KB can
       contain an object of 10 GiB.
    2. One damaged pack does not hide the others.
    3. Only a few packs are open at a time in the whole process. Each takes four file descriptors; a folder may have
       hundreds of packs, and a process may read from hundreds of repositories. All reads take one lock, so that no
       pack is closed during a read.
    4. It checks the size of a file before each read. dulwich maps files into memory, and reading beyond the end of a
       file that has become shorter would end the process (SIGBUS).

Sources: gitformat-pack(5).
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import zlib
from itertools import count
from weakref import WeakSet

from dulwich.object_format import OBJECT_FORMATS, ObjectFormat
from dulwich.objects import RawObjectID
from dulwich.pack import Pack, PackData, load_pack_index_file

from zenml_pin.base.stat_memo import stamp
from zenml_pin.errors import LimitError
from zenml_pin.git.storage.fanout import Fanout
from zenml_pin.git.storage.pack_entry import KINDS, delta_sizes, read_header

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO, Protocol, TypeVar

    from zenml_pin.base.stat_memo import Stamp

    class Closeable(Protocol):
        def close(self) -> None: ...

    T = TypeVar("T", bound=Closeable)

# The largest inflated size of an intermediate link of a delta chain, for any object at its end.
_LINK_LIMIT = 32 * 2**20
# The largest inflated size of all links of a chain. Each link is built from the one before, so without a limit a small
# pack could take hours.
_CHAIN_LIMIT = 2**30
# Bytes of delta bases that dulwich keeps for each pack; its records of them take half as much in addition. Its default
# of 20 MiB does not make deep chains faster, and a walk through a long history would fill it.
_BASES = 2**20
# Links whose sums are kept; a walk through a long history reads each of them once.
_KEPT_LINKS = 4096
# Packs that are open in the process at a time; the least recently used one of all folders closes first.
_OPEN_PACKS = 16
_ticks = count(1)


class PackFile:
    """One open pack and its index.

    Attributes:
        used: The time of the last read, as a growing number; 0 before the first read.
    """

    def __init__(self, stem: str, object_format: ObjectFormat) -> None:
        self._opened: list[Closeable] = []
        try:
            # We open the files: with a damaged index dulwich would not close a file that it opened.
            self._file = self._keep(_open_regular(stem + ".pack"))
            index_file = self._keep(_open_regular(stem + ".idx"))
            self._sizes = {file.fileno(): _size(file.fileno()) for file in (self._file, index_file)}
            data = self._keep(
                PackData(stem + ".pack", object_format, file=self._file, delta_cache_size=_BASES)
            )
            index = self._keep(load_pack_index_file(stem + ".idx", index_file, object_format))
            # `from_objects` would not close a pack whose checksums differ.
            self._pack = self._keep(Pack.from_lazy_objects(lambda: data, lambda: index))
        except BaseException:
            self.close()
            raise
        self.used = 0
        self._chains: dict[int, int] = {}
        self._id_length = object_format.oid_length

    def offset(self, raw_id: bytes) -> int | None:
        """Return where an object starts, or None if the pack does not have it."""
        self._check_whole()
        try:
            return self._pack.index.object_offset(RawObjectID(raw_id))
        except KeyError:
            return None

    def read(self, raw_id: bytes, offset: int, limit: int) -> tuple[str, bytes]:
        """Return the kind and raw content of the object at the offset that `offset` returned, unverified."""
        self._check_sizes(raw_id, offset, limit)
        number, content = self._pack.resolve_object(offset, *self._pack.data.get_object_at(offset))
        self.used = next(_ticks)
        # A resolved object is a list of parts; only a delta is a tuple.
        assert isinstance(content, list)
        return KINDS[number], b"".join(content)

    def ids(self, raw_prefix: bytes) -> Iterator[str]:
        """Yield the ids that start with a prefix."""
        self._check_whole()
        return (raw_id.hex() for raw_id in self._pack.index.iter_prefix(raw_prefix))

    def close(self) -> None:
        """Close both files."""
        while self._opened:
            part = self._opened.pop()
            # With a damaged pack dulwich raises BufferError, which would hide the real error; the second call
            # closes the files.
            for _ in range(2):
                with contextlib.suppress(Exception):
                    part.close()

    def _keep(self, part: T) -> T:
        self._opened.append(part)
        return part

    def _check_whole(self) -> None:
        """Raise ValueError if a file has become shorter since it was opened."""
        for descriptor, size in self._sizes.items():
            if _size(descriptor) < size:
                raise ValueError("it was cut off while it was open")

    def _check_sizes(self, raw_id: bytes, offset: int, limit: int) -> None:
        """Check the sizes in the headers of a delta chain. A link whose size was small enough is not read again.

        The object's own header is read again: it may be a link of another chain, or an earlier read had a larger limit.
        """
        start: int | None = offset
        bound = limit
        sizes: dict[int, int] = {}
        while start is not None and (start == offset or start not in self._chains):
            if start in sizes:
                raise ValueError("its deltas go in a circle")
            size, base = self._header(start)
            if size > bound:
                raise LimitError(f"object '{raw_id.hex()}'", size, bound, "source")
            sizes[start] = size
            bound = max(limit, _LINK_LIMIT)
            start = base
        total = 0 if start is None else self._chains[start]
        if len(self._chains) > _KEPT_LINKS:
            self._chains.clear()
        for link, size in reversed(sizes.items()):
            self._chains[link] = total = total + size
        bound = max(limit, _CHAIN_LIMIT)
        if total > bound:
            raise LimitError(f"the delta chain of object '{raw_id.hex()}'", total, bound, "source")

    def _header(self, offset: int) -> tuple[int, int | None]:
        """Return the inflated size of an object, and the offset of its delta base."""
        raw = os.pread(self._file.fileno(), 1024, offset)
        _, size, base, stream = read_header(raw, 0, self._id_length)
        if base is None:
            return size, None
        head = zlib.decompressobj().decompress(raw[stream:], 40)
        return max(size, delta_sizes(head)[1]), offset - base if isinstance(base, int) else self.offset(base)


def _open_regular(path: str) -> BinaryIO:
    """Open a regular file; do not wait if a FIFO has its name."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise ValueError(f"'{path}' is not a regular file")
    return open(descriptor, "rb")


def _size(descriptor: int) -> int:
    return os.fstat(descriptor).st_size


class PackFolder:
    """The packs of one objects folder, newest first. Callers must have taken `LOCK`."""

    def __init__(self, folder: str, object_format: str) -> None:
        self._folder = os.path.join(folder, "pack")
        self._format = OBJECT_FORMATS[object_format]
        self._stems: dict[str, tuple[Stamp, Stamp]] = {}
        self._latest = ""
        self._open: dict[str, PackFile] = {}
        self._fanouts: dict[str, Fanout] = {}
        _folders.add(self)
        self.rescan()

    def rescan(self) -> bool:
        """List the folder again; tell whether it has changed, for example after `git gc`, a fetch or a repair."""
        stems = self._list()
        if stems == self._stems:
            return False
        for stem in [stem for stem in self._open if stems.get(stem) != self._stems.get(stem)]:
            self._open.pop(stem).close()
        self._fanouts.clear()
        self._stems = stems
        return True

    def copies(self, object_id: str, limit: int, faults: list[str]) -> Iterator[tuple[str, bytes]]:
        """Yield an object's kind and raw content from each pack that has it, unverified.

        A pack that cannot be read is skipped and reported in `faults`.
        """
        raw_id = bytes.fromhex(object_id)
        for stem in self._candidates(raw_id):
            was_open = stem in self._open
            copy, fault = self._try(stem, raw_id, limit)
            if fault and was_open:
                # Another process may have replaced the file, or other code may have closed our descriptor.
                copy, fault = self._try(stem, raw_id, limit)
            if fault:
                faults.append(fault)
            if copy is not None:
                self._latest = stem
                yield copy

    def _candidates(self, raw_id: bytes) -> Iterator[str]:
        """Yield the packs that may have an object, the last used one first: most of a commit is in one pack."""
        latest = self._latest if self._latest in self._stems else None
        if latest is not None and self._may_hold(latest, raw_id):
            yield latest
        for stem in self._stems:
            if stem != latest and self._may_hold(stem, raw_id):
                yield stem

    def _may_hold(self, stem: str, raw_id: bytes) -> bool:
        if stem in self._open:
            return True
        fanout = self._fanouts.get(stem)
        if fanout is None:
            fanout = self._fanouts[stem] = Fanout(stem + ".idx", len(raw_id))
        return fanout.may_hold(raw_id)

    def _try(self, stem: str, raw_id: bytes, limit: int) -> tuple[tuple[str, bytes] | None, str]:
        """Return an object's kind and raw content, if the pack has it, and the fault of a damaged pack or ""."""
        fault = ""
        try:
            pack = self._get(stem)
            offset = pack.offset(raw_id)
            return (None if offset is None else pack.read(raw_id, offset, limit)), ""
        except (LimitError, MemoryError, RecursionError):
            raise
        except Exception as error:
            # Damage appears as KeyError, AssertionError, struct.error, zlib.error and a dozen other errors.
            fault = f"{type(error).__name__} in '{stem}.pack'"
        if stem in self._open:
            # Only now: the frames of the error, while it existed, kept the pack's mapping open.
            self._open.pop(stem).close()
        return None, fault

    def ids(self, prefix: str) -> set[str]:
        """Return the ids that start with a prefix; packs that cannot be read are skipped."""
        raw_prefix = bytes.fromhex(prefix[: len(prefix) // 2 * 2])
        ids: set[str] = set()
        for stem in self._stems:
            with contextlib.suppress(Exception):
                ids.update(name for name in self._get(stem).ids(raw_prefix) if name.startswith(prefix))
        return ids

    def close(self) -> None:
        """Close every open pack."""
        while self._open:
            self._open.popitem()[1].close()

    def give_up(self, pack: PackFile) -> None:
        """Close one of the open packs; it opens again when it is needed."""
        pack.close()
        self._open = {stem: other for stem, other in self._open.items() if other is not pack}

    def open_packs(self) -> Iterator[PackFile]:
        """Yield the packs that are open."""
        yield from self._open.values()

    def _open_file(self, stem: str) -> PackFile:
        try:
            return PackFile(stem, self._format)
        except OSError as error:
            if error.errno not in (errno.EMFILE, errno.ENFILE):
                raise
        _close_all_but(0)
        return PackFile(stem, self._format)

    def _list(self) -> dict[str, tuple[Stamp, Stamp]]:
        """Return the stems of packs that have an index, newest first, with the stat stamps of both files."""
        stats: dict[str, dict[str, os.stat_result]] = {".pack": {}, ".idx": {}}
        try:
            with os.scandir(self._folder) as entries:
                for entry in entries:
                    stem, suffix = os.path.splitext(entry.path)
                    # `git gc` may delete a file during the listing.
                    with contextlib.suppress(FileNotFoundError):
                        if suffix in stats:
                            stats[suffix][stem] = entry.stat()
        except OSError:
            return {}
        packs, indexes = stats.values()
        stems = sorted(packs.keys() & indexes, key=lambda stem: (-packs[stem].st_mtime, stem))
        return {stem: (stamp(packs[stem]), stamp(indexes[stem])) for stem in stems}

    def _get(self, stem: str) -> PackFile:
        pack = self._open.get(stem)
        if pack is None:
            _close_all_but(_OPEN_PACKS - 1)
            pack = self._open[stem] = self._open_file(stem)
        return pack


_folders: WeakSet[PackFolder] = WeakSet()


def _close_all_but(kept: int) -> None:
    """Close the least recently used packs of the process until at most `kept` are open."""
    opened = [(pack.used, pack, folder) for folder in list(_folders) for pack in folder.open_packs()]
    if len(opened) > kept:
        opened.sort(key=lambda item: item[0])
        for _, pack, folder in opened[: len(opened) - kept]:
            folder.give_up(pack)
