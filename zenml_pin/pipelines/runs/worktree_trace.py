"""The trace of uncommitted code, as the working tree is now: what a run keeps when it begins.

It reads files only: index, HEAD and working tree stay as they are.
"""

from __future__ import annotations

from typing import Any

from zenml_pin import resolver
from zenml_pin.errors import PinError
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.objects.tree import FOLDER, SUBMODULE, Entry
from zenml_pin.git.objects.worktree_files import WorktreeTree
from zenml_pin.git.repository import GitRepository
from zenml_pin.git.status.stored_content import read_stored
from zenml_pin.importing.source_roots import source_roots
from zenml_pin.pins.class_paths import path_of_class
from zenml_pin.pins.import_closure import find_closure
from zenml_pin.pins.lookup import find_repository
from zenml_pin.pins.origin import origin_of
from zenml_pin.pins.unit import unit_of
from zenml_pin.pipelines.runs.texts import AFTER, BEFORE, Detail
from zenml_pin.pipelines.runs.uncommitted import (
    LONGEST,
    LONGEST_FILE,
    MOST_FILES,
    Uncommitted,
    UncommittedFile,
    details_of,
)
from zenml_pin.source import Source


def trace_uncommitted(classes: list[tuple[Any, Source]], root: str | None) -> list[Detail]:
    """Return the trace of classes without a pin for the record; [] when there is nothing to trace.

    Args:
        classes: The classes, with their sources.
        root: The git root of the workspace; only code of this repository is traced.
    """
    repository = find_repository(root) if root is not None else None
    if not isinstance(repository, GitRepository) or repository.worktree is None:
        return []
    own = [(cls, source) for cls, source in classes if _is_inside(repository, cls)]
    if not own:
        return []
    head = repository.find_head_tree()
    kinds: dict[str, str] = {}
    reasons: dict[str, None] = {}
    for cls, source in own:
        try:
            status = resolver.status(cls, repo=root)
        except PinError as error:
            reasons[f"'{source}': {error.message}"] = None
            continue
        kinds |= dict.fromkeys(_imported_untracked(repository, head, cls), "untracked")
        kinds |= {change.path: change.kind.value for change in status.changes}
        reasons |= dict.fromkeys(status.reasons)
    contents = _Contents(repository, head)
    files = [contents.file(path, kinds[path]) for path in sorted(kinds)]
    trace = Uncommitted(
        None if head is None else head.commit_id,
        repository.layout.object_format,
        tuple(sorted(str(source) for _, source in own)),
        tuple(files),
        tuple(reasons),
    )
    return details_of(trace, contents.details)


def _is_inside(repository: GitRepository, cls: object) -> bool:
    try:
        file = origin_of(cls).file
    except PinError:
        return False
    return file is not None and repository.relative(file) is not None


def _imported_untracked(repository: GitRepository, head: CommitTree | None, cls: object) -> list[str]:
    """Return the files that a class's unit imports and that HEAD does not have, also where nothing is committed."""
    tree = WorktreeTree(repository.root)
    roots = source_roots(tree)
    closure = find_closure(tree, roots, unit_of(path_of_class(origin_of(cls), repository), roots))
    return [path for path in closure.outside if head is None or head.find_link(path) is None]


class _Contents:
    """Reads old and new contents of files, as long as there is room for them."""

    def __init__(self, repository: GitRepository, head: CommitTree | None) -> None:
        self._repository = repository
        self._head = head
        self._disk = WorktreeTree(repository.root)
        self._room = LONGEST
        self._count = 0
        self.details: list[Detail] = []

    def file(self, path: str, kind: str) -> UncommittedFile:
        """Return a file, and keep its contents if there is room."""
        old = self._head.find_link(path) if self._head is not None else None
        new = self._disk.find_link(path)
        before = None if old is None or old.mode == FOLDER else old.mode
        after = None if new is None or new.mode == FOLDER else new.mode
        try:
            left_out = self._keep(
                path, old if before is not None else None, new if after is not None else None
            )
        except (PinError, ValueError) as error:
            left_out = error.message if isinstance(error, PinError) else str(error)
        return UncommittedFile(path, kind, before, after, left_out)

    def _keep(self, path: str, old: Entry | None, new: Entry | None) -> str:
        if SUBMODULE in (old.mode if old else 0, new.mode if new else 0):
            return "it is a submodule"
        if self._count >= MOST_FILES:
            return f"more than {MOST_FILES} files were not as in HEAD"
        kept = []
        if old is not None and self._head is not None:
            kept.append(Detail(BEFORE, self._head.objects.blob(old.id), path))
        if new is not None:
            kept.append(Detail(AFTER, read_stored(self._repository, new), path))
        size = sum(len(detail.content) for detail in kept)
        if any(len(detail.content) > LONGEST_FILE for detail in kept):
            return f"it has more than {LONGEST_FILE} bytes"
        if size > self._room:
            return f"the files that were not as in HEAD have more than {LONGEST} bytes"
        self._room -= size
        self._count += 1
        self.details += kept
        return ""
