"""PinnedBy: a step of a pipeline document that pins a class."""

from __future__ import annotations

from typing import Any

import attrs

from zenml_pin.audit.facts.document_texts import folders_of, from_commit, from_folders, read_text
from zenml_pin.audit.report import DocumentReport, SourceReport
from zenml_pin.errors import SourceSyntaxError
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.repository import GitRepository
from zenml_pin.importing.registry import here
from zenml_pin.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.git.any_repository import AnyRepository


@attrs.frozen
class PinnedBy:
    """One pin.

    Attributes:
        commit_id: The full id that it names.
        pipeline: The pipeline's name.
        number: Which content of that name.
        step: Where in the document: "training", "datasource", "pipeline".
        path: The document, relative to the repository's root where it lies in it.
    """

    commit_id: str
    pipeline: str
    number: int
    step: str
    path: str

    @property
    def label(self) -> str:
        """The pipeline, with its number where it is not the first of that name, and the step."""
        number = "" if self.number == 1 else f" ({self.number})"
        return f"{self.pipeline}{number} {self.step}"

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return attrs.asdict(self)


def pins_by_document(source: Source, repository: AnyRepository) -> dict[str, list[PinnedBy]]:
    """Return what the documents here pin a class to, by commit id; those of HEAD where the repository is bare.

    None of a bundle or a server. Runs nothing. Documents that cannot be read pin nothing.
    """
    found: dict[str, list[PinnedBy]] = {}
    for document in _documents(repository) if isinstance(repository, GitRepository) else ():
        for held in document.sources:
            commit_id = _pin_of(held, source)
            if commit_id is not None:
                name = document.name or document.path
                pin = PinnedBy(commit_id, name, document.number, held.step, document.path)
                found.setdefault(commit_id, []).append(pin)
    return found


def _documents(repository: GitRepository) -> list[DocumentReport]:
    start = here() if repository.relative(here()) is not None else repository.root
    head = repository.head_commit()
    if repository.layout.worktree is not None:
        return [read_text(text) for text in from_folders(repository, folders_of(repository, start))]
    if head is None:
        return []
    tree = CommitTree(repository.objects, head.id)
    return [read_text(text) for text in from_commit(repository, tree, folders_of(repository, start, tree))]


def _pin_of(held: SourceReport, source: Source) -> str | None:
    """Return the commit that a source of a document pins a class to; None for another class or no pin."""
    try:
        pinned = Source.parse(held.source)
    except SourceSyntaxError:
        return None
    return pinned.commit_id if (pinned.module, pinned.name) == (source.module, source.name) else None
