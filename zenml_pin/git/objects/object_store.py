"""Objects by id, hashed again on each read.

A *source of objects* provides raw bytes for an id and need not be trusted; `Objects` hashes them, checks their kind
and size, and parses them. So a repository on disk, a bundle, a server or a dict can provide the same commit, and none
can provide a false one.

>>> from zenml_pin.git.objects.memory_source import MemorySource
>>> objects = Objects(MemorySource())
>>> tree_id = objects.source.add("tree", b"")
>>> objects.entries(tree_id)
{}
"""

from __future__ import annotations

from zenml_pin.base.bounded import Bounded
from zenml_pin.base.hashing import digest_of
from zenml_pin.base.limits import DEFAULT_LIMITS, Limits
from zenml_pin.git.objects.commit import Commit, parse_commit
from zenml_pin.git.objects.tree import Entry, parse_tree
from zenml_pin.load_errors import (
    CommitNotFoundError,
    NotACommitError,
    ObjectCorruptError,
    ObjectNotFoundError,
    RemoteError,
)
from zenml_pin.source import object_format_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Protocol

    from zenml_pin.git.objects.tree_rows import TreeRows

    class ObjectSource(Protocol):
        """Provides raw objects.

        `label` is its name in messages, a path if it has one; `remedy` tells a user how to get an object that it
        lacks, "" for the usual hint. A source may also have a method `first_copy`: it returns what `copies` would
        yield first, or None, and must be faster; and a method `is_indexed`, which tells without a read whether an
        index of a pack has an object. One with a true attribute `is_partial` is made to have only some
        objects of its commits, as a bundle is.
        """

        label: str
        object_format: str

        @property
        def remedy(self) -> str: ...

        def copies(self, object_id: str, limit: int) -> Iterator[tuple[str, bytes]]:
            """Yield (kind, raw content) for each copy of an object, best first, each unverified.

            Raises LimitError before inflating more than `limit` bytes, and ObjectCorruptError for a copy
            that cannot be read; the iteration may continue after that only if the source documents it.
            """

        def close(self) -> None:
            """Close open files and connections; a later read opens them again."""


# What a read raises where an object is missing, damaged or out of reach. It does not say that a path does not exist, or
# that a class was deleted.
FAULTS = (CommitNotFoundError, NotACommitError, ObjectCorruptError, ObjectNotFoundError, RemoteError)

# A load of one module reads a dozen trees; the limits keep the memory of an audit of a long history small.
_KEPT_TREES = 512
# A walk compares neighbours.
_KEPT_ROWS = 64
# Mostly HEAD's, which each clean check reads.
_KEPT_COMMITS = 64


def object_id(kind: str, data: bytes, object_format: str = "sha1") -> str:
    """Return the id of an object: the hash of its kind, size and content."""
    return digest_of(object_format, f"{kind} {len(data)}\0".encode("ascii"), data)


