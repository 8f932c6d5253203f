"""The contents of a store: its runs and artifacts, how large they are, and what refers to what.

An artifact is referred to by the runs that made or got it, and by the documents that have a value in the store. A
reference may also be in a text that nobody here can read, such as a document with a syntax error. So `mentioned` counts
every sha256 in every document and every row of the record: what it does not have, nothing refers to.
"""

from __future__ import annotations

import os
import re
import stat
from collections import Counter
from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import attrs

from zenml_pin.base.files import read_regular
from zenml_pin.base.forms import artifacts_in
from zenml_pin.errors import RecordError
from zenml_pin.pipelines.documents.catalogue import Catalogue, read_catalogue
from zenml_pin.pipelines.documents.model import entries_of
from zenml_pin.pipelines.runs.artifacts import StoredFile
from zenml_pin.pipelines.runs.run import Run
from zenml_pin.pipelines.runs.store import LocalStore
from zenml_pin.workspace.folders import is_document_name

RUN = "run"
DOCUMENT = "document"
_MOST_BYTES = 64 * 1024 * 1024
_SHA256 = re.compile(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")


@attrs.frozen
class Reference:
    """What refers to an artifact.

    Attributes:
        kind: "run" or "document".
        name: The run's id, or the document's path.
        use: What the artifact is there, such as "output 'model' of training".
    """

    kind: str
    name: str
    use: str

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return attrs.asdict(self)


@attrs.frozen
class StoredArtifact:
    """One artifact.

    Attributes:
        id: Its sha256, with a suffix if a step returned it as a file.
        kind: "pickle", "json" or "file".
        path: Its file.
        size: In bytes.
        references: What refers to it: documents, then runs, the newest first.
        is_mentioned: Whether anything refers to it, known or not.
    """

    id: str
    kind: str
    path: str
    size: int
    references: tuple[Reference, ...]
    is_mentioned: bool

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "id": self.id,
            "kind": self.kind,
            "bytes": self.size,
            "is_referred_to": self.is_mentioned,
            "references": [reference.to_dict() for reference in self.references],
        }


@attrs.frozen
class StoreContents:
    """What a store has.

    Attributes:
        folder: The store's folder.
        size: Of all artifacts and the record, in bytes.
        runs: All runs, oldest first.
        artifacts: All artifacts, the largest first.
        missing: References to artifacts without a file, by id.
        leftovers: Files that dead processes left half written.
    """

    folder: str
    size: int
    runs: tuple[Run, ...]
    artifacts: tuple[StoredArtifact, ...]
    missing: dict[str, tuple[Reference, ...]]
    leftovers: tuple[str, ...]

    @property
    def outcomes(self) -> dict[str, int]:
        """How many runs ended in which way."""
        return dict(sorted(Counter(run.outcome for run in self.runs).items()))

    @property
    def unused(self) -> tuple[StoredArtifact, ...]:
        """The artifacts that nothing refers to."""
        return tuple(artifact for artifact in self.artifacts if not artifact.is_mentioned)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        missing = {
            name: [reference.to_dict() for reference in references]
            for name, references in self.missing.items()
        }
        return {
            "store": self.folder,
            "bytes": self.size,
            "runs": {"count": len(self.runs), "outcomes": self.outcomes},
            "artifacts": [artifact.to_dict() for artifact in self.artifacts],
            "missing": missing,
            "leftovers": list(self.leftovers),
        }


def read_contents(store: LocalStore, *folders: str) -> StoreContents:
    """Return what a store has. Writes nothing, opens no artifact, runs nothing.

    Args:
        store: The store.
        folders: The folders of the documents that may refer to its artifacts.

    Raises:
        RecordError: The record or a document cannot be read.
    """
    runs = store.record.runs()
    references = references_of(runs, read_catalogue(*folders))
    mentioned = mentioned_in(store, folders)
    artifacts = [_artifact(file, references, mentioned) for file in store.artifacts.files()]
    known = {artifact.id for artifact in artifacts}
    return StoreContents(
        folder=store.folder,
        size=sum(artifact.size for artifact in artifacts) + store.record.size,
        runs=tuple(runs),
        artifacts=tuple(sorted(artifacts, key=lambda artifact: (-artifact.size, artifact.id))),
        missing={name: tuple(mentions) for name, mentions in references.items() if name not in known},
        leftovers=tuple(store.artifacts.leftovers()),
    )


def _artifact(
    file: StoredFile, references: dict[str, list[Reference]], mentioned: set[str]
) -> StoredArtifact:
    return StoredArtifact(
        id=file.name,
        kind=file.kind,
        path=file.path,
        size=file.size,
        references=tuple(references.get(file.name, ())),
        is_mentioned=file.sha256 in mentioned,
    )


def references_of(runs: Iterable[Run], catalogue: Catalogue) -> dict[str, list[Reference]]:
    """Return what refers to each artifact, by its id: documents, then runs, the newest first."""
    references: dict[str, list[Reference]] = {}
    for document in catalogue.documents:
        for entry in entries_of(document):
            for artifact in artifacts_in(entry.args):
                use = f"value of {entry.name or entry.source.partition('@')[0]}"
                references.setdefault(artifact, []).append(Reference(DOCUMENT, document.path or "", use))
    for run in sorted(runs, key=lambda run: run.started, reverse=True):
        for artifact, use in uses_in(run):
            references.setdefault(artifact, []).append(Reference(RUN, run.id, use))
    return references


def uses_in(run: Run) -> Iterator[tuple[str, str]]:
    """Yield the id of each artifact of a run, with what it is there."""
    for step in run.steps:
        if step.output is not None:
            yield step.output, f"output '{step.output_name}' of {step.key}{', cached' * step.cached}"
        for name, artifact in step.inputs.items():
            yield artifact, f"input '{name}' of {step.key}"
        for artifact in artifacts_in(step.args):
            yield artifact, f"value of {step.key}"


def mentioned_in(store: LocalStore, folders: Iterable[str], without: Container[str] = ()) -> set[str]:
    """Return every sha256 that is in a row of the record or in a document, whatever it means there.

    Args:
        store: The store.
        folders: The folders of the documents.
        without: The ids of runs whose rows do not count.

    Raises:
        RecordError: The record or a document cannot be read.
    """
    mentioned = set(store.record.mentioned(without))
    for path in (path for folder in folders for path in _document_files(folder)):
        mentioned.update(sha256.decode() for sha256 in _SHA256.findall(_read(path)))
    for document in read_catalogue(*folders).documents:
        for entry in entries_of(document):
            mentioned.update(artifacts_in(entry.args))
    return mentioned


def _document_files(folder: str) -> Iterator[str]:
    """Yield the paths of all documents of a folder. One whose file cannot be found out about is an error."""
    with _knowing(folder):
        names = sorted(os.listdir(folder)) if os.path.lexists(folder) else []
    for path in (os.path.join(folder, name) for name in names if is_document_name(name)):
        with _knowing(path):
            mode = os.stat(path).st_mode
        if stat.S_ISREG(mode):
            yield path


def _read(path: str) -> bytes:
    with _knowing(path):
        return read_regular(path, _MOST_BYTES) or b""


@contextmanager
def _knowing(path: str) -> Iterator[None]:
    """Raise RecordError where it stays unknown which artifacts a document needs."""
    hint = "it may refer to artifacts: make it readable, or move it away"
    try:
        yield
    except (OSError, OverflowError) as error:
        raise RecordError(path, getattr(error, "strerror", "") or str(error), hint) from error
