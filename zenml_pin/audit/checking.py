"""`check`, the gate for a commit: applies the rules to every source of every document. Runs and writes nothing."""

from __future__ import annotations

import os
import posixpath
from itertools import chain

from zenml_pin import cache
from zenml_pin.audit.check_options import CheckOptions
from zenml_pin.audit.facts.document_texts import (
    Text,
    folders_of,
    from_commit,
    from_files,
    from_folders,
    from_index,
)
from zenml_pin.audit.facts.head_roots import find_head_roots
from zenml_pin.audit.nothing_read import nothing_read
from zenml_pin.audit.report import AuditReport, no_progress
from zenml_pin.audit.settings import Settings, read_settings
from zenml_pin.base.values import evolve
from zenml_pin.errors import DocumentError
from zenml_pin.git.any_repository import comparable, here
from zenml_pin.git.repository import GitRepository
from zenml_pin.pins.lookup import get_repository
from zenml_pin.workspace.config import get_workspace_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from zenml_pin.audit.report import DocumentReport, Progress
    from zenml_pin.git.objects.commit_files import CommitTree
    from zenml_pin.git.signers import Signers
    from zenml_pin.pins.lookup import Repo


def check(
    files: Iterable[str | os.PathLike[str]] = (),
    *,
    repo: Repo = None,
    staged: bool = False,
    allow_empty: bool = False,
    require_signed: str | os.PathLike[str] | None = None,
    strict: bool = False,
    folders: Iterable[str | os.PathLike[str]] = (),
    fetch: bool = False,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> AuditReport:
    """Return the findings about pipeline documents and the sources in them.

    Args:
        files: Documents, or folders of documents; by default all documents of the pipelines folders, in a bare
            repository those of HEAD.
        repo: A path at or below the repository; by default the current folder.
        staged: Read the documents of the index, as a commit hook must. Uncommitted changes are then not a finding,
            because they are being committed.
        allow_empty: Whether it is right that there is no document. Otherwise that is a finding (ZP020), except with
            staged: a commit need not have one.
        require_signed: A file of allowed signers. Each commit, or a tag on it, must have a signature of one of them.
        strict: Warn of ZenML's own classes that do not run here also in documents that ZenML wrote, where they are
            a note.
        folders: Folders of documents, instead of the pipelines folders.
        fetch: Fetch what a shallow or partial clone lacks from its remote, into the user's cache folder.
        settings: Which findings count; by default as pyproject.toml or setup.cfg of the working tree says.
        progress: Is called as the work advances: the stage, the number done, and the total.

    Raises:
        NotARepositoryError: `repo`, or the current folder without it, is not in a git repository.
        DocumentError: A file does not exist, or with staged is not in the index.
        SignersError, MissingExtraError: The file of signers cannot be read, or signatures cannot be checked.
    """
    # It keeps facts in the cache, but believes no object and no code from there.
    disk = cache.current()
    with cache.unused():
        options = CheckOptions(
            repository_at(repo, fetch),
            start_of(repo),
            staged=staged,
            strict=strict,
            fetch=fetch,
            disk=disk,
            progress=progress or no_progress,
        )
        report = _check(paths_of(files), paths_of(folders), options, allow_empty, require_signed)
    return (settings or settings_of(repo)).apply(report)


def settings_of(repo: Repo = None) -> Settings:
    """Return the settings of a working tree; a bare repository has none.

    Raises:
        NotARepositoryError: `repo`, or the current folder without it, is not in a git repository.
        DocumentError: They have a mistake.
    """
    repository = repository_at(repo)
    if repository.layout.worktree is None:
        return Settings("", repository.root)
    return read_settings(get_workspace_at(start_of(repo)).root, repository.layout.worktree)


def _check(
    files: list[str],
    folders: list[str],
    options: CheckOptions,
    allow_empty: bool,
    require_signed: str | os.PathLike[str] | None,
) -> AuditReport:
    repository = options.repository
    head = repository.find_head_tree()
    tree = head if repository.layout.worktree is None else None
    known = find_head_roots(repository, head, options.disk) if head is not None and not folders else None
    of_head = None if known is None else known.folders
    searched = [] if files else folders_of(repository, options.start, tree, folders, of_head)
    texts = _texts(options, tree, files, searched)
    # After the documents were found: a name that was mistyped is the first thing to tell.
    options = evolve(options, signers=signers_of(require_signed))
    documents, notes = _examined(texts, options, None if known is None else known.roots)
    may_be_empty = options.staged or allow_empty
    return AuditReport(
        root=repository.root,
        head=None if head is None else head.commit_id,
        scope="index" if options.staged else tree.commit_id if tree is not None and not files else "worktree",
        documents=documents,
        own_findings=() if documents or may_be_empty else nothing_read(files or searched, repository),
        notes=notes,
    )


def _examined(
    texts: Iterator[Text], options: CheckOptions, head_roots: tuple[str, ...] | None
) -> tuple[tuple[DocumentReport, ...], tuple[str, ...]]:
    first = next(texts, None)
    if first is None:
        return (), ()
    # A hook that finds no document, as many do, imports nothing to examine one.
    from zenml_pin.audit.checked_documents import check_documents

    return check_documents(chain((first,), texts), options, head_roots)


def repository_at(repo: Repo, fetch: bool = False) -> GitRepository:
    """Return the given repository, or the one at or above the current folder.

    With `fetch`, it fetches the trees and files that it lacks.

    Raises:
        NotARepositoryError: `repo`, or the current folder without it, is not in a git repository.
        UnsupportedError: It is a bundle, which has no documents in folders, no branches and no HEAD.
    """
    repository = comparable(get_repository(repo))
    if not fetch:
        return repository
    from zenml_pin.pins.fetching import FetchingRepository

    return FetchingRepository(repository)


def start_of(repo: Repo) -> str:
    """Return the folder where the search for the workspace begins."""
    return os.fspath(repo) if isinstance(repo, (str, os.PathLike)) else here()


def signers_of(path: str | os.PathLike[str] | None) -> Signers | None:
    """Return the allowed signers of a file; None without a file."""
    if path is None:
        return None
    from zenml_pin.git.signers import read_signers
    from zenml_pin.verification.ssh import require_sshsig

    require_sshsig()
    return read_signers(path)


def _texts(
    options: CheckOptions, tree: CommitTree | None, files: list[str], folders: list[str]
) -> Iterator[Text]:
    repository = options.repository
    if options.staged and files:
        return from_index(repository, (), [relative_path(repository, file) for file in files])
    if files:
        return from_files(files, repository)
    if options.staged:
        return from_index(repository, folders)
    return from_folders(repository, folders) if tree is None else from_commit(repository, tree, folders)


def paths_of(paths: Iterable[str | os.PathLike[str]]) -> list[str]:
    """Return paths as text."""
    return [os.fspath(path) for path in paths]


def relative_path(repository: GitRepository, path: str) -> str:
    """Return a path that a person typed, relative to the repository's root; in a bare repository it is that already.

    Raises:
        DocumentError: It is outside the repository.
    """
    if repository.layout.worktree is None:
        return posixpath.normpath(path)
    relative = repository.relative(path)
    if relative is None:
        raise DocumentError(f"it is outside the repository '{repository.root}'", path=path)
    return relative
