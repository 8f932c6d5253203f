"""The unit of a class: the files that must be committed to pin it, and that are compared when it is loaded.

    trainers/mine/step.py     the folder trainers/mine, with all below it
    step.py                   directly in a source root: the file alone

The path of the class's module decides the unit.
"""

from __future__ import annotations

import posixpath

from zenml_pin.git.any_repository import comparable
from zenml_pin.git.status import Status, get_status

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from zenml_pin.git.any_repository import AnyRepository


def unit_of(path: str, roots: Iterable[str]) -> str:
    """Return the unit of a module's file: its folder, or the file itself directly in a source root."""
    folder = posixpath.dirname(path)
    return path if folder in ("", *roots) else folder


def unit_status(repository: AnyRepository, unit: str) -> Status:
    """Return what is uncommitted in a unit, without documents; nothing where there is no working tree."""
    worktree = repository.worktree
    if worktree is None:
        return Status(unit)
    return get_status(comparable(repository), unit, exempt=_documents_of(worktree))


def _documents_of(worktree: str) -> Callable[[str], bool]:
    """Return what `documents_of` returns, without its import: only uncommitted paths are asked for."""
    is_document: Callable[[str], bool] | None = None

    def ask(path: str) -> bool:
        nonlocal is_document
        if is_document is None:
            from zenml_pin.workspace.folders import documents_of

            is_document = documents_of(worktree)
        return is_document(path)

    return ask
