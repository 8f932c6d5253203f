"""Places: what can be opened to look for commits. Which kind a name means is decided here and nowhere else.

    repository       a folder or file at or below a repository's root     git.repository
    bundle           a file, or bytes                                     git.bundle
    remote           a URL: http(s), ssh or git; file:// is a path         git.remote

An *address* says which place is meant, and whether it is still the one that was opened, without opening it. Since ids
name content, any place may serve any object: `Together` asks others for what one place lacks.
"""

from __future__ import annotations

import os

from zenml_pin.base.hashing import hex_digest
from zenml_pin.base.limits import DEFAULT_LIMITS, Limits
from zenml_pin.base.values import Value
from zenml_pin.errors import NotARepositoryError, ObjectCorruptError, RemoteError, UnsupportedError
from zenml_pin.git.layout import Layout, find_layout
from zenml_pin.git.repository import GitRepository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Protocol, TypeAlias

    from zenml_pin.git.objects.commit import Commit
    from zenml_pin.git.objects.object_store import Objects, ObjectSource
    from zenml_pin.git.remote.repository import Url

    Address: TypeAlias = "Layout | BundleFile | BundleBytes | Url"

    class NamedRefs(Protocol):
        """What the refs of a place lead to; nothing where they are not to be believed."""

        def find(self, name: str) -> str | None:
            """Return the id that a ref leads to."""

        def head(self) -> str | None:
            """Return the id of HEAD's commit."""

        def names(self, prefix: str, commit_id: str | None = None) -> list[str]:
            """Return the full names of the refs that start so, sorted.

            Where a look at what each leads to would ask a server, only those that lead to the commit.
            """

    class AnyRepository(Protocol):
        """An open place. Reading it may open more, packs or a connection; `close` lets go, a later read opens again."""

        @property
        def root(self) -> str:
            """Its name in messages: a path where it has one. Two places of one name hold the same."""

        @property
        def worktree(self) -> str | None:
            """The root of its checked-out files, if it has any."""

        @property
        def objects(self) -> Objects:
            """Its verified objects."""

        @property
        def refs(self) -> NamedRefs:
            """Its refs as they are now."""

        @property
        def address(self) -> str | bytes:
            """What `Registry.open` takes to open it in another process."""

        def head_commit(self) -> Commit | None:
            """Return HEAD's commit, None where there is none."""

        def ids_with_prefix(self, prefix: str) -> set[str]:
            """Return the ids that start with at least four digits."""

        def relative(self, path: str) -> str | None:
            """Return a file's path relative to the worktree, None when it lies outside or there is none."""

        def fetch_whole(self, commit_id: str) -> None:
            """Bring all objects of a commit here at once, where each would be asked for otherwise."""

        def close(self) -> None:
            """Release what is open."""


class BundleFile(Value):
    """The address of a bundle file. One that was replaced has another."""

    key: str
    stamp: tuple[int, ...]

    @classmethod
    def at(cls, path: str) -> BundleFile:
        """Return the address of the file that lies at a path now."""
        path = os.path.realpath(path)
        info = os.stat(path)
        return cls(path, (info.st_dev, info.st_ino, info.st_size, info.st_mtime_ns))


class BundleBytes(Value):
    """The address of a bundle that is in memory."""

    data: bytes

    @property
    def key(self) -> str:
        """What tells it from other places."""
        return f"bundle {hex_digest(self.data, 'sha256')}"


def find_address(name: str | bytes, limits: Limits = DEFAULT_LIMITS) -> Address | None:
    """Return the address of the place that a path or URL (or a bundle's bytes) means; None when there is none.

    Raises:
        UnsupportedError: A repository is there, in a format that is not supported.
    """
    if isinstance(name, bytes):
        return BundleBytes(name)
    if _may_be_url(name):
        from zenml_pin.git.remote.repository import Url
        from zenml_pin.git.remote.url import is_url, local_path

        if is_url(name) and not os.path.exists(name):
            path = local_path(name)
            if path is None:
                return Url(name, limits)
            name = path
    return BundleFile.at(name) if _is_bundle(name) else find_layout(name)


def get_address(name: str | bytes, limits: Limits = DEFAULT_LIMITS) -> Address:
    """Return what `find_address` does; none is a NotARepositoryError."""
    address = find_address(name, limits)
    if address is None:
        raise NotARepositoryError(os.fsdecode(name))
    return address


def open_repository(address: Address, limits: Limits = DEFAULT_LIMITS) -> AnyRepository:
    """Open the place of an address. Of a remote one nothing is asked yet.

    Raises:
        BundleError: It is a damaged bundle.
        RemoteError: It is a URL that cannot be used.
    """
    if isinstance(address, Layout):
        return GitRepository(address, limits)
    from zenml_pin.git.bundle import open_bundle, open_bundle_file

    if isinstance(address, BundleBytes):
        return open_bundle(address.data, limits)
    if isinstance(address, BundleFile):
        return open_bundle_file(address.key, limits)
    from zenml_pin.git.remote.repository import RemoteRepository

    return RemoteRepository(address.url, address.limits)


def _may_be_url(name: str) -> bool:
    """Tell quickly what is surely a path."""
    return "://" in name or ("@" in name and ":" in name)


def is_there(name: str) -> bool:
    """Tell whether a name that a person gave leads anywhere, so that a wrong one does not mean what lies above it."""
    return os.path.exists(name) or (_may_be_url(name) and find_address(name) is not None)


def is_folderless(name: str) -> bool:
    """Tell whether a name means a place that nobody can stand in, as a bundle."""
    return _is_bundle(name)


def _is_bundle(name: str) -> bool:
    if os.path.isdir(name):
        return False
    # Only here: most names are folders, and a repository's load needs nothing of bundles.
    from zenml_pin.git.bundle import is_bundle

    return is_bundle(name)


def comparable(place: AnyRepository) -> GitRepository:
    """Return a place as the repository whose working tree can be compared with it.

    Raises:
        UnsupportedError: It has none.
    """
    if isinstance(place, GitRepository):
        return place
    from zenml_pin.git.bundle import BundleRepository

    kind = "bundle" if isinstance(place, BundleRepository) else "place"
    raise UnsupportedError(f"{kind} '{place.root}' has no worktree to compare")


class CombinedSource:
    """The objects of one place, and of others what it lacks. What it has in a damaged state is an error, as ever.

    Args:
        first: The one.
        others: Gives the others, when they are needed.
    """

    def __init__(self, first: ObjectSource, others: Callable[[], Iterable[ObjectSource]]) -> None:
        self.place = first.place
        self.object_format = first.object_format
        self._first = first
        self._others = others

    def copies(self, object_id: str, limit: int) -> Iterator[tuple[str, bytes]]:
        """Yield each readable copy of the first, else of the others; then raise if one of these was damaged."""
        found = False
        for copy in self._first.copies(object_id, limit):
            found = True
            yield copy
        if not found:
            yield from self._elsewhere(object_id, limit)

    @property
    def remedy(self) -> str:
        """What the first says."""
        return self._first.remedy

    def close(self) -> None:
        """Close the first; the others are not its own."""
        self._first.close()

    def _elsewhere(self, object_id: str, limit: int) -> Iterator[tuple[str, bytes]]:
        fault: ObjectCorruptError | RemoteError | None = None
        for source in self._others():
            if source is self._first or source.object_format != self.object_format:
                continue
            try:
                yield from source.copies(object_id, limit)
            except (ObjectCorruptError, RemoteError) as error:
                fault = fault or error
        if fault is not None:
            raise fault
