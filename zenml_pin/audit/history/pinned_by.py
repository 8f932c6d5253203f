"""PinnedBy: a step of a pipeline document that pins a class."""

from __future__ import annotations

from typing import Any

import attrs

from zenml_pin.audit.facts.document_facts import read_text
from zenml_pin.audit.facts.document_texts import folders_of, from_commit, from_folders
from zenml_pin.audit.report import DocumentReport, SourceReport
from zenml_pin.errors import SourceSyntaxError
from zenml_pin.git.any_repository import here
from zenml_pin.git.repository import GitRepository
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


# By module, then by commit id.
Pins = dict[str, dict[str, list[PinnedBy]]]


def pins_by_document(name: str, repository: AnyRepository) -> Pins:
    """Return the pins of all classes of a name in the repository's documents, by module and commit. Runs nothing.

    Reads the documents of the working tree, or those of HEAD if the repository is bare. A bundle or a server has no
    documents. A document that cannot be read has no pins.
    """
    pins: Pins = {}
    for document in _documents(repository) if isinstance(repository, GitRepository) else ():
        for report in document.sources:
            source = _pin_of(report, name)
            if source is not None and source.commit_id is not None:
                pin = PinnedBy(
                    source.commit_id,
                    document.name or document.path,
                    document.number,
                    report.step,
                    document.path,
                )
                pins.setdefault(source.module, {}).setdefault(source.commit_id, []).append(pin)
    return pins


def _documents(repository: GitRepository) -> list[DocumentReport]:
    start = here() if repository.relative(here()) is not None else repository.root
    if repository.layout.worktree is not None:
        return [read_text(text) for text in from_folders(repository, folders_of(repository, start))]
    tree = repository.find_head_tree()
    if tree is None:
        return []
    return [read_text(text) for text in from_commit(repository, tree, folders_of(repository, start, tree))]


def _pin_of(report: SourceReport, name: str) -> Source | None:
    """Return the source of a document's step; None if it names a class of another name."""
    try:
        parsed = Source.parse(report.source)
    except SourceSyntaxError:
        return None
    return parsed if parsed.name == name else None
