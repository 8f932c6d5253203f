"""Choosing a document by name and number: from a pipelines folder, or as of a commit."""

from __future__ import annotations

import attrs

from zenml_pin.errors import ComponentError, DocumentError, PinError, SourceSyntaxError, UnknownNameError
from zenml_pin.git.snapshot import CommitTree
from zenml_pin.pipelines.catalogue import Catalogue, checked, sort_documents, stem_of
from zenml_pin.pipelines.document import parse_document
from zenml_pin.pipelines.entries import Document
from zenml_pin.pipelines.names import SUFFIXES, pipeline_file_name


def choose(found: Catalogue, name: str, number: int | None = None) -> Document:
    """Return one document of a catalogue by name and number.

    Raises:
        UnknownNameError: There is none; the near misses are in the hint.
    """
    if not isinstance(name, str):
        raise ComponentError(f"{name!r} is no name of a pipeline", "give it a text")
    held = found.named(name)
    if not held:
        broken = [path for path in found.broken if stem_of(path) == name]
        hint = f"'{broken[0]}' cannot be read: {found.broken[broken[0]].message}" if broken else ""
        raise UnknownNameError("pipeline", name, found.names, hint)
    wanted = held[-1].number if number is None else number
    numbered = [document for document in held if document.number == wanted]
    if not numbered:
        known = ", ".join(str(document.number) for document in held)
        raise UnknownNameError("pipeline", name, found.names, f"it has {known}", number=number)
    return _only(numbered, name)


def _only(documents: list[Document], name: str) -> Document:
    """Return the one document of a name and number; of copies, the one whose file has the pipeline's own name."""
    first = documents[0]
    own = stem_of(pipeline_file_name(first.name, first.number))
    for document in documents:
        if len(documents) == 1 or stem_of(document.path or "") in (own, name):
            return document
    paths = [document.path or "" for document in documents]
    raise DocumentError(
        f"pipeline '{first.name}' ({first.number}) stands in {len(paths)} files: {', '.join(paths)}",
        path=paths[0],
        hint="give the file's name instead, or another name or number to the copies",
    )


def choose_at(tree: CommitTree, folder: str, name: str, number: int | None = None) -> Document:
    """Return one document as of a commit, by name and number.

    Args:
        tree: The commit.
        folder: Its pipelines folder, relative to the repository's root.
        name: The pipeline's name.
        number: Which content; the newest by default.

    Raises:
        UnknownNameError: There is none.
    """
    documents: list[Document] = []
    broken: dict[str, PinError] = {}
    for file, entry in sorted(tree.children(folder).items()):
        if entry.is_file and file.endswith(SUFFIXES) and not file.startswith("."):
            try:
                document = parse_document(tree.read(entry.path), f"{tree.commit_id}:{entry.path}")
                documents.append(checked(attrs.evolve(document, path=entry.path)))
            except (DocumentError, SourceSyntaxError) as error:
                broken[entry.path] = error
    return choose(Catalogue(sort_documents(documents), broken), name, number)
