"""PinnedBy: a step of a pipeline document that pins a class."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import attrs

from zenml_pin.component import classes_in
from zenml_pin.git.repository import GitRepository
from zenml_pin.pipelines.entries import Document
from zenml_pin.repository import Repository
from zenml_pin.source import Source


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


def pins_of(source: Source, repository: GitRepository) -> dict[str, list[PinnedBy]]:
    """Return what the documents of the repository's workspace pin a class to, by commit id. Runs nothing."""
    found: dict[str, list[PinnedBy]] = {}
    for document in Repository(_workspace_of(repository)).documents():
        path = document.path or ""
        shown = repository.relative(path) or path
        for step, text in _sources(document):
            pinned = Source.parse(text)
            if (pinned.module, pinned.name) == (source.module, source.name) and pinned.commit_id is not None:
                held = PinnedBy(pinned.commit_id, document.name, document.number, step, shown)
                found.setdefault(pinned.commit_id, []).append(held)
    return found


def _sources(document: Document) -> Iterator[tuple[str, str]]:
    """Yield (where, source) of every class that a document names."""
    entries = {"pipeline": document.pipeline, **document.steps, **document.backends}
    if document.datasource is not None:
        entries["datasource"] = document.datasource
    for step, entry in entries.items():
        for text in dict.fromkeys([entry.source, *classes_in(entry.args)]):
            yield step, text


def _workspace_of(repository: GitRepository) -> str:
    """Return where the documents of a repository are looked for: here, where that is in it, else at its root."""
    here = os.getcwd()
    return here if repository.relative(here) is not None else repository.root
