"""Where documents come from: files, the index, a commit, or all of history.

Documents lie directly in a pipelines folder: that of the workspace here, and `pipelines` in every source root.
"""

from __future__ import annotations

import os
import posixpath
from collections import Counter
from collections.abc import Iterable, Iterator

import attrs

from zenml_pin.audit.report import DocumentReport, SourceReport
from zenml_pin.audit.rules import RULES, Finding
from zenml_pin.base.environment import git_index_file
from zenml_pin.base.limits import DEFAULT_LIMITS
from zenml_pin.base.text import printable
from zenml_pin.errors import DocumentError, LimitError, PinError
from zenml_pin.git.index.index import Index
from zenml_pin.git.objects.commit import Commit
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.objects.history import tour
from zenml_pin.git.objects.tree import FILE, FOLDER, Entry
from zenml_pin.git.repository import GitRepository
from zenml_pin.importing.source_roots import source_roots
from zenml_pin.pins.lookup import head_tree
from zenml_pin.pipelines.documents.document import parse_yaml
from zenml_pin.pipelines.documents.file_names import document_entries, document_paths
from zenml_pin.pipelines.documents.source_spans import SourceSpan, spans_of
from zenml_pin.workspace.config import get_workspace_at
from zenml_pin.workspace.folders import PIPELINES, is_document_name
from zenml_pin.yaml.input import read_bytes
from zenml_pin.yaml.nodes import show_key_path
from zenml_pin.yaml.reading import read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.git.objects.commit_files import Tree


@attrs.frozen
class Text:
    """The bytes of one version of a document, or why they cannot be read.

    Attributes:
        path: Posix, relative to the repository's root where it lies in it.
        revision: The commit that it was read from; empty for a file or the index.
        data: The bytes; None where there is an error.
        error: Why not.
        is_current: Whether this is the version that the path holds now.
    """

    path: str
    revision: str
    data: bytes | None
    error: PinError | None = None
    is_current: bool = True


def folders_of(repository: GitRepository, start: str, tree: CommitTree | None = None) -> list[str]:
    """Return the pipelines folders of a repository, relative to its root.

    Args:
        repository: The repository.
        start: A folder at or below the workspace.
        tree: The commit whose source roots count; HEAD's by default.
    """
    folders = []
    workspace = repository.relative(get_workspace_at(start).pipelines_dir)
    if workspace is not None:
        folders.append(workspace)
    return list(dict.fromkeys([*folders, *_in_roots(tree or head_tree(repository))]))


def _in_roots(tree: Tree) -> list[str]:
    """Return the pipelines folders of a tree's source roots."""
    try:
        roots = source_roots(tree)
    except PinError:
        roots = ("",)
    return [posixpath.join(root, PIPELINES) for root in roots]


def from_files(paths: Iterable[str], repository: GitRepository) -> Iterator[Text]:
    """Yield the texts of files, and of the documents in folders.

    Raises:
        DocumentError: There is no such file.
    """
    places: dict[str, str | None] = {}
    for path in paths:
        if not os.path.lexists(path):
            raise DocumentError("there is no such file", path=path)
        for file in document_paths(path) if os.path.isdir(path) else [path]:
            folder, name = os.path.split(file)
            if folder not in places:
                places[folder] = repository.relative(folder or ".")
            place = places[folder]
            shown = file if place is None else posixpath.join(place, name)
            try:
                yield Text(shown, "", read_bytes(file))
            except DocumentError as error:
                # Its hint is for callers that may give limits.
                yield Text(shown, "", None, DocumentError(error.reason))


def from_folders(repository: GitRepository, folders: Iterable[str]) -> Iterator[Text]:
    """Yield the documents of some pipelines folders of the working tree."""
    held = [os.path.join(repository.root, folder) for folder in folders]
    return from_files([folder for folder in held if os.path.isdir(folder)], repository)


