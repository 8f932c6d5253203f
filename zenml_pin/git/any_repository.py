"""AnyRepository: the interface of repositories, bundles and servers. Only this file decides which kind a name means.

    repository       a folder or file at or below a repository's root     git.repository
    bundle           a file, or bytes                                     git.bundle
    server           a URL: http(s), ssh or git; file:// is a path        git.remote

An *address* identifies a repository without opening it; another file at the same path has another address. Since ids
name content, any repository may provide any object: `CombinedSource` reads from others what one repository lacks.
"""

from __future__ import annotations

import os

from zenml_pin.base.limits import DEFAULT_LIMITS, Limits
from zenml_pin.base.locks import ForkLock
from zenml_pin.git.layout import Layout, find_layout, get_layout
from zenml_pin.git.repository import GitRepository
from zenml_pin.load_errors import ObjectCorruptError, RemoteError, UnsupportedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import TypeAlias

    from zenml_pin.git.bundle_address import BundleBytes, BundleFile
    from zenml_pin.git.interfaces import AnyRepository as AnyRepository, NamedRefs as NamedRefs
    from zenml_pin.git.objects.object_store import ObjectSource
    from zenml_pin.git.remote.repository import Url

    Address: TypeAlias = "Layout | BundleFile | BundleBytes | Url"


def find_address(name: str | bytes, limits: Limits = DEFAULT_LIMITS) -> Address | None:
    """Return the address of a repository or bundle, by its path, URL or bytes; None if there is none.

    Raises:
        UnsupportedError: The repository has a format that is not supported.
    """
    if isinstance(name, bytes):
        from zenml_pin.git.bundle_address import BundleBytes

        return BundleBytes(name)
    if _may_be_url(name):
        from zenml_pin.git.remote.repository import Url
        from zenml_pin.git.remote.url import is_url, local_path

        if is_url(name) and not os.path.exists(name):
            path = local_path(name)
            if path is None:
                return Url(name, limits)
            name = path
    if not is_folderless(name):
        return find_layout(name)
    from zenml_pin.git.bundle_address import BundleFile

    return BundleFile.at(name)


def get_address(name: str | bytes, limits: Limits = DEFAULT_LIMITS) -> Address:
    """Return the address as `find_address` does; raise NotARepositoryError if there is none."""
    address = find_address(name, limits)
    if address is None:
        # Its error says what ended the search.
        return get_layout(os.fsdecode(name))
    return address


def open_repository(address: Address, limits: Limits = DEFAULT_LIMITS) -> AnyRepository:
    """Open the repository of an address. A server gets no request before the first read.

    Raises:
        BundleError: The bundle is damaged.
        RemoteError: The URL cannot be used.
    """
    if isinstance(address, Layout):
        return GitRepository(address, limits)
    from zenml_pin.git.bundle import open_bundle, open_bundle_file
    from zenml_pin.git.bundle_address import BundleBytes, BundleFile

    if isinstance(address, BundleBytes):
        return open_bundle(address.data, limits)
    if isinstance(address, BundleFile):
        return open_bundle_file(address.key, limits)
    from atexit import register

    from zenml_pin.git.remote.repository import RemoteRepository

    server = RemoteRepository(address.url, address.limits)
    # Python reports connections that are still open when the interpreter ends as leaks.
    register(server.close)
    return server


def _may_be_url(name: str) -> bool:
    """Return False for most paths, quickly."""
    return "://" in name or ("@" in name and ":" in name)


def is_there(name: str) -> bool:
    """Tell whether a path exists or a URL is one; for a path with a typo, a repository above it must not count."""
    return os.path.exists(name) or (_may_be_url(name) and find_address(name) is not None)


def is_folderless(name: str) -> bool:
    """Tell whether a name means a bundle, which is not a folder and has none above it."""
    if os.path.isdir(name):
        return False
    # Not at the top: most names are folders, and a load from a repository does not need the code of bundles.
    from zenml_pin.git.bundle import is_bundle

    return is_bundle(name)


def comparable(repository: AnyRepository) -> GitRepository:
    """Return the repository as one whose working tree can be compared.

    Raises:
        UnsupportedError: It is a bundle or a server, without a working tree.
    """
    if isinstance(repository, GitRepository):
        return repository
    from zenml_pin.git.bundle import BundleRepository

    kind = "bundle" if isinstance(repository, BundleRepository) else "server"
    raise UnsupportedError(
        f"{kind} '{repository.root}' has no worktree to compare", "name a clone with -C (or repo=)"
    )


class CombinedSource:
    """The objects of one source, and from other sources those that it lacks. A damaged copy in the first is an error.

    Args:
        first: The first source.
        others: Returns the other sources; called when they are needed.
    """

    def __init__(self, first: ObjectSource, others: Callable[[], Iterable[ObjectSource]]) -> None:
        self.label = first.label
        self.object_format = first.object_format
        # Of the first source, if it has one: most reads of a commit end there.
        self.first_copy = getattr(first, "first_copy", None)
        self.is_indexed = getattr(first, "is_indexed", None)
        self._first = first
        self._others = others

    def copies(self, object_id: str, limit: int) -> Iterator[tuple[str, bytes]]:
        """Yield each readable copy of the first source, or else of the others; then raise if one was damaged."""
        has_copy = False
        for copy in self._first.copies(object_id, limit):
            has_copy = True
            yield copy
        if not has_copy:
            yield from self._elsewhere(object_id, limit)

    @property
    def remedy(self) -> str:
        """The hint of the first source."""
        return self._first.remedy

    @property
    def is_partial(self) -> bool:
        """Whether the first source is made to have only some objects of its commits."""
        return getattr(self._first, "is_partial", False)

    def close(self) -> None:
        """Close the first source; the others belong to their repositories."""
        self._first.close()

    def _is_of_another_format(self, source: ObjectSource) -> bool:
        """Tell whether a source has ids of another hash; one on a server does not know until it was asked."""
        return source.object_format != self.object_format and getattr(source, "knows_format", True)

    def _elsewhere(self, object_id: str, limit: int) -> Iterator[tuple[str, bytes]]:
        fault: ObjectCorruptError | RemoteError | None = None
        for source in self._others():
            if source is self._first or self._is_of_another_format(source):
                continue
            try:
                yield from source.copies(object_id, limit)
            except (ObjectCorruptError, RemoteError) as error:
                fault = fault or error
        if fault is not None:
            raise fault


class OpenRepositories:
    """Open repositories by address. Safe for threads."""

    def __init__(self) -> None:
        self._lock = ForkLock()
        self._open: dict[str, tuple[object, AnyRepository]] = {}

    def open(self, name: str | bytes, limits: Limits = DEFAULT_LIMITS) -> AnyRepository:
        """Return the repository of a name; the same object for the same repository.

        Args:
            name: A path at or below a repository's root, the path of a bundle file, or a URL; or a bundle's bytes.
            limits: Sizes above which an object is not read to open it.

        Raises:
            NotARepositoryError: It is none of these.
            BundleError: It is a bundle, and damaged.
        """
        address = get_address(name, limits)
        with self._lock:
            known = self._open.get(address.key)
            if known is None or known[0] != address:
                known = self._open[address.key] = address, open_repository(address, limits)
            return known[1]

    def close(self) -> None:
        """Close all packs; the next read opens them again."""
        with self._lock:
            for _, repository in self._open.values():
                repository.close()


OPENED = OpenRepositories()


def here() -> str:
    """Return the current folder; if it was deleted, a path without a repository."""
    try:
        return os.getcwd()
    except FileNotFoundError:
        return os.devnull
