"""Look-ups: which source a call means, and which repository it uses."""

from __future__ import annotations

import os

from zenml_pin.base.limits import DEFAULT_LIMITS
from zenml_pin.git.any_repository import OPENED, here, is_there
from zenml_pin.git.repository import GitRepository
from zenml_pin.load_errors import NotARepositoryError, SourceSyntaxError, UnsupportedError
from zenml_pin.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Protocol

    from zenml_pin.base.limits import Limits
    from zenml_pin.git.any_repository import AnyRepository
    from zenml_pin.importing.namespace import Namespace

    class HoldsRepository(Protocol):
        """An object that has an open repository, as a Bundle does."""

        @property
        def place(self) -> AnyRepository:
            """The repository."""

    Repo = str | os.PathLike[str] | HoldsRepository | None

# What `-C` names where that is not a folder, such as a bundle or a URL; the innermost block comes last.
_substitutes: list[AnyRepository] = []


def find_repository(
    repo: Repo, start: str | None = None, limits: Limits | None = None
) -> AnyRepository | None:
    """Return the named repository, else the one at or above a file or the current folder; None when there is none.

    Args:
        repo: The path or URL of a repository, a bundle file, or an object that has an open repository.
        start: A file or folder to start from, where `repo` is None.
        limits: Sizes above which an object is not read to open the repository.

    Raises:
        NotARepositoryError: `repo` names something that is not a repository.
        BundleError: It is a bundle, and damaged.
    """
    if repo is not None:
        if not isinstance(repo, (str, os.PathLike)):
            return repo.place
        name = os.fspath(repo)
        if not is_there(name):
            raise NotARepositoryError(name)
        return OPENED.open(name, limits or DEFAULT_LIMITS)
    if start is None and _substitutes:
        return _substitutes[-1]
    try:
        return OPENED.open(start or here())
    except NotARepositoryError:
        return None


class use_repository:
    """Use a repository, bundle or server instead of the repository at the current folder, during a block.

    Raises:
        NotARepositoryError: Nothing of that name is a repository, a bundle or a server.
    """

    def __init__(self, name: str) -> None:
        self._repository = get_repository(name)

    def __enter__(self) -> None:
        _substitutes.append(self._repository)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _substitutes.pop()


def get_repository(repo: Repo, start: str | None = None) -> AnyRepository:
    """Return what `find_repository` finds, or raise NotARepositoryError."""
    repository = find_repository(repo, start)
    # The error of opening says what ended the search.
    return OPENED.open(start or here()) if repository is None else repository


def read_source(source: Source | str, repo: Repo) -> Source:
    """Return a source, or that of a text; behind its "@" a text may have any revision of the repository.

    Raises:
        SourceSyntaxError: The text is not a source.
        RevisionError: Its revision does not name a commit.
        NotARepositoryError: It has a revision, and there is no repository to look in.
    """
    if isinstance(source, Source):
        return source
    try:
        return Source.parse(source)
    except SourceSyntaxError as error:
        from zenml_pin.pins.typed_source import at_revision

        return at_revision(source, lambda: get_repository(repo), error)


def get_origin(repository: AnyRepository) -> AnyRepository:
    """Return the repository that a repository was cloned from; one on a server is returned itself.

    Raises:
        UnsupportedError: The repository has no remote.
        NotARepositoryError: Its remote is a folder without a repository.
    """
    if isinstance(repository, GitRepository):
        from zenml_pin.git.clone import origin_remote

        origin = origin_remote(repository.layout)
        if not is_there(origin):
            raise NotARepositoryError(origin)
        return OPENED.open(origin)
    from zenml_pin.git.remote.repository import RemoteRepository

    if isinstance(repository, RemoteRepository):
        return repository
    raise UnsupportedError(f"'{repository.root}' was not cloned, so nothing can be fetched for it")


def repository_to_check(namespace: Namespace, repository: AnyRepository | None) -> AnyRepository:
    """Return the repository whose working tree a pinned load must check for changes.

    That is the caller's repository when it has the commit, else the one that serves the namespace. A bundle in a
    pipelines folder of the working tree counts as part of the repository: it may keep commits that history has lost.
    """
    if repository is None or repository is namespace.repository:
        return namespace.repository
    if namespace.repository.worktree is None:
        from zenml_pin.workspace.folders import documents_of

        bundle_path = repository.relative(namespace.repository.root)
        if bundle_path is not None and documents_of(repository.worktree or "")(bundle_path):
            return repository
    return (
        repository
        if repository.objects.find_commit(namespace.commit_id) is not None
        else namespace.repository
    )
