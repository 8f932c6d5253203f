"""HEAD's side of the clean check: which entries HEAD's tree holds at a path."""

from __future__ import annotations

import os

from zenml_pin.errors import LimitError, UnsupportedError
from zenml_pin.git.tree import SUBMODULE, Entry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.git.objects import Objects
    from zenml_pin.git.repository import GitRepository


class HeadSide:
    """What HEAD holds at and below a path.

    Attributes:
        commit_id: HEAD's commit, None before the first.
        root: Id of its root tree.
        folders: Ids of the trees from the root to the path, by path; the path's own where it is a folder.
        entries: What is no folder, by path.
    """

    def __init__(self, repository: GitRepository, folder: bytes) -> None:
        commit = repository.head_commit()
        self.entries: dict[bytes, Entry] = {}
        self.folders: dict[bytes, str] = {}
        if commit is not None:
            replaced = _replaced(repository)
            if commit.id in replaced:
                raise UnsupportedError(f"HEAD's commit {commit.id} is replaced by another (refs/replace)")
            self._read(repository.objects, commit.tree, folder, replaced)

    def _read(self, objects: Objects, root: str, folder: bytes, replaced: set[str]) -> None:
        """Walk from the root to the path, then collect everything below it."""
        start = Entry("", 0o040000, root)
        done = b""
        for name in folder.split(b"/") if folder else ():
            self._enter(done, start, replaced)
            child = objects.entries(start.id).get(os.fsdecode(name))
            done = done + b"/" + name if done else name
            if child is None or (not child.is_folder and done != folder):
                if child is not None and child.mode == SUBMODULE:
                    raise UnsupportedError(f"it lies in the submodule '{os.fsdecode(done)}'")
                return
            start = child
        stack = [(folder, start, 0)]
        while stack:
            path, entry, depth = stack.pop()
            if not entry.is_folder:
                self.entries[path] = entry
                continue
            if depth > objects.limits.depth:
                raise LimitError(f"path '{os.fsdecode(path)[:60]}...'", depth, objects.limits.depth, "depth")
            self._enter(path, entry, replaced)
            prefix = path + b"/" if path else b""
            stack += [
                (prefix + os.fsencode(name), child, depth + 1)
                for name, child in objects.entries(entry.id).items()
            ]

    def _enter(self, path: bytes, folder: Entry, replaced: set[str]) -> None:
        if folder.id in replaced:
            raise UnsupportedError(f"tree {folder.id} is replaced by another (refs/replace)")
        self.folders[path] = folder.id


def _replaced(repository: GitRepository) -> set[str]:
    """Return the ids of the objects that git shows others for."""
    layout = repository.layout
    if layout.ref_storage == "files" and not _has_replacements(layout.commondir):
        return set()
    prefix = "refs/replace/"
    return {name.removeprefix(prefix) for name in repository.refs.all() if name.startswith(prefix)}


def _has_replacements(commondir: str) -> bool:
    if os.path.isdir(os.path.join(commondir, "refs", "replace")):
        return True
    try:
        with open(os.path.join(commondir, "packed-refs"), "rb") as file:
            return b" refs/replace/" in file.read()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise UnsupportedError(f"packed-refs cannot be read: {error.strerror}") from error
