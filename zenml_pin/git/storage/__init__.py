"""The objects of a repository on disk: its loose objects and packs, and those of its alternates.

All are read by hand; dulwich only writes. `git/objects` hashes every object; this room checks its size before it
inflates it. A bundle's pack is read here too.

    loose                               one file an object
    packs, pack_file, pack_index        many objects in one file; `pack_entry` has the format
    pack_in_memory                      the pack of a bundle
    commit_graph, changed_paths         git's commit graph
"""

from __future__ import annotations

import os
from _thread import RLock  # as in zenml_pin.base.locks

from zenml_pin import cache
from zenml_pin.base.files import read_small
from zenml_pin.base.locks import hold_at_fork
from zenml_pin.git.objects.object_store import object_id
from zenml_pin.git.storage.loose import read_loose
from zenml_pin.load_errors import LimitError, ObjectCorruptError
from zenml_pin.source import object_format_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from zenml_pin.git.storage.packs import PackFolder, Packs

    # The folders of objects, and the packs in each.
    Listing = tuple[list[str], list[Packs]]

# git follows chains of alternates this far.
_ALTERNATE_DEPTH = 5
# Each round but the first sees what a `git gc` or `git repack` did during the one before.
_ROUNDS = 10
# One lock for all packs of the process, because all share one limit on open packs.
LOCK = RLock()
hold_at_fork(LOCK)


class DiskSource:
    """Objects on disk. Reads take the lock of all packs, so that no pack is closed during a read.

    Args:
        folder: The `objects` folder.
        object_format: "sha1" or "sha256".
        label: The repository's name in messages.
        remedy: Returns the hint that tells a user how to get a missing object.
        others: More folders of objects, such as the quarantine of a push.
    """

    def __init__(
        self,
        folder: str,
        object_format: str,
        label: str,
        remedy: Callable[[], str] = str,
        others: tuple[str, ...] = (),
    ) -> None:
        self.label = label
        self.object_format = object_format
        self._remedy = remedy
        self._roots = (folder, *others)
        self._folders = _with_alternates(*self._roots)
        self._packs: list[PackFolder] | None = None
        # The folder of the pack that the last object was in; None if it was a loose one.
        self._latest: PackFolder | None = None

    def first_copy(self, object_id: str, limit: int) -> tuple[str, bytes] | None:
        """Return a copy from the pack that was read last, unverified, without a look at anything else; or None.

        Neighbours in a history are in one pack, so most reads of a walk end here.
        """
        packs = self._latest
        if packs is None or len(object_id) != packs.digits or cache.current() is not None:
            # The cache on disk must get every object that a load needs.
            return None
        with LOCK:
            return packs.first_copy(object_id, limit)

    def is_indexed(self, object_id: str) -> bool:
        """Tell whether a pack has an object, from its index alone."""
        raw_id = bytes.fromhex(object_id)
        with LOCK:
            return any(packs.is_indexed(raw_id) for packs in self._open_packs())

    def copies(self, object_id: str, limit: int) -> Iterator[tuple[str, bytes]]:
        """Yield (kind, raw content) of each readable copy, unverified; then raise if a copy was damaged.

        After all copies, lists the folders again: `git gc` may have moved the object.
        """
        if object_format_of(object_id) != self.object_format:
            return
        faults: list[str] = []
        for _ in range(_ROUNDS):
            faults.clear()
            known = self._listing()
            yield from self._try_all(object_id, limit, faults)
            # Another thread may have listed the folders during this round.
            if self._list_again() == known:
                break
        if faults:
            raise ObjectCorruptError(object_id, self.label, faults[0])

    @property
    def folders(self) -> tuple[str, ...]:
        """The objects folder, and those of its alternates."""
        return tuple(self._folders)

    @property
    def remedy(self) -> str:
        """The hint that tells a user how to get a missing object; "" if no way is known."""
        return self._remedy()

    def ids_with_prefix(self, prefix: str) -> set[str]:
        """Return the ids of all objects that start with at least four hexadecimal digits."""
        listing = self._list_again()
        for _ in range(_ROUNDS):
            ids: set[str] = set()
            with LOCK:
                for folder in self._folders:
                    ids.update(name for name in _loose_ids(folder, prefix[:2]) if name.startswith(prefix))
                for packs in self._open_packs():
                    ids |= packs.ids(prefix)
            known, listing = listing, self._list_again()
            if listing == known:
                break
        return ids

    def packs_stamp(self) -> str:
        """Return a text that differs when packs come, go or change."""
        return repr(self._list_again()[1])

    def unpacked(self, raw_ids: frozenset[bytes]) -> frozenset[bytes]:
        """Return those of some objects, given as bytes, that no pack has. Reads no object."""
        left = raw_ids
        with LOCK:
            for packs in self._open_packs():
                left = packs.missing(left)
        return left

    def lacks(self, raw_ids: frozenset[bytes]) -> bool:
        """Tell whether one of some objects, given as bytes, neither is in a pack nor has a file. Reads no object."""
        return any(not self._has_file(raw_id.hex()) for raw_id in self.unpacked(raw_ids))

    def _has_file(self, name: str) -> bool:
        return any(os.path.isfile(f"{folder}/{name[:2]}/{name[2:]}") for folder in self._folders)

    def close(self) -> None:
        """Close every pack; a later read opens them again."""
        with LOCK:
            for packs in self._packs or []:
                packs.close()

    def _listing(self) -> Listing | None:
        """Return the folders and their packs as they are known; None if the packs were not listed yet."""
        with LOCK:
            return None if self._packs is None else (self._folders, [packs.listing for packs in self._packs])

    def _list_again(self) -> Listing:
        """List alternates and packs again, and return them."""
        folders = _with_alternates(*self._roots)
        with LOCK:
            if folders != self._folders:
                self.close()
                self._folders, self._packs, self._latest = folders, None, None
            opened = self._open_packs()
            for packs in opened:
                packs.rescan()
            return folders, [packs.listing for packs in opened]

    def _try_all(self, object_id: str, limit: int, faults: list[str]) -> Iterator[tuple[str, bytes]]:
        for folder in self._folders:
            with LOCK:
                copy = _try_loose(folder, object_id, limit, faults)
            if copy is not None:
                self._latest = None
                yield copy
        disk_cache = cache.current()
        cached = None if disk_cache is None else self._cached(disk_cache, object_id, limit)
        if cached is not None:
            yield cached
        for packed in self._packed(object_id, limit, faults):
            if disk_cache is not None:
                self._keep(disk_cache, object_id, *packed)
            yield packed

    def _packed(self, object_id: str, limit: int, faults: list[str]) -> Iterator[tuple[str, bytes]]:
        with LOCK:
            packs = self._open_packs()
        for pack_folder in packs:
            copies = pack_folder.copies(object_id, limit, faults)
            while True:
                with LOCK:
                    packed = next(copies, None)
                if packed is None:
                    break
                self._latest = pack_folder
                yield packed

    # The cache on disk keeps packed objects, so that a fresh process need not open packs. Its keys name the repository:
    # a repository must not seem to have the objects of another one.

    def _cached(self, disk_cache: cache.Cache, name: str, limit: int) -> tuple[str, bytes] | None:
        content = disk_cache.get(self._cache_key(name))
        if content is None:
            return None
        kind, _, data = content.partition(b"\0")
        copy = kind.decode("ascii", "replace"), data
        return copy if len(data) <= limit and object_id(*copy, self.object_format) == name else None

    def _keep(self, disk_cache: cache.Cache, name: str, kind: str, data: bytes) -> None:
        if object_id(kind, data, self.object_format) == name:
            disk_cache.put(self._cache_key(name), kind.encode("ascii") + b"\0" + data)

    def _cache_key(self, name: str) -> str:
        return f"object {name} {self._folders[0]}"

    def _open_packs(self) -> list[PackFolder]:
        if self._packs is None:
            from zenml_pin.git.storage.packs import PackFolder

            self._packs = [PackFolder(folder, self.object_format) for folder in self._folders]
        return self._packs


