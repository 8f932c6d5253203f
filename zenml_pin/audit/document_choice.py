"""Which documents an audit reads: those of the working tree, of a commit, or every version in the history."""

from __future__ import annotations

import posixpath

from zenml_pin.audit.checking import relative_path
from zenml_pin.audit.facts.document_texts import (
    Text,
    folders_of,
    from_commit,
    from_files,
    from_folders,
    from_history,
    only,
)
from zenml_pin.audit.facts.reachability import starts_of
from zenml_pin.base.values import Value, evolve
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.repository import GitRepository, find_quarantine
from zenml_pin.git.revision import resolve_revision
from zenml_pin.workspace.folders import has_document_suffix

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


class DocumentRequest(Value):
    """What a caller wants to have audited.

    Attributes:
        start: A folder at or below the workspace.
        files, folders: As for `audit`.
        revision: The commit to read, or where the history begins; None for the working tree, or for all of it.
        all_history: Whether each version of each document is read.
    """

    start: str
    files: list[str]
    folders: list[str]
    revision: str | None
    all_history: bool


class DocumentChoice(Value):
    """The documents that an audit reads.

    Attributes:
        texts: The documents; each is read when it is asked for.
        scope: "worktree", "history" or a commit id.
        searched: Where they are: the pipelines folders, or what a caller names in the working tree.
        pushed: The commit that a hook of the receiving repository asks about; else None.
    """

    texts: Iterator[Text]
    scope: str = "worktree"
    searched: tuple[str, ...] = ()
    pushed: str | None = None


def choose_documents(
    repository: GitRepository,
    head: CommitTree | None,
    request: DocumentRequest,
    faults: dict[str, str],
    progress: Callable[[int], None],
) -> DocumentChoice:
    """Return the documents that a caller wants to have audited.

    Args:
        repository: The repository.
        head: HEAD's files; None before the first commit.
        request: What the caller wants.
        faults: Filled with the ids of damaged commits and the reasons, while a history is read.
        progress: Is called with the number of commits that were read.

    Raises:
        DocumentError: A file is outside the repository. Reading the texts raises it for one that does not exist.
        RevisionError: The revision does not name a commit.
    """
    is_on_disk = request.revision is None and not request.all_history
    if request.files and is_on_disk and repository.layout.worktree is not None:
        return DocumentChoice(from_files(request.files, repository), searched=tuple(request.files))
    paths = [relative_path(repository, file) for file in request.files]
    choice = _in_folders(repository, head, request, map(_folder_of, paths), faults, progress)
    return evolve(choice, texts=only(choice.texts, paths)) if paths else choice


def _folder_of(path: str) -> str:
    return posixpath.dirname(path) if has_document_suffix(path) else path


def _in_folders(
    repository: GitRepository,
    head: CommitTree | None,
    request: DocumentRequest,
    more: Iterable[str],
    faults: dict[str, str],
    progress: Callable[[int], None],
) -> DocumentChoice:
    """Return the documents of the pipelines folders (or of the given ones), and of other folders."""
    commit_id = resolve_revision(repository, request.revision) if request.revision is not None else None
    tree = CommitTree(repository.objects, commit_id) if commit_id is not None else None
    searched = folders_of(repository, request.start, tree or head, request.folders)
    folders = tuple(dict.fromkeys([*searched, *more]))
    pushed = commit_id if commit_id is not None and find_quarantine(repository.layout) else None
    if request.all_history:
        starts = [commit_id] if commit_id is not None else sorted(set(starts_of(repository).values()))
        texts = from_history(repository, starts, folders, faults, progress)
        return DocumentChoice(texts, "history", folders, pushed)
    if repository.layout.worktree is None:
        tree = tree or head
    if tree is None:
        return DocumentChoice(from_folders(repository, folders), "worktree", folders)
    return DocumentChoice(from_commit(repository, tree, folders), tree.commit_id, folders, pushed)
