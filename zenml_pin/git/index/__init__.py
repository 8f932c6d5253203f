"""The index, read for one folder, without the parts that do not matter for it.

    file_format      the bytes of a file: header, entries and extensions
    binary_search    one folder of a large index
    cache_tree, sparse_index, split_index    extensions

Stat data are not trusted. The trailer's checksum is not checked, as in git: entries are compared with HEAD one by one.
Answers are kept until the stat of the file changes. Finding one folder in an index of 100,000 files takes a
millisecond, a stat of the file takes a microsecond.

Sources: gitformat-index(5).
"""

from __future__ import annotations

import os
import stat

from zenml_pin.base.lazy_attribute import lazy
from zenml_pin.base.stat_memo import is_settled, stamp
from zenml_pin.git.index.file_format import (
    IndexEntry,
    is_at,
    scan,
)
from zenml_pin.load_errors import UnsupportedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from zenml_pin.base.stat_memo import Stamp
    from zenml_pin.git.index.binary_search import IndexSearch
    from zenml_pin.git.objects.object_store import Objects

    Wanted = Callable[[bytes, int, int], bool]

# A million files take about 100 MB.
_LIMIT = 2**30
_EMPTY = b"DIRC\0\0\0\2" + bytes(36)
# A smaller file is read whole, which takes less than a millisecond.
SEARCH_FROM = 128 * 1024
# After scans for this many paths, one scan for all entries pays.
_FEW = 8
# Folders of one repository that are checked repeatedly; each has some dozen entries.
_KEPT = 1024


class Answers:
    """The answers for one state of the file: by folder its tree id, and its entries from a scan and from a search.

    Attributes:
        whole: The entries of a small index by each path and folder; None until they are needed.
    """

    def __init__(self) -> None:
        self.trees: dict[bytes, str | None] = {}
        self.scanned: dict[bytes, list[IndexEntry]] = {}
        self.whole: dict[bytes, list[IndexEntry]] | None = None
        self.searched: dict[bytes, list[IndexEntry] | None] = {}

    @property
    def is_full(self) -> bool:
        """Whether there are more answers than a repository's usual few folders need."""
        return len(self.trees) + len(self.scanned) + len(self.searched) > _KEPT


class IndexMemo:
    """The answers of an index file's latest state."""

    def __init__(self) -> None:
        self._latest: tuple[Stamp, Answers] = (), Answers()

    def of(self, info: os.stat_result) -> Answers:
        """Return the answers of the state with this stat; new, empty ones for a file that changed very recently."""
        now = stamp(info)
        known, answers = self._latest
        if now != known or answers.is_full:
            answers = Answers()
            # One assignment: another thread must not combine these answers with another state's stamp.
            self._latest = (now if is_settled(now) else ()), answers
        return answers


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
        entries, extensions = scan(self._read(), self.id_length, _below(folder))
        if b"link" in extensions:
            # Not kept: it depends on a second file, and the stat of the first does not show changes of that.
            from zenml_pin.git.index.split_index import with_base

            own, _ = scan(self._read(), self.id_length, _everything)
            merged = with_base(own, extensions[b"link"], self.path, self.id_length)
            return [entry for entry in merged if is_at(entry.path, folder)]
        if b"sdir" in extensions:
            from zenml_pin.git.index.sparse_index import above, expand

            folders, _ = scan(self._read(), self.id_length, above(folder))
            entries = expand(entries, folders, folder, self._objects)
        self._known.scanned[folder] = entries
        return entries

    def _whole(self) -> dict[bytes, list[IndexEntry]] | None:
        """Return the entries at and below each path of a small index, once several paths were asked for.

        None if other files decide too.
        """
        known = self._known
        if known.whole is None and len(known.scanned) >= _FEW and self._size < SEARCH_FROM:
            entries, extensions = scan(self._read(), self.id_length, _everything)
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
            known |= {folder: None, **self._trees(folder)}
        return known[folder]

    def _trees(self, folder: bytes) -> dict[bytes, str | None]:
        if not self._extension:
            return {}
        from zenml_pin.git.index.cache_tree import find_trees

        return find_trees(self._extension, folder, self.id_length)

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
        # Only a large index needs it.
        from zenml_pin.git.index.binary_search import IndexSearch

        return IndexSearch.open(self._descriptor, self._size, self.id_length)

    @lazy
    def _extension(self) -> bytes:
        """The content of `TREE`, empty if the index does not have it."""
        if self._search is not None:
            return self._search.tree
        return scan(self._read(), self.id_length, _nothing)[1].get(b"TREE", b"")

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


def _by_path(entries: list[IndexEntry]) -> dict[bytes, list[IndexEntry]]:
    """Return entries by their paths and by the folders above them, in their order; "" has all of them."""
    by_path = {b"": entries}
    for entry in entries:
        path = entry.path
        while path:
            by_path.setdefault(path, []).append(entry)
            path = path.rpartition(b"/")[0]
    return by_path


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


def _nothing(data: bytes, start: int, end: int) -> bool:
    return False


def _everything(data: bytes, start: int, end: int) -> bool:
    return True