def _try_loose(folder: str, object_id: str, limit: int, faults: list[str]) -> tuple[str, bytes] | None:
    try:
        return read_loose(folder, object_id, limit)
    except (LimitError, MemoryError, RecursionError):
        # The last two do not depend on the file.
        raise
    except Exception as error:
        faults.append(f"its loose file: {error}")
        return None


def _loose_ids(folder: str, first: str) -> list[str]:
    try:
        return [first + name for name in os.listdir(os.path.join(folder, first))]
    except OSError:
        return []


def _with_alternates(*roots: str) -> list[str]:
    """Return objects folders and all alternates that they name, directly or indirectly, each once."""
    folders, level = list(roots), list(roots)
    for _ in range(_ALTERNATE_DEPTH):
        level = [path for parent in level for path in _alternates(parent) if path not in folders]
        folders += dict.fromkeys(level)
    return folders


def missing_alternates(folder: str) -> list[str]:
    """Return the alternates of an objects folder that do not exist."""
    return [path for path in _with_alternates(folder) if not os.path.isdir(path)]


def _alternates(folder: str) -> list[str]:
    lines = (read_small(os.path.join(folder, "info", "alternates")) or b"").splitlines()
    paths = [
        os.fsdecode(_unquoted(line)) for line in lines if line and line[:1] != b"#" and b"\0" not in line
    ]
    return [os.path.normpath(os.path.join(folder, path)) for path in paths]


def _unquoted(line: bytes) -> bytes:
    """Return a path without its quotes; broken quotes belong to the path."""
    if not line.startswith(b'"'):
        return line
    # Imported only here, as hardly any path is quoted.
    from zenml_pin.git.c_quotes import unquote

    unquoted = unquote(line)
    return line if unquoted is None else unquoted[0]
