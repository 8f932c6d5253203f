"""The texts of documents: from files, the index, a commit, or the whole history.

Documents are directly in a pipelines folder: that of the current workspace, and `pipelines` in every source root.
"""

from __future__ import annotations

import os
import posixpath

from zenml_pin.base.environment import git_index_file
from zenml_pin.base.limits import DEFAULT_LIMITS
from zenml_pin.base.values import Value
from zenml_pin.errors import DocumentError, LimitError, PinError
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.objects.tree import FILE, FOLDER, Entry
from zenml_pin.importing.source_roots import DECIDING, depends_on_folders, source_roots, stated_folders
from zenml_pin.pins.class_paths import head_tree
from zenml_pin.pipelines.documents.file_names import document_entries, document_paths
from zenml_pin.workspace.config import get_workspace_at
from zenml_pin.workspace.folders import PIPELINES, is_document_name
from zenml_pin.yaml.input import read_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from zenml_pin.git.index import Index
    from zenml_pin.git.objects.commit import Commit
    from zenml_pin.git.objects.commit_files import Tree
    from zenml_pin.git.objects.commit_node import CommitNode
    from zenml_pin.git.repository import GitRepository


class Text(Value):
    """The bytes of one version of a document, or why they cannot be read.

    Attributes:
        path: Posix, relative to the repository's root if the file is in the repository.
        revision: The commit that it was read from; empty for a file or the index.
        data: The bytes; None if there is an error.
        error: Why the document cannot be read.
        is_current: Whether the path has this version now.
    """

    path: str
    revision: str
    data: bytes | None
    error: PinError | None = None
    is_current: bool = True


def folders_of(
    repository: GitRepository,
    start: str,
    tree: CommitTree | None = None,
    given: Iterable[str] = (),
    of_head: Iterable[str] | None = None,
) -> list[str]:
    """Return the pipelines folders of a repository, relative to its root.

    Args:
        repository: The repository.
        start: A folder at or below the workspace.
        tree: The commit whose source roots count; HEAD's by default.
        given: Folders that a caller names instead, absolute or relative to the current folder.
        of_head: What `folders_in` returns for the tree, if that is known.
    """
    named = [_relative(repository, folder) for folder in given]
    if named:
        return list(dict.fromkeys(named))
    folders = folders_in(tree or head_tree(repository)) if of_head is None else of_head
    own_folder = repository.relative(get_workspace_at(start).pipelines_dir)
    if own_folder is not None:
        folders = [own_folder, *folders]
    return list(dict.fromkeys(folders))


def _relative(repository: GitRepository, folder: str) -> str:
    """Return the path of a folder relative to the root; in a bare repository it is that already."""
    if repository.worktree is None:
        return posixpath.normpath(folder)
    relative = repository.relative(folder)
    if relative is None:
        raise DocumentError(f"it is outside the repository '{repository.root}'", path=folder)
    return relative


def folders_in(tree: Tree) -> list[str]:
    """Return the folders of documents that a tree's setup.cfg lists, and the pipelines folders of its source roots."""
    try:
        listed, roots = stated_folders(tree, "documents"), source_roots(tree)
    except PinError:
        listed, roots = (), ("",)
    return [*listed, *(posixpath.join(root, PIPELINES) for root in roots)]


def from_files(paths: Iterable[str], repository: GitRepository) -> Iterator[Text]:
    """Return the texts of files, and of the documents in folders; each is read when it is asked for.

    Raises:
        DocumentError: At once, if a file does not exist.
    """
    paths = list(paths)
    for path in paths:
        if not os.path.lexists(path):
            raise DocumentError("there is no such file", path=path)
    return _read_files(paths, repository)


def _read_files(paths: Iterable[str], repository: GitRepository) -> Iterator[Text]:
    relative_folders: dict[str, str | None] = {}
    for path in paths:
        for file in document_paths(path) if os.path.isdir(path) else [path]:
            folder, name = os.path.split(file)
            if folder not in relative_folders:
                relative_folders[folder] = repository.relative(folder or ".")
            relative = relative_folders[folder]
            shown_path = file if relative is None else posixpath.join(relative, name)
            try:
                yield Text(shown_path, "", read_bytes(file))
            except DocumentError as error:
                # Its hint speaks of limits, which callers of an audit cannot set.
                yield Text(shown_path, "", None, DocumentError(error.reason))


def from_folders(repository: GitRepository, folders: Iterable[str]) -> Iterator[Text]:
    """Yield the documents of some pipelines folders of the working tree."""
    paths = [os.path.join(repository.root, folder) for folder in folders]
    return from_files([path for path in paths if os.path.isdir(path)], repository)


def only(texts: Iterable[Text], paths: Iterable[str]) -> Iterator[Text]:
    """Yield the texts at some paths: of documents, or of folders with documents.

    Raises:
        DocumentError: None of the texts is at a path.
    """
    missing = dict.fromkeys(paths)
    wanted = tuple(missing)
    for text in texts:
        found = [path for path in wanted if text.path == path or text.path.startswith(f"{path}/")]
        for path in found:
            missing.pop(path, None)
        if found:
            yield text
    for path in missing:
        raise DocumentError("no commit that is read has such a document", path=path)


def from_index(
    repository: GitRepository, folders: Iterable[str], paths: Iterable[str] = ()
) -> Iterator[Text]:
    """Return documents of the index: those at the paths (relative to the root), and those in the folders.

    Raises:
        DocumentError: At once, if the index does not have a path.
    """
    from zenml_pin.git.index import Index

    index = Index(_staged(repository), _id_length(repository), repository.objects)
    try:
        entries = [_get_in_index(index, path) for path in paths]
        for folder in folders:
            entries += _documents_in_index(index, folder)
    finally:
        index.close()
    return (_of_blob(repository, entry, "") for entry in entries)


