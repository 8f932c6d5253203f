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
        commit_id: The commit's full id.
        pipeline: The pipeline's name.
        number: The pipeline's number, among those of the same name.
        step: The component in the document: "training", "datasource", "pipeline".
        path: The document, relative to the repository's root if it is in the repository.
    """

    commit_id: str
    pipeline: str
    number: int
    step: str
    path: str

    @property
    def label(self) -> str:
        """The pipeline, with its number unless that is 1, and the step."""
        number = "" if self.number == 1 else f" ({self.number})"
        return f"{self.pipeline}{number} {self.step}"

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return attrs.asdict(self)


def pins_by_document(source: Source, repository: AnyRepository) -> dict[str, list[PinnedBy]]:
    """Return the pins of a class in the repository's documents, by commit id. Runs nothing.

    Reads the documents of the working tree, or those of HEAD if the repository is bare. A bundle or a server has no
    documents. A document that cannot be read has no pins.
    """
    pins: dict[str, list[PinnedBy]] = {}
    for document in _documents(repository) if isinstance(repository, GitRepository) else ():
        for report in document.sources:
            commit_id = _pin_of(report, source)
            if commit_id is not None:
                name = document.name or document.path
                pin = PinnedBy(commit_id, name, document.number, report.step, document.path)
                pins.setdefault(commit_id, []).append(pin)
    return pins


def _documents(repository: GitRepository) -> list[DocumentReport]:
    start = here() if repository.relative(here()) is not None else repository.root
    head = repository.head_commit()
    if repository.layout.worktree is not None:
        return [read_text(text) for text in from_folders(repository, folders_of(repository, start))]
    if head is None:
        return []
    tree = CommitTree(repository.objects, head.id)
    return [read_text(text) for text in from_commit(repository, tree, folders_of(repository, start, tree))]


def _pin_of(report: SourceReport, source: Source) -> str | None:
    """Return the commit id to which a document pins a class; None if it names another class or has no pin."""
    try:
        parsed = Source.parse(report.source)
    except SourceSyntaxError:
        return None
    return parsed.commit_id if (parsed.module, parsed.name) == (source.module, source.name) else None
