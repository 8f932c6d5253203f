"""The index, read for one folder.

Stat data are not trusted. The trailer's checksum is not checked, as in git: entries are compared with HEAD one by one.

Sources: gitformat-index(5).
"""

from __future__ import annotations

import os
import stat
import struct

from zenml_pin.base.files import read_regular
from zenml_pin.base.lazy_attribute import lazy
from zenml_pin.errors import UnsupportedError
from zenml_pin.git.index.binary_search import IndexSearch
from zenml_pin.git.index.cache_tree import find_trees
from zenml_pin.git.index.file_format import (
    IndexEntry,
    iter_extensions,
    parse_header,
    scan_compressed,
    scan_padded,
)
from zenml_pin.git.index.memo import Answers, IndexMemo
from zenml_pin.git.index.split_index import base_of, merge, parse_link
from zenml_pin.git.objects.tree import FILE_NAMES, FOLDER, Entry
from zenml_pin.git.objects.walk import walk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from zenml_pin.git.objects.object_store import Objects

    Wanted = Callable[[bytes, int, int], bool]

# A million files take about 100 MB.
_LIMIT = 2**30
_EMPTY = b"DIRC" + struct.pack(">II", 2, 0) + bytes(32)
# A smaller file is read whole, which takes less than a millisecond.
SEARCH_FROM = 128 * 1024
# After scans for this many paths, one scan for all entries pays.
_FEW = 8


