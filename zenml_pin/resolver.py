"""The two verbs, and what goes with them: `pin` gives a class its source, `load` gives a source its class.

Both only read. `pin` and `status` run no code; `load` runs the module it is asked for, as every import does.
"""

from __future__ import annotations

import importlib
import os

from zenml_pin.at import registry
from zenml_pin.beside import documents_of
from zenml_pin.blocks import Checkout, keep
from zenml_pin.closure import unit_of
from zenml_pin.errors import (
    CommitNotFoundError,
    NotARepositoryError,
    PinnedModuleNotFoundError,
    UncommittedChangesError,
    UnpinnedError,
    UnpinnedWarning,
)
from zenml_pin.git.repository import GitRepository
from zenml_pin.git.revision import resolve_revision
from zenml_pin.git.snapshot import CommitTree
from zenml_pin.git.status import Status, check
from zenml_pin.importing.finder import drop, loaded_names
from zenml_pin.importing.pin import Pin
from zenml_pin.importing.roots import source_roots
from zenml_pin.importing.worktree import WorktreeTree
from zenml_pin.loading import load_pinned, load_release, load_unpinned, refuse_uncommitted
from zenml_pin.origin import Origin, origin_of
from zenml_pin.pinning import (
    find_path,
    path_in_repository,
    source_at_commit,
    source_at_head,
    source_of,
)
from zenml_pin.source import Source, is_commit_id, pinned_root
from zenml_pin.warn import warn_caller

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType, TracebackType

    from zenml_pin.git.limits import Limits
    from zenml_pin.importing.locate import Tree


def pin(
    class_or_source: type | Source | str,
    *,
    repo: str | os.PathLike[str] | None = None,
    commit: str | None = None,
    strict: bool = False,
) -> Source:
    """Return a class's source, pinned to HEAD when its pin reproduces it.

    A class is pinned when all files of its module's folder are committed, and all that this imports from the same
    repository. If not, a warning names the files and the source is returned unpinned. Nothing is imported.

    Args:
        class_or_source: The class, or its dotted name. A class that comes from a pin keeps that pin, and so does
            a source that has one.
        repo: The repository; for a class found upward from its file, for a name from the current folder.
        commit: A revision to pin to instead of HEAD; asked is only that the class is there.
        strict: Raise what would be warned of.

    Raises:
        UncommittedChangesError, UnpinnedError: With strict, why there is no pin.
        RevisionError: The revision names no commit.
        UnsupportedError: The class is nested or local, so that no name leads to it.
    """
    if isinstance(class_or_source, (Source, str)):
        source = class_or_source if isinstance(class_or_source, Source) else Source.parse(class_or_source)
        if source.is_pinned and commit is None:
            return source
        repository = _repository(repo, os.getcwd())
        origin = _origin_of_name(source, repository)
    else:
        origin = origin_of(class_or_source)
        if origin.source is not None and commit is None:
            return origin.source
        repository = _repository(repo, origin.file or os.getcwd())
    if commit is not None:
        if repository is None:
            raise NotARepositoryError(os.fspath(repo or os.getcwd()))
        return source_at_commit(origin, repository, resolve_revision(repository, commit))
    try:
        return source_at_head(origin, repository)
    except (UncommittedChangesError, UnpinnedError) as error:
        if strict:
            raise
        source = _unpinned(origin, repository)
        warn_caller(f"'{source}' stays unpinned: {error.message}; {error.hint}".rstrip("; "), UnpinnedWarning)
        return source


