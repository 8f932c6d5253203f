"""Objects: what an id names, hashed again each time it is read.

A *source of objects* gives raw bytes for an id and need not be trusted; `Objects` hashes them, checks their kind
and size, and parses. So a repository on disk, a bundle, a remote or a dict can serve the same commit, and none of
them can serve a false one.

>>> objects = Objects(MemorySource())
>>> tree_id = objects.source.add("tree", b"")
>>> objects.entries(tree_id)
{}
"""

from __future__ import annotations

from zenml_pin.base.bounded import Bounded
from zenml_pin.base.hashing import new_hasher
from zenml_pin.base.limits import DEFAULT_LIMITS, Limits
from zenml_pin.errors import CommitNotFoundError, NotACommitError, ObjectCorruptError, ObjectNotFoundError
from zenml_pin.git.objects.commit import Commit, parse_commit
from zenml_pin.git.objects.tree import Entry, parse_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Protocol

    class ObjectSource(Protocol):
        """Whatever serves objects.

        `place` is its name in messages, a path where it has one; `remedy` says what brings an object that it lacks,
        "" for the usual.
        """

        place: str
        object_format: str

        @property
        def remedy(self) -> str: ...

        def copies(self, object_id: str, limit: int) -> Iterator[tuple[str, bytes]]:
            """Yield (kind, raw content) for each copy of an object, best first, each unverified.

            Raises LimitError before inflating more than `limit` bytes, and ObjectCorruptError for a copy
            that cannot be read; the iteration may go on after that only where it says so.
            """

        def close(self) -> None:
            """Release what is open; a later read opens it again."""


# A load of one module reads a dozen trees; the caps keep an audit of a long history in bounds.
_KEPT_TREES = 512
# HEAD's above all, which each clean check asks for.
_KEPT_COMMITS = 64


def object_id(kind: str, data: bytes, object_format: str = "sha1") -> str:
    """Return the id of an object: the hash of its kind, size and content."""
    hasher = new_hasher(object_format, len(data))
    hasher.update(f"{kind} {len(data)}\0".encode("ascii"))
    hasher.update(data)
    return hasher.hexdigest()


class MemorySource:
    """Objects in a dict, for tests and for whoever has them at hand."""

    remedy = ""

    def __init__(self, object_format: str = "sha1", place: str = "memory") -> None:
        self.place = place
        self.object_format = object_format
        self._objects: dict[str, tuple[str, bytes]] = {}

    def add(self, kind: str, data: bytes) -> str:
        """Keep an object and return its id."""
        name = object_id(kind, data, self.object_format)
        self._objects[name] = kind, data
        return name

    def copies(self, object_id: str, limit: int) -> Iterator[tuple[str, bytes]]:
        """Yield the object, if it is here."""
        if object_id in self._objects:
            yield self._objects[object_id]

    def close(self) -> None:
        """Do nothing: there is nothing open."""


class Objects:
    """Verified objects of one source.

    Args:
        source: Where raw objects come from.
        limits: Sizes above which an object is refused before it is inflated.

    Attributes:
        listings: For the clean check: HEAD's root tree, and the folders and files at and below a path in it, by path.
    """

    def __init__(self, source: ObjectSource, limits: Limits = DEFAULT_LIMITS) -> None:
        self.source = source
        self.limits = limits
        self._trees: Bounded[str, dict[str, Entry]] = Bounded(_KEPT_TREES)
        self._commits: Bounded[str, Commit] = Bounded(_KEPT_COMMITS)
        self.listings: tuple[str, dict[bytes, tuple[dict[bytes, str], dict[bytes, Entry]]]] = "", {}

    def find_any(self, name: str, limit: int) -> tuple[str, bytes] | None:
        """Return the kind and verified content of an object, or None when the source has none of that id.

        Raises:
            ObjectCorruptError: Every copy is damaged.
            LimitError: It has more than `limit` bytes.
        """
        damaged = False
        for kind, data in self.source.copies(name, limit):
            if object_id(kind, data, self.source.object_format) == name:
                return kind, data
            damaged = True
        if damaged:
            raise ObjectCorruptError(name, self.source.place, "its content has another id")
        return None

    def find(self, name: str, kind: str, limit: int) -> bytes | None:
        """Return the content of an object as `find_any` does.

        Raises:
            NotACommitError: A commit was asked for, and the id names another kind of object.
            ObjectCorruptError: Something else was, which no sound commit or tree names so.
        """
        found = self.find_any(name, limit)
        if found is None:
            return None
        if found[0] != kind:
            if kind == "commit":
                raise NotACommitError(name, found[0], self.source.place)
            raise ObjectCorruptError(name, self.source.place, f"it is a {found[0]}, not a {kind}")
        return found[1]

    def kind(self, name: str) -> str | None:
        """Return "commit", "tree", "blob" or "tag", or None when the source has no object of that id."""
        found = self.find_any(name, self.limits.tree)
        return None if found is None else found[0]

    def get(self, name: str, kind: str, limit: int) -> bytes:
        """Return the verified content of an object; as `find`, but an absent one is an ObjectNotFoundError."""
        data = self.find(name, kind, limit)
        if data is None:
            raise ObjectNotFoundError(name, self.source.place, self.source.remedy)
        return data

    def find_commit(self, commit_id: str) -> Commit | None:
        """Return a commit, or None when the source has no object of that id now, whatever it had before."""
        data = self.find(commit_id, "commit", self.limits.tree)
        return None if data is None else parse_commit(commit_id, data, self.source.place)

    def get_commit(self, commit_id: str) -> Commit:
        """Return a commit; an absent one is a CommitNotFoundError."""
        commit = self._commits.get(commit_id)
        if commit is None:
            commit = self.find_commit(commit_id)
            if commit is None:
                raise CommitNotFoundError(commit_id, [self.source.place], self.source.remedy)
            self.note(commit)
        return commit

    def note(self, commit: Commit) -> None:
        """Take over a commit that others have verified."""
        self._commits.add(commit.id, commit)

    def entries(self, tree_id: str) -> dict[str, Entry]:
        """Return the entries of a tree by name. The dict is shared: callers must not change it."""
        entries = self._trees.get(tree_id)
        if entries is None:
            data = self.get(tree_id, "tree", self.limits.tree)
            entries = parse_tree(tree_id, data, len(tree_id) // 2, self.source.place)
            self._trees.add(tree_id, entries)
        return entries

    def blob(self, blob_id: str) -> bytes:
        """Return the content of a file, of at most `limits.source` bytes."""
        return self.get(blob_id, "blob", self.limits.source)
