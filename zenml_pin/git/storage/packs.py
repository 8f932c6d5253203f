"""Packs: many objects in one file, as deltas of each other, with an index file.

    pack_index    where each object of a pack starts
    pack_file     one open pack
    here          the packs of a folder

1. One damaged pack does not hide the others.
2. Only a few packs are open at a time in the whole process: a folder may have hundreds of packs, and a process may read
   from hundreds of repositories. All reads take one lock, so that no pack is closed during a read.

Sources: gitformat-pack(5).
"""

from __future__ import annotations

import errno
import os
import struct
from weakref import WeakSet

from zenml_pin.base.stat_memo import stamp
from zenml_pin.errors import LimitError
from zenml_pin.git.storage.pack_file import PackFile
from zenml_pin.git.storage.pack_index import PackIndex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from zenml_pin.base.stat_memo import Stamp

    # The path of each pack without its suffix, and the stamps of pack and index.
    Packs = dict[str, tuple[Stamp, Stamp]]

# Packs that are open in the process at a time; the least recently used one of all folders closes first.
_OPEN_PACKS = 16


class PackFolder:
    """The packs of one objects folder, newest first. Callers must have taken `LOCK`.

    Attributes:
        digits: The length of an id.
        listing: The packs that are known, newest first, with the stat stamps of pack and index.
    """

    def __init__(self, folder: str, object_format: str) -> None:
        self._folder = os.path.join(folder, "pack")
        self._id_length = 32 if object_format == "sha256" else 20
        self.digits = 2 * self._id_length
        self.listing: Packs = {}
        self._latest = ""
        self._open: dict[str, PackFile] = {}
        self._indexes: dict[str, PackIndex] = {}
        _folders.add(self)
        self.rescan()

    def rescan(self) -> None:
        """List the folder again, since a `git gc`, a fetch or a repair may have changed it."""
        listing = self._list()
        if listing == self.listing:
            return
        for stem in [stem for stem in self._open if listing.get(stem) != self.listing.get(stem)]:
            self._open.pop(stem).close()
        self._indexes.clear()
        self.listing = listing

    def copies(self, object_id: str, limit: int, faults: list[str]) -> Iterator[tuple[str, bytes]]:
        """Yield an object's kind and raw content from each pack that has it, unverified.

        A pack that cannot be read is skipped and reported in `faults`.
        """
        raw_id = bytes.fromhex(object_id)
        for stem in self._latest_first():
            was_open = stem in self._open
            copy = self._try(stem, raw_id, limit, faults)
            if copy is not None:
                self._latest = stem
                yield copy
                # The caller wants another copy, so this one was false.
                self._forget(stem)
            if was_open and stem not in self._open:
                # Another process may have replaced the file, or other code may have closed our descriptor, and then
                # opened another file with the same number.
                if copy is None:
                    faults.pop()
                copy = self._try(stem, raw_id, limit, faults)
                if copy is not None:
                    yield copy

    def first_copy(self, object_id: str, limit: int) -> tuple[str, bytes] | None:
        """Return a copy in one of the packs that are open; None if they do not have it, or at any fault."""
        raw_id = bytes.fromhex(object_id)
        copy = self._read_open(self._latest, raw_id, limit)
        if copy is not None:
            return copy
        for stem in list(self._open):
            if copy is None and stem != self._latest:
                copy = self._read_open(stem, raw_id, limit)
                if copy is not None:
                    self._latest = stem
        return copy

    def is_indexed(self, raw_id: bytes) -> bool:
        """Tell whether the index of a pack has an object; indexes that cannot be read have none."""
        for stem in self._latest_first():
            try:
                if self._index(stem).find(raw_id) is not None:
                    self._latest = stem
                    return True
            except (OSError, ValueError, struct.error):
                continue
        return False

    def _read_open(self, stem: str, raw_id: bytes, limit: int) -> tuple[str, bytes] | None:
        index, pack = self._indexes.get(stem), self._open.get(stem)
        if index is None or pack is None:
            return None
        try:
            offset = index.find(raw_id)
            return None if offset is None else pack.read(raw_id.hex(), offset, limit)
        except (LimitError, MemoryError, RecursionError):
            raise
        except Exception:
            # The usual way reports the fault.
            return None

    def _latest_first(self) -> Iterator[str]:
        """Yield the packs, the last used one first: most of a commit is in one pack."""
        latest = self._latest if self._latest in self.listing else None
        if latest is not None:
            yield latest
        for stem in self.listing:
            if stem != latest:
                yield stem

    def _try(self, stem: str, raw_id: bytes, limit: int, faults: list[str]) -> tuple[str, bytes] | None:
        """Return an object's kind and raw content, if the pack has it; report a damaged pack in `faults`."""
        try:
            offset = self._index(stem).find(raw_id)
            return None if offset is None else self._get(stem).read(raw_id.hex(), offset, limit)
        except (LimitError, MemoryError, RecursionError):
            raise
        except Exception as error:
            faults.append(f"'{stem}.pack': {_reason(error)}")
        self._forget(stem)
        return None

    def _forget(self, stem: str) -> None:
        """Close a pack and drop its index, so that the next read opens both again."""
        self._indexes.pop(stem, None)
        if stem in self._open:
            self._open.pop(stem).close()

    def _index(self, stem: str) -> PackIndex:
        index = self._indexes.get(stem)
        if index is None:
            index = self._indexes[stem] = PackIndex(stem + ".idx", self._id_length)
        return index

    def ids(self, prefix: str) -> set[str]:
        """Return the ids that start with a prefix; packs that cannot be read are skipped."""
        raw_prefix = bytes.fromhex(prefix[: len(prefix) // 2 * 2])
        ids: set[str] = set()
        for stem in self.listing:
            try:
                names = [raw_id.hex() for raw_id in self._index(stem).iter_prefix(raw_prefix)]
            except (OSError, ValueError, struct.error):
                continue
            ids.update(name for name in names if name.startswith(prefix))
        return ids

    def missing(self, raw_ids: frozenset[bytes]) -> frozenset[bytes]:
        """Return those of some objects that no pack has; packs whose index cannot be read are skipped."""
        for stem in self.listing if raw_ids else ():
            try:
                find = self._index(stem).find
                raw_ids = frozenset([raw_id for raw_id in raw_ids if find(raw_id) is None])
            except (OSError, ValueError, struct.error):
                continue
        return raw_ids

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
        path, index = stem + ".pack", self._index(stem)
        try:
            return PackFile(path, index, self._id_length)
        except OSError as error:
            if error.errno not in (errno.EMFILE, errno.ENFILE):
                raise
        _close_all_but(0)
        return PackFile(path, index, self._id_length)

    def _list(self) -> Packs:
        """Return the stems of packs that have an index, newest first, with the stat stamps of both files."""
        stats: dict[str, dict[str, os.stat_result]] = {".pack": {}, ".idx": {}}
        try:
            with os.scandir(self._folder) as entries:
                for entry in entries:
                    stem, suffix = os.path.splitext(entry.path)
                    if suffix in stats:
                        try:
                            stats[suffix][stem] = entry.stat()
                        except FileNotFoundError:
                            # `git gc` deleted it during the listing.
                            continue
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


def _reason(error: Exception) -> str:
    """Return the reason of a fault: our own words, or the kind of an error that damaged bytes cause elsewhere."""
    return str(error) if type(error) in (ValueError, OSError) else type(error).__name__


_folders: WeakSet[PackFolder] = WeakSet()


def _close_all_but(kept: int) -> None:
    """Close the least recently used packs of the process until at most `kept` are open."""
    opened = [(pack.used, pack, folder) for folder in list(_folders) for pack in folder.open_packs()]
    if len(opened) > kept:
        opened.sort(key=lambda item: item[0])
        for _, pack, folder in opened[: len(opened) - kept]:
            folder.give_up(pack)
