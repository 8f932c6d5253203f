"""One `git cat-file --batch` for all loads, files into a memory loader; the check is `git status`."""

from __future__ import annotations

import subprocess

import memory
from gitcommands import require_clean


class Loader:
    """Talks to one git process."""

    def __init__(self, repo: str) -> None:
        self._repo = repo
        self._batch = subprocess.Popen(
            ["git", "cat-file", "--batch"], cwd=repo, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def load(self, commit_id: str, unit: str, module: str, name: str) -> type:
        """Return a class as of a commit."""
        require_clean(self._repo, unit)
        files = {path: self._read(f"{commit_id}:{path}") for path in memory.parents(unit)}
        self._add(files, f"{commit_id}:{unit}", unit)
        return memory.load(files, module, name)

    def _add(self, files: dict[str, bytes], tree: str, prefix: str) -> None:
        data = self._read(tree)
        while data:
            head, _, rest = data.partition(b"\0")
            mode, _, name = head.partition(b" ")
            path, blob_id, data = f"{prefix}/{name.decode()}", rest[:20].hex(), rest[20:]
            if mode == b"40000":
                self._add(files, blob_id, path)
            else:
                files[path] = self._read(blob_id)

    def _read(self, name: str) -> bytes:
        assert self._batch.stdin is not None
        assert self._batch.stdout is not None
        self._batch.stdin.write(name.encode() + b"\n")
        self._batch.stdin.flush()
        size = int(self._batch.stdout.readline().split()[2])
        return self._batch.stdout.read(size + 1)[:-1]
