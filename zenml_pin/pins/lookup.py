"""Look-ups: which repository a call uses, and the path of a class or a name in it."""

from __future__ import annotations

import os

from zenml_pin.base.limits import DEFAULT_LIMITS
from zenml_pin.errors import (
    NotARepositoryError,
    PinnedModuleNotFoundError,
    SourceSyntaxError,
    UnpinnedError,
    UnsupportedError,
)
from zenml_pin.git.any_repository import OPENED, here, is_there
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.repository import GitRepository
from zenml_pin.source import Source, refuse_no_name
from zenml_pin.workspace.folders import documents_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Protocol

    from zenml_pin.base.limits import Limits
    from zenml_pin.git.any_repository import AnyRepository
    from zenml_pin.git.objects.commit_files import Tree
    from zenml_pin.importing.namespace import Namespace
    from zenml_pin.pins.origin import Origin

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
        NotARepositoryError: There is no repository of that name.
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
    bundle_path = repository.relative(namespace.repository.root)
    if (
        bundle_path is not None
        and namespace.repository.worktree is None
        and documents_of(repository.worktree or "")(bundle_path)
    ):
        return repository
    return (
        repository
        if repository.objects.find_commit(namespace.commit_id) is not None
        else namespace.repository
    )


def head_tree(repository: AnyRepository) -> Tree:
    """Return HEAD's files; before the first commit those of the working tree."""
    head = repository.head_commit()
    if head is not None:
        return CommitTree(repository.objects, head.id)
    from zenml_pin.git.objects.worktree_files import WorktreeTree

    return WorktreeTree(repository.worktree or repository.root)


def path_of_class(origin: Origin, repository: AnyRepository | None) -> str:
    """Return the path of a class's file in a repository.

    Raises:
        UnpinnedError: It has none; the message says where the class comes from.
    """
    return _required(find_class_path(origin, repository))


def path_of_name(source: Source, repository: AnyRepository | None) -> str:
    """Return the path of a dotted name's file, in the working tree or at HEAD.

    Raises:
        UnpinnedError: The name belongs to an installed library.
        PinnedModuleNotFoundError: No module has that name.
    """
    return _required(find_name_path(source, repository))


def _required(path: str | UnpinnedError) -> str:
    if isinstance(path, UnpinnedError):
        raise path
    return path


def find_class_path(origin: Origin, repository: AnyRepository | None) -> str | UnpinnedError:
    """Return the path of a class's file in a repository, or why it has none."""
    if not origin.reachable:
        return UnpinnedError(
            f"module '{origin.module}' does not have this class or function under its name '{origin.name}'",
            "a source is loaded by this name: bind the class or function to it at the top level of its module",
        )
    if origin.file is None and origin.module in ("__main__", "builtins"):
        return UnpinnedError("it is not defined in a file", "move it to a module of the repository")
    path = repository.relative(origin.file) if repository is not None and origin.file is not None else None
    if path is not None and not {"site-packages", "dist-packages"} & set(path.split("/")):
        return path
    return _no_path(origin, repository)


def _no_path(origin: Origin, repository: AnyRepository | None) -> UnpinnedError:
    from zenml_pin.base.distributions import distribution_of

    distribution = distribution_of(origin.module)
    if distribution is not None:
        return UnpinnedError(
            f"it belongs to the installed distribution '{distribution}'",
            "requirements pin distributions; a commit pins the repository's own classes and functions",
        )
    if repository is None or repository.worktree is None:
        return UnpinnedError(
            "it is not in a repository", "put its file under git, or name one with repo= (or -C)"
        )
    subject = f"its file '{origin.file}'" if origin.file else f"module '{origin.module}', which has no file,"
    return UnpinnedError(f"{subject} is outside repository '{repository.root}'")


def find_name_path(source: Source, repository: AnyRepository | None) -> str | UnpinnedError:
    """Return the path of a dotted name's file, in the working tree or at HEAD, or why it has none.

    Raises:
        SourceSyntaxError: No module has that name, and a part of it is not a Python name.
        PinnedModuleNotFoundError: No module has that name.
    """
    # To find a repository, as `status` of a folder does, needs none of this.
    from zenml_pin.importing.locate import find_path
    from zenml_pin.importing.source_roots import source_roots
    from zenml_pin.importing.worktree_guard import find_files

    for tree in _trees(repository):
        path = find_path(tree, source_roots(_trees(repository)[-1]), source.module)
        if path is not None:
            return path
    refuse_no_name(source)
    root = source.module.partition(".")[0]
    if repository is None or find_files(root) is not None:
        from zenml_pin.pins.origin import Origin

        return _no_path(Origin(source.module, source.name, None, None), repository)
    raise PinnedModuleNotFoundError(
        f"repository '{repository.root}' has no module '{source.module}'",
        "a source names a module from its source root, as in trainers.step.MyTrainer",
        name=source.module,
    )


def _trees(repository: AnyRepository | None) -> list[Tree]:
    """Return the working tree, where there is one, and HEAD's tree."""
    if repository is None:
        return []
    from zenml_pin.git.objects.worktree_files import WorktreeTree

    worktree = repository.worktree
    return [*([WorktreeTree(worktree)] if worktree is not None else []), head_tree(repository)]
