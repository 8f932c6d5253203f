"""Uncommitted: the trace of a run's code that was in no commit.

A class that has no pin runs as it is in the working tree. So the run keeps HEAD's id and each file of that code that
was not as in HEAD: of the class's folder and of all that it imports from the repository, untracked files too. HEAD with
these files is what ran; it is shown as a patch, and compared like a commit.

What is kept is bounded: of a longer file only its path, and what its kind of change was.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import attrs

from zenml_pin.errors import CommitNotFoundError
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.objects.memory_source import MemorySource
from zenml_pin.git.objects.object_store import Objects
from zenml_pin.git.objects.overlay import overlay
from zenml_pin.git.patch import Version, file_patch
from zenml_pin.pipelines.runs.texts import AFTER, BEFORE, CHANGES, Detail, RunTexts

# Bytes of one file, and of all files of a run, old and new content together; and how many files.
LONGEST_FILE = 2**20
LONGEST = 8 * 2**20
MOST_FILES = 1000


@attrs.frozen
class UncommittedFile:
    """A file that was not as in HEAD.

    Attributes:
        path: Its path, relative to the root of the repository.
        kind: In git's words: modified, staged, untracked, deleted, ...
        before, after: Its mode in HEAD and on disk, as in git; None where it does not exist.
        left_out: Why its content was not kept; "" if it was.
    """

    path: str
    kind: str
    before: int | None
    after: int | None
    left_out: str = ""


@attrs.frozen
class Uncommitted:
    """The code of a run that was in no commit.

    Attributes:
        head: HEAD's id when the run began; None if there was no commit.
        object_format: "sha1" or "sha256".
        sources: The classes that ran without a pin.
        files: The files of their code that were not as in HEAD, sorted by path.
        reasons: What else kept these classes from being pinned, a line each.
    """

    head: str | None
    object_format: str
    sources: tuple[str, ...]
    files: tuple[UncommittedFile, ...]
    reasons: tuple[str, ...] = ()
    _texts: RunTexts | None = attrs.field(default=None, repr=False, eq=False)

    def patch(self) -> str:
        """Return how the files differ from HEAD, in git's format.

        Files whose content was not kept are named in a comment. Bytes that are not UTF-8 are surrogate escapes.
        """
        return b"".join(self._patches()).decode("utf-8", "surrogateescape")

    def _patches(self) -> Iterator[bytes]:
        for file in self.files:
            if file.left_out:
                path = file.path.encode("utf-8", "surrogateescape")
                yield b"# %b (%b): %b\n" % (path, file.kind.encode(), file.left_out.encode())
        for file in self.files:
            if not file.left_out:
                yield file_patch(file.path, self._old(file), self._new(file), self.object_format)

    def _old(self, file: UncommittedFile) -> Version | None:
        return None if file.before is None else (file.before, self._content(BEFORE, file.path))

    def _new(self, file: UncommittedFile) -> Version | None:
        return None if file.after is None else (file.after, self._content(AFTER, file.path))

    def _content(self, kind: str, path: str) -> bytes:
        content = None if self._texts is None else self._texts.find(kind, path)
        return content or b""

    def tree(self, objects: Objects) -> CommitTree:
        """Return the code that ran, as the files of a commit that exists in memory only; its parent is HEAD.

        Args:
            objects: The objects of the repository.

        Raises:
            CommitNotFoundError: They do not have the commit that was HEAD.
        """
        source = MemorySource(self.object_format)
        head = None
        if self.head is not None:
            head = objects.find_commit(self.head)
            if head is None:
                raise CommitNotFoundError(self.head, [str(objects.source.label)])
        files: dict[str, tuple[int, str] | None] = {}
        for file in self.files:
            if file.after is None:
                files[file.path] = None
            elif not file.left_out:
                files[file.path] = file.after, source.add("blob", self._content(AFTER, file.path))
        tree_id = overlay(objects, None if head is None else head.tree, files, source)
        parent = "" if head is None else f"parent {head.id}\n"
        text = f"tree {tree_id}\n{parent}author . <.> 0 +0000\ncommitter . <.> 0 +0000\n\nuncommitted\n"
        commit_id = source.add("commit", text.encode("ascii"))
        return CommitTree(Objects(_Both(source, objects.source), objects.limits), commit_id)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data, without the contents of the files."""
        return {
            "head": self.head,
            "object_format": self.object_format,
            "sources": list(self.sources),
            "files": [attrs.asdict(file) for file in self.files],
            "reasons": list(self.reasons),
        }


def details_of(uncommitted: Uncommitted, contents: Iterable[Detail]) -> list[Detail]:
    """Return what the record keeps of a trace: the trace as JSON, and the contents of its files."""
    return [Detail(CHANGES, json.dumps(uncommitted.to_dict()).encode("ascii")), *contents]


def read_uncommitted(texts: RunTexts) -> Uncommitted | None:
    """Return the trace of a run; None if all of its code was in a commit, and for runs of older releases."""
    content = texts.find(CHANGES)
    if content is None:
        return None
    data = json.loads(content)
    files = tuple(UncommittedFile(**file) for file in data["files"])
    return Uncommitted(
        data["head"], data["object_format"], tuple(data["sources"]), files, tuple(data["reasons"]), texts
    )


class _Both:
    """Objects in memory, and behind them those of a repository."""

    remedy = ""

    def __init__(self, memory: MemorySource, behind: Any) -> None:
        self.label: str = behind.label
        self.object_format: str = behind.object_format
        self._sources = (memory, behind)

    def copies(self, object_id: str, limit: int) -> Iterator[tuple[str, bytes]]:
        """Yield the copies of an object."""
        for source in self._sources:
            yield from source.copies(object_id, limit)

    def close(self) -> None:
        """Do nothing: the repository is not ours to close."""
