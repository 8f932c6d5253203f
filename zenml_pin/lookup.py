"""Look-ups: the repository at hand, and where in it a class or a name lies."""

from __future__ import annotations

import os

from zenml_pin.at import registry
from zenml_pin.errors import NotARepositoryError, PinnedModuleNotFoundError, UnpinnedError
from zenml_pin.git.repository import GitRepository
from zenml_pin.git.snapshot import CommitTree
from zenml_pin.importing.outside import find_files
from zenml_pin.importing.pin import Pin
from zenml_pin.importing.roots import source_roots
from zenml_pin.importing.worktree import WorktreeTree
from zenml_pin.origin import Origin, distribution_of
from zenml_pin.pinning import find_path
from zenml_pin.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.importing.locate import Tree

    Repo = str | os.PathLike[str] | None


def here() -> str:
    """Return the current folder; where it was deleted, a path that holds no repository."""
    try:
        return os.getcwd()
    except FileNotFoundError:
        return os.devnull


def find_repository(repo: Repo, start: str | None = None) -> GitRepository | None:
    """Return the named repository, or the one at or above a file or the current folder; None when there is none.

    Raises:
        NotARepositoryError: A repository is named, and there is none.
    """
    if repo is not None:
        if not os.path.exists(repo):
            raise NotARepositoryError(os.fspath(repo))
        return registry.open(os.fspath(repo))
    try:
        return registry.open(start or here())
    except NotARepositoryError:
        return None


def get_repository(repo: Repo, start: str | None = None) -> GitRepository:
    """Return what `find_repository` does; none is a NotARepositoryError."""
    repository = find_repository(repo, start)
    if repository is None:
        raise NotARepositoryError(start or here())
    return repository


def holder_of(pin: Pin, repository: GitRepository | None) -> GitRepository | None:
    """Return the repository whose working tree a pinned load must respect: the one at hand, when it has the commit."""
    if repository is not None and repository.objects.find_commit(pin.commit_id) is not None:
        return repository
    return registry.open(pin.place)


def head_tree(repository: GitRepository) -> Tree:
    """Return HEAD's files; before the first commit those of the working tree."""
    head = repository.head_commit()
    if head is not None:
        return CommitTree(repository.objects, head.id)
    return WorktreeTree(repository.layout.worktree or repository.root)


def path_of_class(origin: Origin, repository: GitRepository | None) -> str:
    """Return the path of a class's file in a repository.

    Raises:
        UnpinnedError: It has none; the message says what the class is instead.
    """
    if not origin.reachable:
        raise UnpinnedError(
            f"module '{origin.module}' holds no class under the name '{origin.name}'",
            "a source is loaded by this name: bind the class to it at the top level of its module",
        )
    if origin.file is None and origin.module in ("__main__", "builtins"):
        raise UnpinnedError("it is defined in no file", "move it to a module of the repository")
    path = repository.relative(origin.file) if repository is not None and origin.file is not None else None
    if path is not None and not {"site-packages", "dist-packages"} & set(path.split("/")):
        return path
    raise _no_path(origin, repository)


def _no_path(origin: Origin, repository: GitRepository | None) -> UnpinnedError:
    distribution = distribution_of(origin.module)
    if distribution is not None:
        return UnpinnedError(
            f"it belongs to the installed distribution '{distribution}'",
            "requirements pin distributions; a commit pins the repository's own classes",
        )
    if repository is None or repository.layout.worktree is None:
        return UnpinnedError(
            "it lies in no repository", "put its file under git, or name one with repo= (or -C)"
        )
    where = f"its file '{origin.file}'" if origin.file else f"module '{origin.module}', which has no file,"
    return UnpinnedError(f"{where} lies outside repository '{repository.root}'")


def path_of_name(source: Source, repository: GitRepository | None) -> str:
    """Return the path of a dotted name's file, in the working tree or at HEAD.

    Raises:
        UnpinnedError: The name is an installed library's.
        PinnedModuleNotFoundError: Nothing has that name.
    """
    for tree in _trees(repository):
        path = find_path(tree, source_roots(_trees(repository)[-1]), source.module)
        if path is not None:
            return path
    root = source.module.partition(".")[0]
    if repository is None or find_files(root) is not None:
        raise _no_path(Origin(source.module, source.name, None, None), repository)
    raise PinnedModuleNotFoundError(
        f"repository '{repository.root}' has no module '{source.module}'",
        "a source names a module from its source root, as in trainers.step.MyTrainer",
        name=source.module,
    )


def _trees(repository: GitRepository | None) -> list[Tree]:
    """Return the working tree, where there is one, and HEAD's tree."""
    if repository is None:
        return []
    worktree = repository.layout.worktree
    return [*([WorktreeTree(worktree)] if worktree is not None else []), head_tree(repository)]
