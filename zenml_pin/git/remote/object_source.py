"""RemoteSource: the objects of a repository on a server, fetched when they are first read.

    1. the commit and its root tree    `tree:1` and a depth of 1, or `tree:0`, the commit alone, where that is refused
    2. trees and files                 by their ids, several at once (see `wants`), `tree:0`: these and no others

A server without filters sends the commit's whole tree at the first request. Everything is hashed before it is kept,
so a server can refuse, but not lie. A load from what is kept asks nobody.
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
        limits: `bundle` bounds what one answer brings, `timeout` how long it takes.

    Attributes:
        place: The URL without its secrets.
        server: Whom to ask.
    """

    def __init__(self, url: str, limits: Limits = DEFAULT_LIMITS) -> None:
        self.server = Server(url, limits.timeout, limits.bundle)
        self.place = self.server.place
        self.object_format = "sha1"
        self.remedy = ""
        self._limits = limits
        self._lock = ForkLock()
        self._wants = Wants()
        self._refused: set[str] = set()
        self._cache = ObjectCache(environment.cache_folder(), self.object_format)

    def copies(self, object_id: str, limit: int) -> Iterator[tuple[str, bytes]]:
        """Yield the kind and verified content of an object, fetched unless it is kept; nothing where there is none.

        Raises:
            RemoteError: The server cannot be asked, or does not answer as it must.
            LimitError: The object, or what the server sends, is too large.
        """
        with self._lock:
            self._choose_format(object_id)
            found = self._cache.find(object_id, limit)
            if found is None and self._fetch(object_id, limit):
                found = self._cache.find(object_id, limit)
            if found is not None:
                self._learn(object_id, *found)
        if found is not None:
            yield found

    def fetch_whole(self, commit_id: str) -> None:
        """Fetch all objects of a commit at once, unless all are kept.

        Raises:
            RemoteError: The server cannot be asked, or does not answer as it must.
            LimitError: They are too large.
        """
        with self._lock:
            self._choose_format(commit_id)
            pack = None if self._is_whole(commit_id) else self._ask([commit_id], 1, (None,))
            if pack is not None:
                self._keep(commit_id, pack, self._limits.tree)

    def close(self) -> None:
        """Close the connection; a later read opens it again."""
        self.server.close()

    def _choose_format(self, object_id: str) -> None:
        """A repository has one format, and the length of an id tells it."""
        object_format = object_format_of(object_id) or self.object_format
        if object_format != self.object_format:
            self.object_format = object_format
            self._cache = ObjectCache(environment.cache_folder(), object_format)

    def _is_whole(self, commit_id: str) -> bool:
        """Tell whether all objects of a commit are kept."""
        commit = self._cache.find(commit_id, self._limits.tree)
        if commit is None:
            return False
        root = Entry("", FOLDER, parse_commit(commit_id, commit[1], self.place).tree)
        try:
            below = walk(self._read_kept, root, depth=None, most=sys.maxsize, enter=once(set()))
            return all(entry.mode == SUBMODULE or self._cache.has(entry.id) for _, entry in below)
        except ObjectNotFoundError:
            return False

    def _read_kept(self, path: str, folder: Entry) -> dict[str, Entry]:
        """Return what a kept tree holds; one that is not kept is an ObjectNotFoundError."""
        tree = self._cache.find(folder.id, self._limits.tree)
        if tree is None:
            raise ObjectNotFoundError(folder.id, self.place, path=path)
        return parse_tree(folder.id, tree[1], len(folder.id) // 2, self.place)

    def _fetch(self, name: str, limit: int) -> bool:
        """Fetch an object and what goes with it; tell whether the server has it."""
        is_commit = self._wants.is_commit(name)
        near = [want for want in self._wants.beside(name) if not self._cache.has(want)]
        how = (1, _COMMIT_FILTERS) if is_commit else (None, _OBJECT_FILTERS)
        pack = self._ask([name, *near], *how)
        if pack is None and near:
            # It may lack one of the others.
            pack = self._ask([name], *how)
        if pack is not None:
            self._keep(name, pack, limit)
        return pack is not None

    def _ask(self, wants: Sequence[str], depth: int | None, filters: Sequence[str | None]) -> bytes | None:
        """Return the pack that a server sends, by the first filter that it does not refuse; None when it sends none."""
        for filter in filters:
            if filter in self._refused:
                continue
            try:
                return self.server.fetch(wants, depth, filter)
            except FilterRefused:
                self._refused.add(filter or "")
            except NotSent as refusal:
                self.remedy = (
                    f"the server says '{refusal}': it may send only what its branches and tags lead to, "
                    "and a tag on the commit would do"
                )
                return None
        raise RemoteError(self.place, "refuses to send anything without a filter, and every filter")

    def _keep(self, name: str, pack: bytes, limit: int) -> None:
        """Keep the objects of a pack that a server sent for an object.

        Raises:
            RemoteError: The pack is damaged, or lacks the object.
            LimitError: The object is too large.
        """
        try:
            held = PackBytes(pack, self.object_format, self._limits, self.place)
            self._cache.add(self._small(held, name, limit))
        except LimitError:
            raise
        except (ValueError, IndexError, zlib.error) as error:
            raise RemoteError(self.place, f"sent a damaged pack: {error}", "try again") from error
        if name not in held.objects:
            raise RemoteError(self.place, f"sent other objects than '{name}', which it was asked for")

    def _small(self, held: PackBytes, name: str, limit: int) -> Iterator[tuple[str, str, bytes]]:
        """Yield the objects that are kept; a large file that nobody asked for is not."""
        for each, packed in held.objects.items():
            most = limit if each == name else self._limits.tree
            if each == name or (packed.size <= most and not self._cache.has(each)):
                found = held.read(each, most)
                assert found is not None
                yield each, *found

    def _learn(self, name: str, kind: str, data: bytes) -> None:
        """Note what an object says of others, for what will be asked next."""
        try:
            if kind == "commit":
                self._wants.add_root(parse_commit(name, data, self.place).tree)
            elif kind == "tree":
                self._wants.add_tree(name, parse_tree(name, data, len(name) // 2, self.place))
        except ObjectCorruptError:
            # Whoever reads it says so.
            pass