def _get_in_index(index: Index, path: str) -> Entry:
    entry = index.find(os.fsencode(path))
    if entry is None or entry.intent_to_add:
        hint = "stage it with 'git add', or check without --staged"
        raise DocumentError("it is not in the index", path=path, hint=hint)
    return Entry(path, entry.mode, entry.id)


def _documents_in_index(index: Index, folder: str) -> Iterator[Entry]:
    """Yield the entries of the documents directly in a folder, sorted by path."""
    entries = {
        os.fsdecode(entry.path): Entry(os.fsdecode(entry.path), entry.mode, entry.id)
        for entry in index.entries(os.fsencode(folder))
        if entry.stage == 0 and not entry.intent_to_add
    }
    for path, document in sorted(entries.items()):
        if posixpath.dirname(path) == folder and document.is_file and is_document_name(path):
            yield document


def _staged(repository: GitRepository) -> str:
    """Return the index file that is being committed.

    In a hook of `git commit -a` or `git commit FILE` it is a file beside the index, which git names in the environment.
    """
    own = repository.layout.index
    named = os.path.join(repository.root, git_index_file() or own)
    # A file in another folder is from the hook of another repository.
    is_beside = os.path.realpath(os.path.dirname(named)) == os.path.realpath(os.path.dirname(own))
    return named if is_beside and os.path.isfile(named) else own


def from_commit(repository: GitRepository, tree: CommitTree, folders: Iterable[str]) -> Iterator[Text]:
    """Yield the documents of a commit."""
    for folder in folders:
        for _, entry in document_entries(tree.children(folder)):
            yield _of_blob(repository, entry, tree.commit_id)


def from_history(
    repository: GitRepository,
    starts: Iterable[str],
    folders: Iterable[str],
    faults: dict[str, str],
    progress: Callable[[int], None] | None = None,
) -> Iterator[Text]:
    """Yield every version of every document in the history of some commits, deleted documents included.

    Args:
        repository: The repository.
        starts: Full ids of the commits where the history begins.
        folders: Pipelines folders; those in each commit's own source roots are read too.
        faults: Filled with the ids of damaged commits and the reasons. Damaged commits and folders are yielded as
            texts with an error.
        progress: Is called with the number of commits that were read.
    """
    from zenml_pin.git.objects.history import tour

    folders = tuple(folders)
    starts = dict.fromkeys(starts, 1)
    visitor = tour(repository.objects, starts, lambda: _Versions(repository, folders), faults, progress)
    for commit_id, reason in sorted(faults.items()):
        yield Text(".", commit_id, None, DocumentError(f"the history ends here: {reason}"))
    for (folder, _), (commit_id, error) in sorted(visitor.damaged.items()):
        yield Text(folder or ".", commit_id, None, error)
    head = repository.head_commit()
    current = visitor.listing(head) if head is not None else {}
    for (path, blob_id), commit_id in sorted(visitor.versions.items()):
        entry = Entry(path, FILE, blob_id)
        yield _of_blob(repository, entry, commit_id, current.get(path) == blob_id)


class _Versions:
    """Finds the commit that added each version of a document: the oldest one that has it while its parents do not.

    Attributes:
        versions: The commit's id, by the document's path and blob id.
        damaged: A commit's id and the error, by folder and message.
    """

    def __init__(self, repository: GitRepository, folders: tuple[str, ...]) -> None:
        self._repository = repository
        self._folders = folders
        self.versions: dict[tuple[str, str], str] = {}
        self.damaged: dict[tuple[str, str], tuple[str, PinError]] = {}
        self._known: tuple[tuple[str, ...], list[str]] = ((), [])

    def visit(self, commit: CommitNode, parents: list[CommitNode], marks: int) -> bool:
        """Note the versions that a commit adds."""
        if any(parent.tree == commit.tree for parent in parents):
            return True
        documents = self.listing(commit)
        before = [self.listing(parent) for parent in parents] if documents else []
        for path, blob_id in documents.items():
            if all(listing.get(path) != blob_id for listing in before):
                # Commits come newest first, so the oldest one stays.
                self.versions[path, blob_id] = commit.id
        return True

    def listing(self, commit: Commit | CommitNode) -> dict[str, str]:
        """Return the blob ids of a commit's documents by path; a damaged folder counts as empty."""
        blob_ids = {}
        for folder in dict.fromkeys([*self._folders, *self._folders_in(commit)]):
            try:
                blob_ids.update(_listing(self._repository, commit, folder))
            except PinError as error:
                self.damaged[folder, error.message] = commit.id, error
        return blob_ids

    def _folders_in(self, commit: Commit | CommitNode) -> list[str]:
        """Return the pipelines folders in a commit's source roots."""
        try:
            entries = self._repository.objects.entries(commit.tree)
        except PinError:
            return []
        # These entries mostly decide the source roots, and neighbouring commits mostly share them.
        key = tuple(entries[name].id if name in entries else "" for name in DECIDING)
        if key != self._known[0]:
            tree = CommitTree(self._repository.objects, commit.id)
            folders = folders_in(tree)
            if depends_on_folders(tree):
                return folders
            self._known = key, folders
        return self._known[1]


def _listing(repository: GitRepository, commit: Commit | CommitNode, folder: str) -> dict[str, str]:
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