def from_index(
    repository: GitRepository, folders: Iterable[str], paths: Iterable[str] = ()
) -> Iterator[Text]:
    """Yield the documents that the index holds: in some folders, or at some paths relative to the root.

    Raises:
        DocumentError: The index does not hold a path.
    """
    index = Index(_staged(repository), _id_length(repository), repository.objects)
    try:
        for path in paths:
            entry = index.find(os.fsencode(path))
            if entry is None or entry.intent_to_add:
                hint = "stage it with 'git add', or check without --staged"
                raise DocumentError("it is not in the index", path=path, hint=hint)
            yield _of_blob(repository, Entry(path, entry.mode, entry.id), "")
        for folder in folders:
            found = {
                os.fsdecode(entry.path): Entry(os.fsdecode(entry.path), entry.mode, entry.id)
                for entry in index.entries(os.fsencode(folder))
                if entry.stage == 0 and not entry.intent_to_add
            }
            for path, held in sorted(found.items()):
                if posixpath.dirname(path) == folder and held.is_file and is_document_name(path):
                    yield _of_blob(repository, held, "")
    finally:
        index.close()


def _staged(repository: GitRepository) -> str:
    """Return the index file that is being committed: in a hook of `git commit -a` or `git commit FILE` a file beside
    the index. What the hook of another repository has set does not count.
    """
    own = repository.layout.index
    named = os.path.join(repository.root, git_index_file() or own)
    same = os.path.realpath(os.path.dirname(named)) == os.path.realpath(os.path.dirname(own))
    return named if same and os.path.isfile(named) else own


def from_commit(repository: GitRepository, tree: CommitTree, folders: Iterable[str]) -> Iterator[Text]:
    """Yield the documents of a commit."""
    for folder in folders:
        for _, entry in document_entries(tree.children(folder)):
            yield _of_blob(repository, entry, tree.commit_id)


def from_history(
    repository: GitRepository, starts: Iterable[str], folders: Iterable[str], faults: dict[str, str]
) -> Iterator[Text]:
    """Yield each version of each document that the history of some commits holds, also deleted ones.

    Args:
        repository: The repository.
        starts: Full ids of commits.
        folders: Pipelines folders; those of each commit's own source roots are looked at, too.
        faults: Gets the ids of commits that are damaged, and why; they and damaged folders are texts with an error.
    """
    folders = tuple(folders)
    starts = dict.fromkeys(starts, 1)
    visitor = tour(repository.objects, starts, lambda: _Versions(repository, folders), faults)
    for commit_id, reason in sorted(faults.items()):
        yield Text(".", commit_id, None, DocumentError(f"the history ends here: {reason}"))
    for (folder, _), (commit_id, error) in sorted(visitor.damaged.items()):
        yield Text(folder or ".", commit_id, None, error)
    head = repository.head_commit()
    current = visitor.listing(head) if head is not None else {}
    for (path, blob_id), commit_id in sorted(visitor.found.items()):
        entry = Entry(path, FILE, blob_id)
        yield _of_blob(repository, entry, commit_id, current.get(path) == blob_id)


class _Versions:
    """Finds out which commit brought each version of a document: the oldest that has it and whose parents have not."""

    def __init__(self, repository: GitRepository, folders: tuple[str, ...]) -> None:
        self._repository = repository
        self._folders = folders
        self.found: dict[tuple[str, str], str] = {}
        self.damaged: dict[tuple[str, str], tuple[str, PinError]] = {}
        self._known: tuple[tuple[str, ...], list[str]] = ((), [])

    def visit(self, commit: Commit, parents: list[Commit], marks: int) -> bool:
        """Note the versions that a commit brings."""
        if any(parent.tree == commit.tree for parent in parents):
            return True
        own = self.listing(commit)
        others = [self.listing(parent) for parent in parents] if own else []
        for path, blob_id in own.items():
            if all(other.get(path) != blob_id for other in others):
                # Commits come newest first, so that the oldest stays.
                self.found[path, blob_id] = commit.id
        return True

    def listing(self, commit: Commit) -> dict[str, str]:
        """Return the blob ids of a commit's documents by path; those of a damaged folder are none."""
        found = {}
        for folder in dict.fromkeys([*self._folders, *self._own(commit)]):
            try:
                found.update(_listing(self._repository, commit, folder))
            except PinError as error:
                self.damaged[folder, error.message] = commit.id, error
        return found

    def _own(self, commit: Commit) -> list[str]:
        """Return the pipelines folders of a commit's source roots; what decides them is the same in neighbours."""
        try:
            entries = self._repository.objects.entries(commit.tree)
        except PinError:
            return []
        key = tuple(entries[name].id if name in entries else "" for name in ("setup.cfg", "src"))
        if key != self._known[0]:
            self._known = key, _in_roots(CommitTree(self._repository.objects, commit.id))
        return self._known[1]


