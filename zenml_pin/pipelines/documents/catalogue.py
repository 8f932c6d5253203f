"""The catalogue: the documents of a pipelines folder, and which number a new document gets.

A file that cannot be read is reported, and the others are read.
"""

from __future__ import annotations

import os

from zenml_pin.base.values import Value, evolve
from zenml_pin.errors import ComponentError, DocumentError, PinError, SourceSyntaxError, UnknownNameError
from zenml_pin.pipelines.documents.document import (
    document_paths,
    dump_document,
    load_document,
    parse_document,
)
from zenml_pin.pipelines.documents.file_names import document_entries, pipeline_file_name
from zenml_pin.pipelines.documents.model import Document, sources_in
from zenml_pin.pipelines.documents.zenml_formats import STEPS_ALONE
from zenml_pin.source import Source
from zenml_pin.workspace.folders import DOCUMENT_SUFFIXES, is_document_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from types import TracebackType

    from zenml_pin.git.objects.commit_files import CommitTree
    from zenml_pin.pipelines.documents.content_id import CodeOf


class Catalogue(Value):
    """Documents, sorted by name and number, and the errors of those that could not be read.

    Attributes:
        documents: The documents; each has its path.
        broken: Errors by path.
    """

    documents: tuple[Document, ...]
    broken: dict[str, PinError]

    def named(self, name: str) -> list[Document]:
        """Return the documents of a pipeline's name, lowest number first; without one, of a file's name."""
        documents = [document for document in self.documents if document.name == name]
        return documents or [document for document in self.documents if stem_of(document.path or "") == name]

    @property
    def names(self) -> list[str]:
        """Every name, once."""
        return list(dict.fromkeys(document.name for document in self.documents))


def stem_of(path: str) -> str:
    """Return a file's name without its suffix."""
    return os.path.splitext(os.path.basename(path))[0]


def read_catalogue(*folders: str) -> Catalogue:
    """Read all documents of some folders. Runs nothing."""
    documents: list[Document] = []
    broken: dict[str, PinError] = {}
    for path in (path for folder in folders for path in document_paths(folder)):
        try:
            documents.append(checked(load_document(path)))
        except (DocumentError, SourceSyntaxError) as error:
            broken[path] = error
    return Catalogue(sort_documents(documents), broken)


def checked(document: Document) -> Document:
    """Return the document, if all its sources can be parsed.

    Raises:
        SourceSyntaxError: A source cannot be parsed.
    """
    for text in sources_in(document):
        Source.parse(text)
    return document


def sort_documents(documents: list[Document]) -> tuple[Document, ...]:
    """Return documents in the order of a catalogue."""
    return tuple(
        sorted(documents, key=lambda document: (document.name, document.number, document.path or ""))
    )


def settle(
    document: Document,
    folders: Sequence[str],
    code_of: CodeOf,
    used: Iterable[int] = (),
    loaded: Document | None = None,
) -> Document:
    """Return the stored document of the same name and content; without one, store this one under the next number.

    The caller keeps other processes from choosing documents at the same time.

    Args:
        document: The document.
        folders: The folders of documents; a new one is written to the first.
        code_of: Returns a text that identifies the code of a source.
        used: Numbers of recorded runs of that name; their documents may have been removed.
        loaded: The document that the pipeline was loaded from; it keeps its number if its file has been removed.

    Raises:
        DocumentError: The document cannot be written, or it would not be readable, such as one that is too long.
    """
    from zenml_pin.pipelines.documents.content_id import content_id

    catalogue = read_catalogue(*folders)
    stored = [other for other in catalogue.documents if other.name == document.name]
    wanted = content_id(document, code_of)
    same = [other for other in stored if content_id(other, code_of) == wanted]
    if same:
        # A person may have copied the file: a pipeline that was loaded stays with its own document.
        own = None if loaded is None else loaded.path
        return max(
            same, key=lambda other: (_is_file(other, own), other.steps == document.steps, other.number)
        )
    taken = [*(other.number for other in stored), *_numbers(document.name, catalogue.broken)]
    number = max([*taken, *used], default=0) + 1
    if loaded is not None and loaded.number not in taken and content_id(loaded, code_of) == wanted:
        number = loaded.number
        if loaded.era == STEPS_ALONE:
            document = evolve(document, era=STEPS_ALONE)
    return _store(document, folders[0], number)


def _is_file(document: Document, path: str | None) -> bool:
    return path is not None and os.path.realpath(document.path or "") == os.path.realpath(path)


