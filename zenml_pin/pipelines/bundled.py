"""Documents and bundles: a bundle beside its document, and documents inside a bundle.

Beside a document, so that its pins load even after git has removed their commits:

    pipelines/mine.yaml
    pipelines/mine.bundle

Inside a bundle, among its files:

    pipelines/mine.yaml     the document
    artifacts/<sha256>      values that the document names in the store, such as data that was in memory
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

import attrs

from zenml_pin.at import registry
from zenml_pin.base.atomic import write_whole
from zenml_pin.base.files import BUNDLE_SUFFIX
from zenml_pin.base.forms import artifacts_in
from zenml_pin.base.values import evolve
from zenml_pin.bundles.bundle import Bundle
from zenml_pin.errors import DocumentError, UnknownNameError
from zenml_pin.importing import zenml_names
from zenml_pin.pins.from_subfolder import named_from_below
from zenml_pin.pins.lookup import find_repository
from zenml_pin.pipelines.documents.catalogue import checked
from zenml_pin.pipelines.documents.document import load_document, parse_document
from zenml_pin.pipelines.documents.file_names import folder_in_repository
from zenml_pin.pipelines.documents.model import Document, entries_of, sources_in
from zenml_pin.pipelines.runs.store import LocalStore
from zenml_pin.source import Source
from zenml_pin.workspace.config import Workspace, get_workspace_at
from zenml_pin.workspace.folders import PIPELINES, has_document_suffix
from zenml_pin.yaml.input import read_bytes

_ARTIFACTS = "artifacts"


@attrs.frozen
class Bundled:
    """A bundle of pipelines.

    Attributes:
        bundle: The bundle.
        pins: The sources whose code is in it, each once.
        unpinned: Sources of the documents without a pin; their code is not in the bundle.
    """

    bundle: Bundle
    pins: tuple[Source, ...]
    unpinned: tuple[Source, ...]


def bundled_sources(document: Document) -> list[Source]:
    """Return the sources of all classes of a document, each once, in order, without those of ZenML itself."""
    sources = map(Source.parse, dict.fromkeys(sources_in(document)))
    return [source for source in sources if not zenml_names.is_legacy(source)]


def pins_of(document: Document) -> list[Source]:
    """Return the sources of a document that are pinned to a commit."""
    pins = [source for source in bundled_sources(document) if source.commit_id is not None]
    if document.era == "1":
        return pins
    folder = folder_in_repository(document.path) if document.path is not None else None
    return [named_from_below(source, find_repository(folder)) for source in pins]


def bundle_beside(path: str) -> str:
    """Return the path of the bundle beside a document."""
    return os.path.splitext(path)[0] + BUNDLE_SUFFIX


def write_beside(document: Document) -> str | None:
    """Write the bundle of a stored document beside it and return its path; None when no class is pinned to a commit.

    Raises:
        CommitNotFoundError, ObjectNotFoundError: A commit is not available here.
    """
    assert document.path is not None
    pins = pins_of(document)
    if not pins:
        return None
    path = bundle_beside(document.path)
    data = Bundle.create(pins, repo=folder_in_repository(document.path)).data
    try:
        with open(path, "rb") as file:
            is_same = file.read(len(data) + 1) == data
    except FileNotFoundError:
        is_same = False
    if not is_same:
        write_whole(path, data)
    return path


def bundle_documents(
    paths: Iterable[str], sources: Iterable[Source] = (), to: str | None = None, *, full: bool = False
) -> Bundled:
    """Make a bundle of pipelines and other pins. Each pipeline comes with its document and its values in the store.

    Args:
        paths: The documents' files.
        sources: Other pinned sources.
        to: The file to write; by default the bundle is in memory only.
        full: As in `Bundle.create`.

    Raises:
        DocumentError: A document cannot be read, or two of them have one file name.
        UnknownNameError: A document names a value that is not in the store.
    """
    files: dict[str, bytes] = {}
    pins = list(sources)
    unpinned: dict[Source, None] = {}
    repo = None
    for path in paths:
        document = checked(load_document(path))
        repo = repo or folder_in_repository(path)
        registry.watch(os.path.dirname(os.path.abspath(path)))
        name = f"{PIPELINES}/{os.path.basename(path)}"
        if name in files:
            raise DocumentError("another document of that file name is in the bundle already", path=path)
        files |= {
            name: read_bytes(path),
            **_artifacts(document, get_workspace_at(os.path.dirname(os.path.abspath(path)))),
        }
        pins += pins_of(document)
        unpinned.update(dict.fromkeys(source for source in bundled_sources(document) if not source.is_pinned))
    bundle = Bundle.create(pins, to, repo=repo, full=full, files=files)
    return Bundled(bundle, tuple(dict.fromkeys(pins)), tuple(unpinned))


def documents_in(bundle: Bundle) -> list[Document]:
    """Return the documents that a bundle carries, sorted by file name.

    Raises:
        DocumentError: A document cannot be read.
    """
    return [
        checked(evolve(parse_document(data, f"{bundle.place.root}:{path}"), path=path))
        for path, data in bundle.files.items()
        if os.path.dirname(path) == PIPELINES and has_document_suffix(path)
    ]


def take_document(bundle: Bundle, workspace: Workspace, name: str | None = None) -> Document:
    """Return a document of a bundle, ready to be loaded: attach the bundle and copy the document's data to the store.

    Args:
        bundle: The bundle; it stays attached.
        workspace: Where the pipeline is to run.
        name: The pipeline's name; by default the bundle's only pipeline.

    Raises:
        UnknownNameError: The bundle has no pipeline of that name; or no name is given, and it has none or several.
    """
    document = _choose(bundle, name)
    registry.attach(bundle.place)
    store = LocalStore.of(workspace)
    wanted = set(_artifacts_of(document))
    for path, data in bundle.files.items():
        folder, sha256 = os.path.split(path)
        if folder == _ARTIFACTS and sha256 in wanted:
            store.make()
            store.artifacts.put(data)
    return document


def _choose(bundle: Bundle, name: str | None) -> Document:
    """Return the document of a name, or the only one."""
    documents = {document.name: document for document in documents_in(bundle)}
    if name is None and len(documents) != 1:
        hint = (
            f"name one of them: {', '.join(documents)}"
            if documents
            else "bundle the pipeline's document, not its classes"
        )
        raise UnknownNameError("pipeline", f"the only one of '{bundle.place.root}'", documents, hint)
    document = documents.get(name or next(iter(documents)))
    if document is None:
        raise UnknownNameError("pipeline", name or "", documents)
    return document


def _artifacts(document: Document, workspace: Workspace) -> dict[str, bytes]:
    """Return the stored values of a document, by their path in a bundle."""
    artifacts = LocalStore.of(workspace).artifacts
    return {f"{_ARTIFACTS}/{sha256}": artifacts.get(sha256) for sha256 in _artifacts_of(document)}


def _artifacts_of(document: Document) -> Iterator[str]:
    return (sha256 for entry in entries_of(document) for sha256 in artifacts_in(entry.args))