def _listing(repository: GitRepository, commit: Commit, folder: str) -> dict[str, str]:
    """Return the blob ids of the documents in a commit's folder by path."""
    tree_id: str | None = commit.tree
    for name in folder.split("/") if folder else ():
        entry = repository.objects.entries(tree_id).get(name) if tree_id else None
        tree_id = entry.id if entry is not None and entry.mode == FOLDER else None
    children = repository.objects.entries(tree_id) if tree_id else {}
    return {posixpath.join(folder, name): entry.id for name, entry in document_entries(children)}


def _of_blob(repository: GitRepository, entry: Entry, revision: str, is_current: bool = True) -> Text:
    try:
        data = repository.objects.get(entry.id, "blob", DEFAULT_LIMITS.document)
    except LimitError as error:
        reason = f"it has {error.size} bytes, more than the limit of {error.limit}"
        return Text(entry.path, revision, None, DocumentError(reason), is_current)
    except PinError as error:
        return Text(entry.path, revision, None, error, is_current)
    return Text(entry.path, revision, data, None, is_current)


def _id_length(repository: GitRepository) -> int:
    return 32 if repository.layout.object_format == "sha256" else 20


def read_text(text: Text) -> DocumentReport:
    """Return what a document names; one that cannot be read has that as its finding (ZP009)."""
    if text.data is None:
        return _unreadable(text, text.error or PinError("it cannot be read"))
    try:
        parsed = read(text.data, text.path)
        document = parse_yaml(parsed)
    except PinError as error:
        return _unreadable(text, error)
    sources = tuple(_source(span) for span in spans_of(parsed))
    return DocumentReport(
        path=text.path,
        revision=text.revision,
        name=document.name,
        number=document.number,
        type=document.type,
        sources=sources,
        is_current=text.is_current,
    )


def _source(span: SourceSpan) -> SourceReport:
    return SourceReport(span.source, show_key_path(span.key_path), span.line, span.column)


def _unreadable(text: Text, error: PinError) -> DocumentReport:
    placed = error if isinstance(error, DocumentError) else DocumentError(error.message, hint=error.hint)
    finding = Finding(
        rule=RULES["ZP009"],
        message=printable(placed.reason),
        path=text.path,
        line=placed.line,
        column=placed.column,
        key_path=printable(placed.key_path),
        hint=placed.hint,
        revision=text.revision,
    )
    return DocumentReport(text.path, text.revision, findings=(finding,), is_current=text.is_current)


def with_names_taken(documents: Iterable[DocumentReport]) -> Iterator[DocumentReport]:
    """Yield documents with a finding (ZP017) for each whose name and number another current one has too."""
    held = list(documents)
    taken = Counter((document.name, document.number) for document in held if _is_named(document))
    for document in held:
        key = document.name, document.number
        if _is_named(document) and taken[key] > 1:
            others = [
                other.path
                for other in held
                if (other.name, other.number) == key and other.is_current and other is not document
            ]
            finding = Finding(
                rule=RULES["ZP017"],
                message=printable(f"'{key[0]}' number {key[1]} is also in {', '.join(others[:3])}"),
                path=document.path,
                revision=document.revision,
                line=1,
                column=1,
                hint="give one of them another name, or another number",
            )
            document = attrs.evolve(document, findings=(*document.findings, finding))
        yield document


def _is_named(document: DocumentReport) -> bool:
    return document.name is not None and document.is_current
