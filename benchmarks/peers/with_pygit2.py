"""pygit2 in process, files into a memory loader; the check compares hashes of the unit's files with libgit2's index."""

from __future__ import annotations

import os

import memory
import pygit2


class Loader:
    """Keeps the repository open; libgit2 reads the index again if its file has changed."""

    def __init__(self, repo: str) -> None:
        self._repo = pygit2.Repository(repo)
        self._root = repo

    def load(self, commit_id: str, unit: str, module: str, name: str) -> type:
        """Return a class as of a commit."""
        self._require_clean(unit)
        tree = self._repo[commit_id].tree
        files = {path: tree[path].data for path in memory.parents(unit)}
        for path, blob in self._files(tree[unit], unit):
            files[path] = blob.data
        return memory.load(files, module, name)

    def _files(self, tree: pygit2.Tree, prefix: str) -> list[tuple[str, pygit2.Blob]]:
        blobs = []
        for entry in tree:
            path = f"{prefix}/{entry.name}"
            blobs += self._files(entry, path) if entry.type_str == "tree" else [(path, entry)]
        return blobs

    def _require_clean(self, unit: str) -> None:
        index = self._repo.index
        index.read(False)
        committed = {path: blob.id for path, blob in self._files(self._repo.head.peel().tree[unit], unit)}
        for path, blob_id in committed.items():
            if index[path].id != blob_id or pygit2.hashfile(os.path.join(self._root, path)) != blob_id:
                raise RuntimeError(f"'{path}' has uncommitted changes")
        for folder, folders, names in os.walk(os.path.join(self._root, unit)):
            if "__pycache__" in folders:
                folders.remove("__pycache__")
            for name in names:
                path = os.path.relpath(os.path.join(folder, name), self._root)
                if path not in committed and (path in index or not self._repo.path_is_ignored(path)):
                    raise RuntimeError(f"'{path}' has uncommitted changes")
