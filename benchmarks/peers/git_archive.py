"""`git archive` of the unit, unpacked in memory; the check is `git status`."""

from __future__ import annotations

import io
import tarfile

import memory
from gitcommands import git, require_clean


class Loader:
    """Starts git twice for each load."""

    def __init__(self, repo: str) -> None:
        self._repo = repo

    def load(self, commit_id: str, unit: str, module: str, name: str) -> type:
        """Return a class as of a commit."""
        require_clean(self._repo, unit)
        data = git(self._repo, "archive", "--format=tar", commit_id, unit, *memory.parents(unit))
        files = {}
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            for member in archive:
                if (file := archive.extractfile(member)) is not None:
                    files[member.name] = file.read()
        return memory.load(files, module, name)
