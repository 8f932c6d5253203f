"""RemoteSource: the objects of a repository on a server, fetched on their first read.

    1. the commit and its root tree    `tree:1` and a depth of 1; if refused, `tree:0`: the commit alone
    2. trees and files                 by their ids, several at once (see `batching`), `tree:0`: only these

A server without filters sends the commit's whole tree with the first answer. Each object is hashed before it is stored,
so a server can refuse to send an object, but cannot send a false one. A load of stored objects sends no request.
"""

from __future__ import annotations

import sys
import zlib

from zenml_pin.base import environment
from zenml_pin.base.limits import DEFAULT_LIMITS, Limits
from zenml_pin.base.locks import ForkLock
from zenml_pin.errors import LimitError, ObjectCorruptError, ObjectNotFoundError, RemoteError
from zenml_pin.git.objects.commit import parse_commit
from zenml_pin.git.objects.tree import FOLDER, SUBMODULE, Entry, parse_tree
from zenml_pin.git.objects.walk import once, walk
from zenml_pin.git.remote.batching import Wants
from zenml_pin.git.remote.object_cache import ObjectCache
from zenml_pin.git.remote.server import FilterRefused, NotSent, Server
from zenml_pin.git.storage.pack_in_memory import PackBytes
from zenml_pin.source import object_format_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_COMMIT_FILTERS = ("tree:1", "tree:0", None)
_OBJECT_FILTERS = ("tree:0", None)


class RemoteSource:
    """Objects of one repository on a server. Safe for threads.

    Args:
        url: Its URL.
        limits: `bundle` limits the size of one answer, `timeout` its time.

    Attributes:
        label: The URL without its secrets.
        server: The server that sends the objects.
        knows_format: Whether `object_format` is the server's; the first request tells it.
    """

    def __init__(self, url: str, limits: Limits = DEFAULT_LIMITS) -> None:
        self.server = Server(url, limits.timeout, limits.bundle)
        self.label = self.server.label
        self.object_format = "sha1"
        self.knows_format = False
        self.remedy = ""
        self._limits = limits
        self._lock = ForkLock()
        self._wants = Wants()
        self._refused: set[str] = set()
        self._cache = ObjectCache(environment.cache_folder(), self.object_format)

    def copies(self, object_id: str, limit: int) -> Iterator[tuple[str, bytes]]:
        """Yield the kind and verified content of an object, if it exists; fetch it unless it is in the cache.

        Raises:
            RemoteError: The server cannot be reached, or its answer is wrong.
            LimitError: The object, or the server's answer, is too large.
        """
        with self._lock:
            self._choose_format(object_id)
            copy = self._cache.find(object_id, limit)
            if copy is None and self._fetch(object_id, limit):
                copy = self._cache.find(object_id, limit)
            if copy is not None:
                self._learn(object_id, *copy)
        if copy is not None:
            yield copy

    def fetch_whole(self, commit_id: str) -> None:
        """Fetch all objects of a commit at once, unless all are in the cache.

        Raises:
            RemoteError: The server cannot be reached, or its answer is wrong.
            LimitError: They are too large.
        """
        with self._lock:
            self._choose_format(commit_id)
            pack = None if self._is_whole(commit_id) else self._request([commit_id], 1, (None,))
            if pack is not None:
                self._keep(commit_id, pack, self._limits.tree)

    def close(self) -> None:
        """Close the connection; a later read opens it again."""
        self.server.close()

    def _choose_format(self, object_id: str) -> None:
        """Choose the object format by the length of an id; a repository has one format."""
        object_format = object_format_of(object_id) or self.object_format
        self.knows_format = True
        if object_format != self.object_format:
            self.object_format = object_format
            self._cache = ObjectCache(environment.cache_folder(), object_format)

    def _is_whole(self, commit_id: str) -> bool:
        """Tell whether all objects of a commit are in the cache."""
        commit = self._cache.find(commit_id, self._limits.tree)
        if commit is None:
            return False
        root = Entry("", FOLDER, parse_commit(commit_id, commit[1], self.label).tree)
        try:
            below = walk(self._read_cached, root, depth=None, most=sys.maxsize, enter=once(set()))
            return all(entry.mode == SUBMODULE or self._cache.has(entry.id) for _, entry in below)
        except ObjectNotFoundError:
            return False

    def _read_cached(self, path: str, folder: Entry) -> dict[str, Entry]:
        """Return the entries of a tree in the cache; raise ObjectNotFoundError if it is not there."""
        tree = self._cache.find(folder.id, self._limits.tree)
        if tree is None:
            raise ObjectNotFoundError(folder.id, self.label, path=path)
        return parse_tree(folder.id, tree[1], len(folder.id) // 2, self.label)

    def _fetch(self, name: str, limit: int) -> bool:
        """Fetch an object, together with those that are likely to be read next; tell whether the server has it."""
        is_commit = self._wants.is_commit(name)
        near = [want for want in self._wants.beside(name) if not self._cache.has(want)]
        depth, filters = (1, _COMMIT_FILTERS) if is_commit else (None, _OBJECT_FILTERS)
        pack = self._request([name, *near], depth, filters)
        if pack is None and near:
            # The server may lack one of the others.
            pack = self._request([name], depth, filters)
        if pack is not None:
            self._keep(name, pack, limit)
        return pack is not None

    def _request(
        self, wants: Sequence[str], depth: int | None, filters: Sequence[str | None]
    ) -> bytes | None:
        """Return a server's pack, with the first filter that it does not refuse; None if it sends no pack."""
        for filter in filters:
            if filter in self._refused:
                continue
            try:
                return self.server.fetch(wants, depth, filter)
            except FilterRefused:
                self._refused.add(filter or "")
            except NotSent as refusal:
                self.remedy = (
                    f"the server says '{refusal}': it may only send what its branches and tags reach, "
                    "so put a tag on the commit"
                )
                return None
        raise RemoteError(self.label, "refuses requests with every filter, and requests without a filter")

    def _keep(self, name: str, pack: bytes, limit: int) -> None:
        """Store the objects of a pack that a server sent for a requested object.

        Raises:
            RemoteError: The pack is damaged, or lacks the object.
            LimitError: The object is too large.
        """
        try:
            objects = PackBytes(pack, self.object_format, self._limits, self.label)
            self._cache.add(self._small(objects, name, limit))
        except LimitError:
            raise
        except (ValueError, IndexError, zlib.error) as error:
            raise RemoteError(self.label, f"sent a damaged pack: {error}", "try again") from error
        if name not in objects.objects:
            raise RemoteError(self.label, f"sent other objects than '{name}', which was requested")

    def _small(self, pack: PackBytes, name: str, limit: int) -> Iterator[tuple[str, str, bytes]]:
        """Yield the objects to store: the requested one, and others that are new and not large."""
        for each, packed in pack.objects.items():
            most = limit if each == name else self._limits.tree
            if each == name or (packed.size <= most and not self._cache.has(each)):
                copy = pack.read(each, most)
                assert copy is not None
                yield each, *copy

    def _learn(self, name: str, kind: str, data: bytes) -> None:
        """Record the objects that a commit or tree names, to choose later requests."""
        try:
            if kind == "commit":
                self._wants.add_root(parse_commit(name, data, self.label).tree)
            elif kind == "tree":
                self._wants.add_tree(name, parse_tree(name, data, len(name) // 2, self.label))
        except ObjectCorruptError:
            # The reader of the object raises the same error.
            pass
