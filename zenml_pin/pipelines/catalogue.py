"""The catalogue: the documents of a pipelines folder, and which number a new one gets.

A file that cannot be read is reported and does not hide the others.
"""

from __future__ import annotations

import os

import attrs

from zenml_pin.component import classes_in
from zenml_pin.errors import DocumentError, PinError, SourceSyntaxError
from zenml_pin.pipelines.document import document_paths, dump_document, load_document, write_whole
from zenml_pin.pipelines.entries import Document, entries_of
from zenml_pin.pipelines.identity import CodeOf, content_id
from zenml_pin.pipelines.names import pipeline_file_name
from zenml_pin.source import Source


@attrs.frozen
class Catalogue:
    """Documents, sorted by name and number, and what could not be read.

    Attributes:
        documents: The documents; each has its path.
        broken: Errors by path.
    """

    documents: tuple[Document, ...]
    broken: dict[str, PinError]

    def named(self, name: str) -> list[Document]:
        """Return the documents of a name, oldest number first; the name of a file finds its document too."""
        held = [document for document in self.documents if document.name == name]
        return held or [document for document in self.documents if stem_of(document.path or "") == name]

    @property
    def names(self) -> list[str]:
        """Every name, once."""
        return list(dict.fromkeys(document.name for document in self.documents))


def stem_of(path: str) -> str:
    """Return a file's name without its suffix."""
    return os.path.splitext(os.path.basename(path))[0]


def read_catalogue(folder: str) -> Catalogue:
    """Read all documents of a folder. Runs nothing."""
    documents: list[Document] = []
    broken: dict[str, PinError] = {}
    for path in document_paths(folder):
        try:
            documents.append(checked(load_document(path)))
        except (DocumentError, SourceSyntaxError) as error:
            broken[path] = error
    return Catalogue(sort_documents(documents), broken)


def checked(document: Document) -> Document:
    """Return a document whose sources can all be read.

    Raises:
        SourceSyntaxError: One cannot.
    """
    for entry in entries_of(document):
        for text in (entry.source, *classes_in(entry.args)):
            Source.parse(text)
    return document


def sort_documents(documents: list[Document]) -> tuple[Document, ...]:
    """Return documents in the order of a catalogue."""
    return tuple(sorted(documents, key=lambda held: (held.name, held.number, held.path or "")))


def settle(document: Document, folder: str, code_of: CodeOf) -> Document:
    """Return the stored document of the same name and content; without one, store this under the next number.

    The caller keeps other processes from doing so at the same time.
    """
    stored = [held for held in read_catalogue(folder).documents if held.name == document.name]
    wanted = content_id(document, code_of)
    same = [held for held in stored if content_id(held, code_of) == wanted]
    if same:
        # One that was loaded stays with its own document, should a person have copied it.
        return max(same, key=lambda held: (held.steps == document.steps, held.number))
    number = max((held.number for held in stored), default=0) + 1
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, pipeline_file_name(document.name, number, os.listdir(folder)))
    placed = attrs.evolve(document, number=number, path=path)
    write_whole(path, dump_document(placed))
    return placed