def load(
    source: Source | str,
    *,
    repo: str | os.PathLike[str] | None = None,
    allow_dirty: bool = False,
    strict: bool = False,
    limits: Limits | None = None,
) -> type:
    """Return the class that a source names.

    A pinned class comes from its commit's objects into memory: worktree, index and HEAD stay as they are, and
    nothing but the class's own names is added to `sys.modules`. An unpinned one is imported from the working tree.

    Args:
        source: The source, or its text.
        repo: The repository to ask first; else the one at or above the current folder.
        allow_dirty: Load a pinned class although its folder has uncommitted changes now.
        strict: Refuse a source that is not pinned, or was pinned with another release of this package.
        limits: Sizes above which an object is not read.

    Raises:
        SourceSyntaxError: The text is no source.
        CommitNotFoundError: No known repository holds the commit, as in a shallow clone.
        UncommittedChangesError: The class's folder has uncommitted changes.
        PinnedModuleNotFoundError, PinnedAttributeError, NotAClassError: The commit has no such module or class.
        PinnedImportError: The module failed while it ran; the cause is its own exception.
        ObjectCorruptError, ObjectNotFoundError: An object that it needs is damaged or missing.
    """
    source = source if isinstance(source, Source) else Source.parse(source)
    if source.release is not None:
        return load_release(source, strict)
    repository = _repository(repo, os.getcwd())
    if source.commit_id is None:
        if strict:
            raise UnpinnedError(
                f"'{source}' is not pinned", "pin it with 'zenml-pin pin', or load without strict"
            )
        return load_unpinned(source, repository, registry)
    pinned = registry.get_pin(source.commit_id, repository, limits)
    if not allow_dirty:
        refuse_uncommitted(_holder(pinned, repository), pinned, source.module)
    loaded = load_pinned(pinned, source)
    keep(pinned)
    return loaded


def import_module(
    fullname: str,
    commit: str,
    *,
    repo: str | os.PathLike[str] | None = None,
    limits: Limits | None = None,
) -> ModuleType:
    """Return a module as of a commit; what its body raises comes through unchanged.

    Args:
        fullname: Its dotted name, from the source root.
        commit: A full id or another revision of the repository.
        repo: The repository to ask first; else the one at or above the current folder.
        limits: Sizes above which an object is not read.

    Raises:
        CommitNotFoundError, RevisionError: The commit was not found.
        ModuleNotFoundError: It has no such module.
    """
    pinned, _ = _pin_of(commit, repo, limits)
    module = importlib.import_module(f"{pinned.root}.{fullname}")
    keep(pinned)
    return module


def checkout(
    commit: str, *, repo: str | os.PathLike[str] | None = None, limits: Limits | None = None
) -> Checkout:
    """Return a commit as a handle, for a `with` block that unloads what it loaded.

    Args:
        commit: A full id or another revision of the repository.
        repo: The repository to ask first; else the one at or above the current folder.
        limits: Sizes above which an object is not read.

    Raises:
        CommitNotFoundError, RevisionError: The commit was not found.
    """
    pinned, repository = _pin_of(commit, repo, limits)
    return Checkout(pinned, _holder(pinned, repository))


def status(folder_or_class: str | Source | type, *, repo: str | os.PathLike[str] | None = None) -> Status:
    """Return what is uncommitted in a folder, or in the unit of a class. Writes nothing, runs nothing.

    Pipeline documents, and bundles beside them, are not listed in a workspace's pipelines folder: runs write them.

    Args:
        folder_or_class: A folder relative to the repository root ("" is all of it), or a class or source, which
            stands for its module's folder (its file, where it lies directly in a source root).
        repo: The repository; for a class found upward from its file, else from the current folder.

    Raises:
        NotARepositoryError: There is none.
        UnsupportedError: It has no working tree.
        PinnedModuleNotFoundError: The source's module is not there.
    """
    if isinstance(folder_or_class, str):
        return _check(_required(repo, os.getcwd()), folder_or_class.strip("/"))
    if isinstance(folder_or_class, Source):
        repository = _required(repo, os.getcwd())
        origin = _origin_of_name(folder_or_class, repository)
    else:
        origin = origin_of(folder_or_class)
        repository = _required(repo, origin.file or os.getcwd())
        if origin.source is not None:
            origin = _origin_of_name(origin.source, repository)
    path = path_in_repository(origin, repository)
    return _check(repository, unit_of(path, source_roots(_head_tree(repository))))