def _store(document: Document, folder: str, number: int) -> Document:
    """Write a document to a new file of the folder."""
    from zenml_pin.base.atomic import write_whole

    with _writable(folder):
        os.makedirs(folder, exist_ok=True)
        taken = os.listdir(folder)
    path = os.path.join(folder, pipeline_file_name(document.name, number, taken))
    stored = evolve(document, number=number, path=path)
    text = dump_document(stored)
    # A document that could not be read again is refused before it is written.
    parse_document(text.encode("utf-8"), path)
    with _writable(path):
        write_whole(path, text)
    return stored


def register(folder: str, file_name: str, text: str) -> str:
    """Write a document's text to a new file; return its path.

    The caller keeps other processes from choosing documents at the same time.

    Raises:
        DocumentError: The text is not a document, the file name does not fit, or the file exists already.
        SourceSyntaxError: The source of a class in it cannot be parsed.
    """
    from zenml_pin.base.atomic import write_whole

    path = os.path.join(folder, file_name)
    if not _is_plain(file_name):
        raise DocumentError(
            f"'{file_name}' is not a file name of a document",
            path=path,
            hint=f"give a name without a folder that ends in {' or '.join(DOCUMENT_SUFFIXES)}",
        )
    checked(parse_document(text.encode("utf-8"), path))
    if os.path.lexists(path):
        raise DocumentError("the file exists already", path=path, hint="choose another file name")
    with _writable(path):
        os.makedirs(folder, exist_ok=True)
        write_whole(path, text)
    return path


class _writable:
    """Raise DocumentError for any OSError in a block."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, OSError):
            reason = f"it cannot be written: {error.strerror or error}"
            raise DocumentError(reason, path=self._path) from error


def _is_plain(file_name: str) -> bool:
    has_folder = any(char in file_name for char in "/\\\0")
    return not has_folder and is_document_name(file_name)


def _numbers(name: str, paths: Iterable[str]) -> Iterator[int]:
    """Yield the numbers in the file names of a pipeline's documents: numbers of unreadable documents count too."""
    import re

    stem = re.escape(stem_of(pipeline_file_name(name)))
    pattern = re.compile(rf"{stem}(?:_[0-9a-f]{{6,64}})?(?:-(\d{{1,9}}))?", re.IGNORECASE)
    for path in paths:
        match = pattern.fullmatch(stem_of(path))
        if match is not None:
            yield int(match[1] or 1)


def choose(catalogue: Catalogue, name: str, number: int | None = None) -> Document:
    """Return one document of a catalogue by name and number.

    Raises:
        UnknownNameError: There is no such document; the hint has similar names.
    """
    if not isinstance(name, str):
        raise ComponentError(f"{name!r} is not a pipeline name", "give it a text")
    documents = catalogue.named(name)
    if not documents:
        broken = [path for path in catalogue.broken if stem_of(path) == name]
        hint = f"'{broken[0]}' cannot be read: {catalogue.broken[broken[0]].message}" if broken else ""
        raise UnknownNameError("pipeline", name, catalogue.names, hint)
    wanted = documents[-1].number if number is None else number
    numbered = [document for document in documents if document.number == wanted]
    if not numbered:
        known = ", ".join(str(document.number) for document in documents)
        raise UnknownNameError("pipeline", name, catalogue.names, f"it has {known}", number=number)
    return _only(numbered, name)


def _only(documents: list[Document], name: str) -> Document:
    """Return the document of a name and number; among copies, the one whose file has the pipeline's own name."""
    first = documents[0]
    own = stem_of(pipeline_file_name(first.name, first.number))
    for document in documents:
        if len(documents) == 1 or stem_of(document.path or "") in (own, name):
            return document
    paths = [document.path or "" for document in documents]
    raise DocumentError(
        f"pipeline '{first.name}' ({first.number}) is in {len(paths)} files: {', '.join(paths)}",
        path=paths[0],
        hint="use the file's name instead, or give the copies another name or number",
    )


def choose_at(tree: CommitTree, folders: Iterable[str], name: str, number: int | None = None) -> Document:
    """Return one document of a commit by name and number.

    Args:
        tree: The commit.
        folders: Its folders of documents, relative to the repository's root.
        name: The pipeline's name.
        number: Which content of that name; the newest by default.

    Raises:
        UnknownNameError: There is no such document.
    """
    documents: list[Document] = []
    broken: dict[str, PinError] = {}
    entries = (entry for folder in folders for _, entry in document_entries(tree.children(folder)))
    for entry in entries:
        try:
            document = parse_document(tree.read(entry.path), f"{tree.commit_id}:{entry.path}")
            documents.append(checked(evolve(document, path=entry.path)))
        except (DocumentError, SourceSyntaxError) as error:
            broken[entry.path] = error
    return choose(Catalogue(sort_documents(documents), broken), name, number)
