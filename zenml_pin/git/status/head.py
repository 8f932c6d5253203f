"""HEAD's side of the clean check: the entries of HEAD's tree at a path."""

from __future__ import annotations

import os

from zenml_pin.base.files import read_regular
from zenml_pin.base.stat_memo import remember
from zenml_pin.git.objects.tree import FILE_NAMES, FOLDER, SUBMODULE, Entry
from zenml_pin.git.objects.walk import walk
from zenml_pin.load_errors import UnsupportedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.base.stat_memo import Memo
    from zenml_pin.git.objects.object_store import Objects
    from zenml_pin.git.refs import Refs
    from zenml_pin.git.repository import GitRepository

_PACKED_LIMIT = 64 * 2**20
_KEPT_LISTINGS = 256
_known: Memo[bool] = {}


class HeadSide:
    """The trees and entries of HEAD at and below a path.

    Attributes:
        folders: Ids of the trees from the root to the path and below it, by path.
        entries: The entries that are not folders, by path. Both dicts are shared: callers must not change them.
    """

    def __init__(self, repository: GitRepository, refs: Refs, folder: bytes) -> None:
        head = refs.head()
        self.entries: dict[bytes, Entry] = {}
        self.folders: dict[bytes, str] = {}
        self._folder = folder
        if head is not None:
            commit = repository.objects.get_commit(head)
            replaced = _replaced(refs)
            if head in replaced:
                raise UnsupportedError(f"HEAD's commit {head} is replaced by another (refs/replace)")
            if replaced:
                self._read(repository.objects, commit.tree, folder, replaced)
            else:
                self._recall(repository.objects, commit.tree, folder)

    @property
    def nearest(self) -> bytes | None:
        """The path if it is a folder, else the deepest folder on the way to it; None before the first commit."""
        if self._folder in self.folders:
            return self._folder
        return max(self.folders, key=len, default=None)

    def _recall(self, objects: Objects, root: str, folder: bytes) -> None:
        """Take the listing of the path from the objects' memo, which keeps one root tree: listings may be large."""
        latest, listings = objects.listings
        if latest != root or len(listings) >= _KEPT_LISTINGS:
            listings = {}
            objects.listings = root, listings
        listing = listings.get(folder)
        if listing is None:
            self._read(objects, root, folder, set())
            listing = listings[folder] = self.folders, self.entries
        self.folders, self.entries = listing

    def _read(self, objects: Objects, root: str, folder: bytes, replaced: set[str]) -> None:
        """Walk from the root to the path, then collect everything below it."""
        start = Entry("", FOLDER, root)
        path = b""
        for name in folder.split(b"/") if folder else ():
            self._enter(path, start.id, replaced)
            child = objects.entries(start.id).get(os.fsdecode(name))
            path = path + b"/" + name if path else name
            if child is None or (not child.is_folder and path != folder):
                if child is not None and child.mode == SUBMODULE:
                    raise UnsupportedError(f"it is in the submodule '{os.fsdecode(path)}'")
                return
            start = child
        if start.is_folder:
            self._collect(objects, start, folder, replaced)
        else:
            self.entries[folder] = start

    def _collect(self, objects: Objects, start: Entry, folder: bytes, replaced: set[str]) -> None:
        def enter(path: str, tree: Entry) -> bool:
            self._enter(os.fsencode(path), tree.id, replaced)
            return True

        below = walk(
            lambda _, tree: objects.entries(tree.id),
            start,
            os.fsdecode(folder),
            depth=objects.limits.depth,
            enter=enter,
        )
        self.entries = {path.encode(*FILE_NAMES): entry for path, entry in below}

    def _enter(self, path: bytes, tree_id: str, replaced: set[str]) -> None:
        if tree_id in replaced:
            raise UnsupportedError(f"tree {tree_id} is replaced by another (refs/replace)")
        self.folders[path] = tree_id


def _replaced(refs: Refs) -> set[str]:
    """Return the ids of the objects that git replaces by others."""
    if refs.location.storage == "files" and not _has_replacements(refs.location.shared):
        return set()
    prefix = "refs/replace/"
    return {name.removeprefix(prefix) for name in refs.names(prefix) if refs.find(name)}


def _has_replacements(commondir: str) -> bool:
    if os.path.isdir(f"{commondir}/refs/replace"):
        return True
    path = f"{commondir}/packed-refs"
    return remember(_known, (path,), lambda: _has_packed_replacements(path))


def _has_packed_replacements(path: str) -> bool:
    try:
        packed = read_regular(path, _PACKED_LIMIT)
    except (OSError, OverflowError) as error:
        raise UnsupportedError(f"packed-refs cannot be read: {type(error).__name__}") from error
    return b" refs/replace/" in (packed or b"")