def unload(commit: str) -> None:
    """Drop a commit's modules: the next load runs them again. Classes in use go on working.

    Args:
        commit: A full id, or another revision of the repository at or above the current folder.
    """
    commit_id = commit if is_commit_id(commit) else resolve_revision(_required(None, os.getcwd()), commit)
    drop(loaded_names(pinned_root(commit_id)))
    registry.forget("g" + commit_id)


class attach:
    """Let the pinned namespace find commits in a repository from now on, or for the time of a `with` block.

    Args:
        repository: A path at or below the repository's root.

    Raises:
        NotARepositoryError: There is none.
    """

    def __init__(self, repository: str | os.PathLike[str]) -> None:
        self._repository = registry.open(os.fspath(repository))
        registry.attach(self._repository)

    def __enter__(self) -> attach:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        registry.detach(self._repository)


def _repository(repo: str | os.PathLike[str] | None, start: str) -> GitRepository | None:
    """Return the named repository, or the one found from where to start; None when none is found there."""
    if repo is not None:
        return registry.open(os.fspath(repo))
    try:
        return registry.open(start)
    except NotARepositoryError:
        return None


def _required(repo: str | os.PathLike[str] | None, start: str) -> GitRepository:
    repository = _repository(repo, start)
    if repository is None:
        raise NotARepositoryError(start)
    return repository


def _check(repository: GitRepository, path: str) -> Status:
    """Return what is uncommitted at a path, documents apart; without a working tree that is an error here."""
    worktree = repository.layout.worktree
    return check(repository, path, exempt=None if worktree is None else documents_of(worktree))


def _pin_of(
    commit: str, repo: str | os.PathLike[str] | None, limits: Limits | None
) -> tuple[Pin, GitRepository | None]:
    repository = _repository(repo, os.getcwd())
    if not is_commit_id(commit):
        if repository is None:
            raise CommitNotFoundError(
                commit, [os.getcwd()], "a revision needs a repository: name one with repo="
            )
        commit = resolve_revision(repository, commit)
    return registry.get_pin(commit, repository, limits), repository


def _holder(pinned: Pin, repository: GitRepository | None) -> GitRepository | None:
    """Return the repository whose working tree a pinned load must respect: the one at hand, when it has the commit."""
    if repository is not None and repository.objects.find_commit(pinned.commit_id) is not None:
        return repository
    return registry.open(pinned.worktree) if pinned.worktree is not None else None


def _head_tree(repository: GitRepository) -> Tree:
    """Return HEAD's files; before the first commit those of the working tree."""
    head = repository.head_commit()
    if head is not None:
        return CommitTree(repository.objects, head.id)
    return WorktreeTree(repository.layout.worktree or repository.root)


def _origin_of_name(source: Source, repository: GitRepository | None) -> Origin:
    """Return where the class of a dotted name lies, in the working tree or at HEAD."""
    if repository is None:
        return Origin(source.module, source.name, None, None)
    trees: list[Tree] = [_head_tree(repository)]
    if repository.layout.worktree is not None:
        trees.insert(0, WorktreeTree(repository.layout.worktree))
    roots = source_roots(trees[-1])
    for tree in trees:
        path = find_path(tree, roots, source.module)
        if path is not None:
            file = os.path.join(repository.layout.worktree or repository.root, path)
            return Origin(source.module, source.name, file, None)
    if source.module.partition(".")[0] in _first_parts(trees[0], roots):
        raise PinnedModuleNotFoundError(
            f"repository '{repository.root}' has no module '{source.module}'", name=source.module
        )
    return Origin(source.module, source.name, None, None)


def _first_parts(tree: Tree, roots: tuple[str, ...]) -> set[str]:
    return {name.partition(".")[0] for root in roots for name in tree.names(root)}


def _unpinned(origin: Origin, repository: GitRepository | None) -> Source:
    """Return a class's source without a pin, named from the source root where it lies below one."""
    try:
        path = path_in_repository(origin, repository)
        assert repository is not None
        return source_of(path, origin.name, source_roots(_head_tree(repository)))
    except UnpinnedError:
        return Source(origin.module, origin.name)
