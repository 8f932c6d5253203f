"""Pinning: from a class to its source, with the pin that reproduces it.

    file   -> repository, and its path there
    path   -> dotted name, from the source root
    HEAD   -> the pin, when the class's whole folder and all that it imports from the repository are committed

What stands in the way of a pin is said in one sentence, with files; nothing is imported or run to find out.
"""

from __future__ import annotations

from zenml_pin.beside import documents_of
from zenml_pin.closure import Closure, find_closure, unit_of
from zenml_pin.definitions import defines, names_defined
from zenml_pin.errors import (
    PinnedAttributeError,
    PinnedModuleNotFoundError,
    SourceSyntaxError,
    UncommittedChangesError,
    UnpinnedError,
    describe_changes,
)
from zenml_pin.git.repository import GitRepository
from zenml_pin.git.snapshot import CommitTree
from zenml_pin.git.status import Status, check
from zenml_pin.importing.locate import follow
from zenml_pin.importing.roots import source_roots, to_dotted
from zenml_pin.importing.worktree import WorktreeTree
from zenml_pin.origin import Origin, distribution_of
from zenml_pin.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.importing.locate import Tree

_COMMIT_HINT = "commit these files, then pin again"


def source_at_head(origin: Origin, repository: GitRepository | None) -> Source:
    """Return a class's source pinned to HEAD.

    Raises:
        UncommittedChangesError: Its folder, or a module that this imports, has uncommitted changes.
        UnpinnedError: It cannot be pinned for another reason, which the message says.
    """
    path = path_in_repository(origin, repository)
    assert repository is not None
    head = repository.head_commit()
    if head is None:
        raise UnpinnedError(f"repository '{repository.root}' has no commit yet", "commit, then pin again")
    tree = CommitTree(repository.objects, head.id)
    roots = source_roots(tree)
    source = source_of(path, origin.name, roots)
    unit = unit_of(path, roots)
    _refuse_uncommitted(repository, tree, roots, unit)
    if tree.find(path) is None or not defines(tree.read(path), origin.name):
        raise UnpinnedError(
            f"'{path}' at HEAD does not define '{origin.name}' at its top level",
            "a source is loaded by this name: define the class where its name says",
        )
    return source.at(head.id)


def source_at_commit(origin: Origin, repository: GitRepository, commit_id: str) -> Source:
    """Return a class's source pinned to a commit; asked is only that the class is there.

    Raises:
        UnpinnedError: The class has no file in this repository.
        PinnedModuleNotFoundError: The commit has no such file.
        PinnedAttributeError: The file does not define the class there.
    """
    path = path_in_repository(origin, repository)
    tree = CommitTree(repository.objects, commit_id)
    source = source_of(path, origin.name, source_roots(tree))
    if tree.find(path) is None:
        raise PinnedModuleNotFoundError(
            f"commit {commit_id} has no file '{path}'", name=source.module, path=path
        )
    data = tree.read(path)
    if not defines(data, origin.name):
        raise PinnedAttributeError(
            f"'{path}' at commit {commit_id} does not define '{origin.name}' at its top level",
            f"it defines {', '.join(names_defined(data)) or 'no class'}",
            name=origin.name,
        )
    return source.at(commit_id)


def path_in_repository(origin: Origin, repository: GitRepository | None) -> str:
    """Return the path of a class's file in a repository.

    Raises:
        UnpinnedError: It has none; the message says what the class is instead.
    """
    if origin.file is None and origin.module in ("__main__", "builtins"):
        raise UnpinnedError("it is defined in no file", "move it to a module of the repository")
    path = repository.relative(origin.file) if repository is not None and origin.file is not None else None
    if path is not None and "site-packages" not in path.split("/"):
        return path
    distribution = distribution_of(origin.module)
    if distribution is not None:
        raise UnpinnedError(
            f"it belongs to the installed distribution '{distribution}'",
            "requirements pin distributions; a commit pins the repository's own classes",
        )
    if repository is None or repository.layout.worktree is None:
        raise UnpinnedError(
            "it lies in no repository", "put its file under git, or name one with repo= (or -C)"
        )
    raise UnpinnedError(f"its file '{origin.file}' lies outside repository '{repository.root}'")


def source_of(path: str, name: str, roots: tuple[str, ...]) -> Source:
    """Return the unpinned source of a class in a file.

    Raises:
        UnpinnedError: The path is no module name, or lies below no source root.
    """
    dotted = to_dotted(path, roots)
    if dotted is None:
        raise UnpinnedError(
            f"'{path}' lies below no source root ({', '.join(repr(root or '.') for root in roots)})",
            "list its root as source_roots in section [zenml_pin] of setup.cfg, and commit that",
        )
    try:
        return Source(dotted, name)
    except SourceSyntaxError as error:
        raise UnpinnedError(f"'{path}' cannot be imported by name: {error.message}") from error


def find_path(tree: Tree, roots: tuple[str, ...], module: str) -> str | None:
    """Return the file of a module in a tree, None when it has none."""
    parts = follow(tree, roots, module)
    is_whole = len(parts) == module.count(".") + 1 and parts[-1].kind in ("package", "module")
    return parts[-1].path if is_whole else None


def _refuse_uncommitted(
    repository: GitRepository, tree: CommitTree, roots: tuple[str, ...], unit: str
) -> None:
    status = unit_status(repository, unit)
    if not status.clean:
        raise UncommittedChangesError(unit, status.changes, _COMMIT_HINT)
    assert repository.layout.worktree is not None
    # Twice: the commit does not show what was added since, the disk not what was deleted.
    for files in (tree, WorktreeTree(repository.layout.worktree)):
        closure = find_closure(files, roots, unit)
        if closure.upward:
            first = closure.upward[0]
            raise UnpinnedError(
                f"{first.path}:{first.line}: '{first.text}' leaves the folder '{unit}' (ZP006)",
                "import it by its full name, which the pin can follow",
            )
        for path in closure.outside:
            _refuse_link(closure, unit_status(repository, path), path)


def _refuse_link(closure: Closure, status: Status, path: str) -> None:
    if status.clean:
        return
    chain = " imports ".join(closure.chain(path))
    error = UncommittedChangesError(path, status.changes, _COMMIT_HINT)
    error.message = f"{chain}: {describe_changes(path, status.changes)}"
    raise error


def unit_status(repository: GitRepository, unit: str) -> Status:
    """Return what is uncommitted in a unit, documents apart; nothing where there is no working tree to differ."""
    worktree = repository.layout.worktree
    return Status(unit) if worktree is None else check(repository, unit, exempt=documents_of(worktree))