class Objects:
    """Verified objects of one source.

    Args:
        source: Where raw objects come from.
        limits: Sizes above which an object is refused before it is inflated.

    Attributes:
        listings: Memo of the clean check: HEAD's root tree, and by path the folders and files at and below that path.
    """

    def __init__(self, source: ObjectSource, limits: Limits = DEFAULT_LIMITS) -> None:
        self.source = source
        self.limits = limits
        self._first_copy = getattr(source, "first_copy", None)
        self._trees: Bounded[str, dict[str, Entry]] = Bounded(_KEPT_TREES)
        self._rows: Bounded[str, TreeRows] = Bounded(_KEPT_ROWS)
        self._commits: Bounded[str, Commit] = Bounded(_KEPT_COMMITS)
        self.listings: tuple[str, dict[bytes, tuple[dict[bytes, str], dict[bytes, Entry]]]] = "", {}

    def find_any(self, name: str, limit: int) -> tuple[str, bytes] | None:
        """Return the kind and verified content of an object; None if the source does not have it.

        Raises:
            ObjectCorruptError: Every copy is damaged.
            LimitError: It has more than `limit` bytes.
        """
        # Not the source's: a server has that of the id that a thread has asked for last.
        object_format = object_format_of(name) or self.source.object_format
        if self._first_copy is not None:
            copy: tuple[str, bytes] | None = self._first_copy(name, limit)
            if copy is not None and object_id(*copy, object_format) == name:
                return copy
        damaged = False
        for kind, data in self.source.copies(name, limit):
            if object_id(kind, data, object_format) == name:
                return kind, data
            damaged = True
        if damaged:
            raise ObjectCorruptError(name, self.source.label, "its content has another id")
        return None

    def find(self, name: str, kind: str, limit: int) -> bytes | None:
        """Return the content of an object of a kind, as `find_any` does.

        Raises:
            NotACommitError: `kind` is "commit", and the object is of another kind.
            ObjectCorruptError: `kind` is another one, and the object is not of it: the object that named it is wrong.
        """
        copy = self.find_any(name, limit)
        if copy is None:
            return None
        if copy[0] != kind:
            if kind == "commit":
                raise NotACommitError(name, copy[0], self.source.label)
            raise ObjectCorruptError(name, self.source.label, f"it is a {copy[0]}, not a {kind}")
        return copy[1]

    def has_all(self, names: Iterable[str]) -> bool:
        """Tell whether the source has some objects; reads none that the index of a pack has."""
        is_indexed = getattr(self.source, "is_indexed", None)
        return all(
            (is_indexed is not None and is_indexed(name)) or self.find_any(name, self.limits.tree) is not None
            for name in names
        )

    def kind(self, name: str) -> str | None:
        """Return "commit", "tree", "blob" or "tag", or None if the source does not have the object."""
        copy = self.find_any(name, self.limits.tree)
        return None if copy is None else copy[0]

    def get(self, name: str, kind: str, limit: int) -> bytes:
        """Return the verified content of an object, as `find` does; raise ObjectNotFoundError if it is missing."""
        data = self.find(name, kind, limit)
        if data is None:
            raise ObjectNotFoundError(name, self.source.label, self.source.remedy)
        return data

    def find_commit(self, commit_id: str) -> Commit | None:
        """Return a commit, or None if the source does not have it now; always asks the source."""
        data = self.find(commit_id, "commit", self.limits.tree)
        return None if data is None else parse_commit(commit_id, data, self.source.label)

    def get_commit(self, commit_id: str) -> Commit:
        """Return a commit; raise CommitNotFoundError if it is missing."""
        commit = self._commits.get(commit_id)
        if commit is None:
            commit = self.find_commit(commit_id)
            if commit is None:
                raise CommitNotFoundError(commit_id, [self.source.label], self.source.remedy)
            self.note(commit)
        return commit

    def note(self, commit: Commit) -> None:
        """Keep a commit that the caller has verified."""
        self._commits.add(commit.id, commit)

    def entries(self, tree_id: str) -> dict[str, Entry]:
        """Return the entries of a tree by name. The dict is shared: callers must not change it."""
        entries = self._trees.get(tree_id)
        if entries is None:
            data = self.get(tree_id, "tree", self.limits.tree)
            entries = parse_tree(tree_id, data, len(tree_id) // 2, self.source.label)
            self._trees.add(tree_id, entries)
        return entries

    def rows(self, tree_id: str) -> TreeRows:
        """Return the raw entries of a tree: for walks that only compare a few of them."""
        return self._rows.get(tree_id) or self._read_rows(tree_id, None)

    def rows_beside(self, tree_id: str, neighbour: TreeRows) -> TreeRows:
        """Return what `rows` does; faster if the tree has the same names as another one."""
        return self._rows.get(tree_id) or self._read_rows(tree_id, neighbour)

    def _read_rows(self, tree_id: str, neighbour: TreeRows | None) -> TreeRows:
        data = self.get(tree_id, "tree", self.limits.tree)
        rows = None if neighbour is None else neighbour.with_ids_of(data)
        if rows is None:
            from zenml_pin.git.objects.tree_rows import TreeRows

            rows = TreeRows.parse(tree_id, data, len(tree_id) // 2, self.source.label)
        return self._rows.add(tree_id, rows)

    def blob(self, blob_id: str) -> bytes:
        """Return the content of a file, of at most `limits.source` bytes."""
        return self.get(blob_id, "blob", self.limits.source)
