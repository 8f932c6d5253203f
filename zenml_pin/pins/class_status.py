"""The status of a class: all that keeps it from being pinned to HEAD, as `pin` finds it; and of a name as text.

A text is a folder if such a folder (or file) is on disk, in the index or in HEAD; else it is a source.
"""

from __future__ import annotations

import os

from zenml_pin.git.any_repository import comparable
from zenml_pin.git.status import Status, get_status
from zenml_pin.load_errors import (
    PathNotFoundError,
    PinnedModuleNotFoundError,
    SourceSyntaxError,
    UncommittedChangesError,
    UnpinnedError,
)
from zenml_pin.source import Source
from zenml_pin.workspace.folders import documents_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.git.any_repository import AnyRepository
    from zenml_pin.git.status import Change


def status_of_class(repository: AnyRepository, path: str, source: Source) -> Status:
    """Return all that keeps a class from being pinned: uncommitted changes, also of what it imports, and other reasons.

    Args:
        repository: The repository.
        path: The class's file, relative to the repository's root.
        source: The class, under the name that is in use.

    Raises:
        UnsupportedError: The repository has no working tree.
    """
    # Of a folder less is asked, and hooks ask often.
    from zenml_pin.importing.source_roots import source_roots
    from zenml_pin.pins.class_paths import head_tree
    from zenml_pin.pins.pinning import iter_obstacles
    from zenml_pin.pins.unit import unit_of

    unit = _status(repository, unit_of(path, source_roots(head_tree(repository))))
    changes: dict[str, Change] = {change.path: change for change in unit.changes}
    reasons: dict[str, None] = {}
    for obstacle in iter_obstacles(repository, path, source):
        if isinstance(obstacle, UncommittedChangesError):
            changes |= {change.path: change for change in obstacle.changes}  # type: ignore[misc]
        else:
            reasons[obstacle.message] = None
    return Status(unit.folder, tuple(changes[path] for path in sorted(changes)), tuple(reasons))


def status_of_text(repository: AnyRepository, folder: str, text: str) -> Status:
    """Return the status of a folder; if there is none, of the class that a text names.

    Args:
        repository: The repository.
        folder: The text as a path, relative to the repository's root.
        text: The text as it was typed.

    Raises:
        PathNotFoundError: It is neither a folder nor a class; the hint names both readings.
    """
    status = _status(repository, folder)
    exists = os.path.lexists(os.path.join(repository.root, folder))
    if not status.clean or exists:
        return status
    from zenml_pin.pins.class_paths import head_tree, path_of_name

    if head_tree(repository).find_link(folder) is not None:
        return status
    try:
        source = Source.parse(text)
        path = path_of_name(source, repository)
    except (SourceSyntaxError, PinnedModuleNotFoundError, UnpinnedError) as error:
        as_source = (
            error.message if "." in text and "/" not in text else "a class is named as in module.Class"
        )
        hint = f"folders are named relative to the root of the repository; as a class: {as_source}"
        raise PathNotFoundError(folder, "HEAD", hint) from error
    return status_of_class(repository, path, source)


def _status(repository: AnyRepository, path: str) -> Status:
    """Return what is uncommitted at a path, without documents; a repository without a working tree is refused."""
    worktree = repository.worktree
    exempt = None if worktree is None else documents_of(worktree)
    return get_status(comparable(repository), path, exempt=exempt)
