"""Obstacles: what keeps the classes of a unit from being pinned to HEAD.

Uncommitted changes of the unit, or of a file that it imports from the repository, directly or through others; imports
that a pin cannot follow. Nothing is imported or run to find them.
"""

from __future__ import annotations

import posixpath
from itertools import islice

from zenml_pin.errors import PinError, UncommittedChangesError, UnpinnedError
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.objects.worktree_files import WorktreeTree
from zenml_pin.git.status.remedies import find_remedy
from zenml_pin.pins.detours import iter_detours
from zenml_pin.pins.import_closure import Closure, find_closure
from zenml_pin.pins.native_code import hint_on, is_loaded
from zenml_pin.pins.text_facts import TEXT_MEMO, TextMemo
from zenml_pin.pins.unit import unit_status
from zenml_pin.pins.unparsed import HINT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from zenml_pin.git.any_repository import AnyRepository
    from zenml_pin.git.objects.commit_files import Tree
    from zenml_pin.git.status import Status

Obstacle = UncommittedChangesError | UnpinnedError

# One look at a folder with five files takes as long as a look at one of them alone.
_MOST_OTHERS = 5
_COMMIT = "commit these files"


def unit_obstacles(
    repository: AnyRepository,
    tree: CommitTree,
    roots: tuple[str, ...],
    unit: str,
    texts: TextMemo = TEXT_MEMO,
    closure_of: Callable[[Tree], Closure] | None = None,
) -> Iterator[Obstacle]:
    """Yield the reasons why no class of a unit can be pinned to HEAD. Callers need the first; the others cost more.

    Args:
        repository: The repository; without a working tree nothing is uncommitted.
        tree: HEAD's files.
        roots: Its source roots.
        unit: The unit, which HEAD need not have.
        texts: Facts about texts.
        closure_of: Returns what the unit imports in HEAD's files or in the working tree, for callers that know it.
    """
    status = unit_status(repository, unit)
    if not status.clean:
        yield UncommittedChangesError(unit, status.changes, _hint(status))
    find = closure_of or (lambda files: find_closure(files, roots, unit, texts=texts))
    yield from _import_obstacles(repository, tree, roots, find)


def _import_obstacles(
    repository: AnyRepository, tree: CommitTree, roots: tuple[str, ...], find: Callable[[Tree], Closure]
) -> Iterator[Obstacle]:
    """Yield the reasons in a unit's imports: files that its pin would not have."""
    # In both: only the disk shows imports that were added after the commit, only the commit those that were deleted.
    worktree = repository.worktree
    clean: set[str] = set()
    for files in (tree, WorktreeTree(worktree)) if worktree is not None else (tree,):
        closure = find(files)
        yield from _faults(closure)
        yield from iter_detours(tree, files, roots, worktree, closure)
        if not clean:
            clean |= _in_clean_folder(repository, tree, closure.outside)
        for path in closure.outside:
            if path in clean:
                continue
            status = unit_status(repository, path)
            if not status.clean:
                yield UncommittedChangesError(path, status.changes, _hint(status), chain=closure.chain(path))
            elif tree.find_link(path) is None:
                yield UnpinnedError(
                    f"{' imports '.join(closure.chain(path))}, which is not at HEAD",
                    f"{_COMMIT}, then pin again",
                )
            else:
                clean.add(path)


def _hint(status: Status) -> str:
    return f"{find_remedy(status.changes, _COMMIT)}, then pin again"


def _in_clean_folder(repository: AnyRepository, tree: CommitTree, paths: tuple[str, ...]) -> set[str]:
    """Return files of HEAD that are clean because their common folder is; none if it has many more files."""
    folder = posixpath.commonpath([posixpath.dirname(path) for path in paths]) if len(paths) > 1 else ""
    if not folder:
        return set()
    try:
        most = _MOST_OTHERS * len(paths)
        is_small = sum(1 for _ in islice(tree.iter_paths(folder), most)) < most
        if is_small and unit_status(repository, folder).clean:
            return {path for path in paths if tree.find_link(path) is not None}
    except PinError:
        # The status of each file says more.
        pass
    return set()


def _faults(closure: Closure) -> Iterator[UnpinnedError]:
    """Yield the files of a closure that cannot be loaded from memory."""
    for path, reason in closure.unparsed.items():
        chain = closure.chain(path)
        where = f"{' imports '.join(chain)}: " if len(chain) > 1 else ""
        yield UnpinnedError(f"{where}not committed, because {reason}", HINT)
    for path, reason in closure.faults:
        if not is_loaded(path):
            yield UnpinnedError(
                f"{' imports '.join(closure.chain(path))}, which cannot be imported from memory: {reason}",
                hint_on(path),
            )