class Index:
    """One index file, opened once, so that all answers are of the same moment.

    Args:
        path: The file; if it is missing, the index is empty.
        id_length: Bytes of an id, 20 or 32.
        objects: Where to read the folders of a sparse index.
        memo: Earlier answers of the file.
    """

    def __init__(self, path: str, id_length: int, objects: Objects, memo: IndexMemo | None = None) -> None:
        self.path = path
        self.id_length = id_length
        self._objects = objects
        self._data: bytes | None = None
        self._size = 0
        self._known = Answers()
        self._descriptor = self._open(memo or IndexMemo())

    def entries(self, folder: bytes) -> list[IndexEntry]:
        """Return the entries at and below a path in the index's order, conflicts included; "" is all.

        Reads all of the file.

        Raises:
            UnsupportedError: The file is damaged, or uses an unsupported feature.
        """
        if folder in self._known.scanned:
            return self._known.scanned[folder]
        whole = self._whole()
        if whole is not None:
            return list(whole.get(folder, ()))
        entries, extensions = self._scan(self._read(), _below(folder))
        if b"link" in extensions:
            # Not kept: it depends on a second file, and the stat of the first does not show changes of that.
            return [entry for entry in self._with_base(extensions[b"link"]) if _is_at(entry.path, folder)]
        if b"sdir" in extensions:
            entries = self._expanded(entries, folder)
        self._known.scanned[folder] = entries
        return entries

    def _whole(self) -> dict[bytes, list[IndexEntry]] | None:
        """Return the entries at and below each path of a small index, once several paths were asked for.

        None if other files decide too.
        """
        known = self._known
        if known.whole is None and len(known.scanned) >= _FEW and self._size < SEARCH_FROM:
            entries, extensions = self._scan(self._read(), _everything)
            known.whole = _by_path(entries) if not extensions.keys() & {b"link", b"sdir"} else None
        return known.whole

    def search(self, path: bytes) -> list[IndexEntry] | None:
        """Return the entries at and below a path by a binary search; None if the search is not possible."""
        known = self._known.searched
        if path not in known:
            known[path] = None if self._search is None else self._search.find(path)
        return known[path]

    def find(self, path: bytes) -> IndexEntry | None:
        """Return the entry of one file; None if there is none, or the file is in a conflict."""
        entries = self.search(path)
        entries = self.entries(path) if entries is None else entries
        return next((entry for entry in entries if entry.path == path and not entry.stage), None)

    def tree_id(self, folder: bytes) -> str | None:
        """Return the id of a folder's tree from the `TREE` extension, None if it does not have it."""
        known = self._known.trees
        if folder not in known:
            known |= {folder: None, **find_trees(self._extension, folder, self.id_length)}
        return known[folder]

    def close(self) -> None:
        """Close the file."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _open(self, memo: IndexMemo) -> int | None:
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise UnsupportedError(f"the index cannot be read: {error.strerror}") from error
        info = os.fstat(descriptor)
        if not stat.S_ISREG(info.st_mode) or info.st_size > _LIMIT:
            os.close(descriptor)
            raise UnsupportedError("the index cannot be read: it is not a regular file, or is too long")
        self._size = info.st_size
        self._known = memo.of(info)
        return descriptor

    @lazy
    def _search(self) -> IndexSearch | None:
        if self._size < SEARCH_FROM or self._descriptor is None:
            return None
        return IndexSearch.open(self._descriptor, self._size, self.id_length)

    @lazy
    def _extension(self) -> bytes:
        """The content of `TREE`, empty if the index does not have it."""
        if self._search is not None:
            return self._search.tree
        return self._scan(self._read(), _nothing)[1].get(b"TREE", b"")

    def _read(self) -> bytes:
        if self._data is None:
            if self._descriptor is None:
                self._data = _EMPTY[: 12 + self.id_length]
            else:
                with open(self._descriptor, "rb", closefd=False) as file:
                    file.seek(0)
                    # Not `_LIMIT`, because `read` would first allocate that many bytes.
                    self._data = file.read(os.fstat(self._descriptor).st_size)
        return self._data

    def _scan(self, data: bytes, wanted: Wanted) -> tuple[list[IndexEntry], dict[bytes, bytes]]:
        version, count = parse_header(data)
        scan = scan_compressed if version == 4 else scan_padded
        end = len(data) - self.id_length
        try:
            entries, position = scan(data, count, wanted, self.id_length)
            if position > end:
                raise ValueError("cut off")
        except (ValueError, IndexError, struct.error) as error:
            raise UnsupportedError("the index is damaged: its entries are cut off") from error
        return entries, dict(iter_extensions(data, position, end))

    def _with_base(self, link: bytes) -> list[IndexEntry]:
        """Return all entries of a split index."""
        own, _ = self._scan(self._read(), _everything)
        try:
            base_id = base_of(link, self.id_length)
            if base_id is None:
                parse_link(link, self.id_length, 0)
                return own
            base, _ = self._scan(self._read_base(base_id), _everything)
            merged = merge(base, own, *parse_link(link, self.id_length, len(base)))
        except (ValueError, IndexError, struct.error) as error:
            raise UnsupportedError("the index is damaged: it does not fit its shared part") from error
        if any(entry.mode == FOLDER for entry in merged):
            # git 2.39 aborts on such an index.
            raise UnsupportedError("the index is both split and sparse")
        return merged

    def _read_base(self, base_id: str) -> bytes:
        path = os.path.join(os.path.dirname(self.path), f"sharedindex.{base_id}")
        try:
            data = read_regular(path, _LIMIT)
        except (OSError, OverflowError) as error:
            raise UnsupportedError(f"the index's shared part cannot be read: {error}") from error
        if data is None:
            raise UnsupportedError("the index's shared part is missing")
        return data

    def _expanded(self, entries: list[IndexEntry], folder: bytes) -> list[IndexEntry]:
        """Return the entries with the folders of a sparse index, above or below the path, replaced by their files."""
        above, _ = self._scan(self._read(), _folder_above(folder))
        expanded = [entry for entry in entries if entry.mode != FOLDER]
        for entry in {*above, *entries} - {*expanded}:
            expanded += [
                IndexEntry(path, child.mode, child.id, skip_worktree=True)
                for path, child in self._below(entry)
                if _is_at(path, folder)
            ]
        return sorted(expanded, key=lambda entry: entry.path)

    def _below(self, folder: IndexEntry) -> Iterator[tuple[bytes, Entry]]:
        """Yield path and entry of each file below a folder of a sparse index."""
        objects = self._objects
        path = os.fsdecode(folder.path.rstrip(b"/"))
        below = walk(
            lambda _, tree: objects.entries(tree.id),
            Entry("", FOLDER, folder.id),
            path,
            depth=objects.limits.depth,
        )
        return ((path.encode(*FILE_NAMES), entry) for path, entry in below)


def _by_path(entries: list[IndexEntry]) -> dict[bytes, list[IndexEntry]]:
    """Return entries by their paths and by the folders above them, in their order; "" has all of them."""
    by_path = {b"": entries}
    for entry in entries:
        path = entry.path
        while path:
            by_path.setdefault(path, []).append(entry)
            path = path.rpartition(b"/")[0]
    return by_path


def _is_at(path: bytes, folder: bytes) -> bool:
    return not folder or path == folder or path.startswith(folder + b"/")


def _below(folder: bytes) -> Wanted:
    """Return a test for names that are a path or below it."""
    if not folder:
        return _everything
    length = len(folder)

    def wanted(data: bytes, start: int, end: int) -> bool:
        if not data.startswith(folder, start):
            return False
        after = start + length
        return after == end or (after < end and data[after] == 0x2F)

    return wanted


def _folder_above(folder: bytes) -> Wanted:
    """Return a test for names that end in "/" and are a path or above it."""
    below = folder + b"/"
    return lambda data, start, end: data[end - 1 : end] == b"/" and below.startswith(data[start:end])


def _nothing(data: bytes, start: int, end: int) -> bool:
    return False


def _everything(data: bytes, start: int, end: int) -> bool:
    return True
