"""Pinning: from a class's file to its source, with the pin that reproduces it.

    path   -> dotted name, from the source root, which must lead back to the same file
    HEAD   -> the pin, when the class's whole folder and all that it imports from the repository are committed

What stands in the way of a pin is said in one sentence, with files; nothing is imported or run to find out.
"""

from __future__ import annotations

import posixpath
import sys

from zenml_pin.base.warn import warn_caller
from zenml_pin.errors import (
    NotARepositoryError,
    PinnedAttributeError,
    PinnedModuleNotFoundError,
    SourceSyntaxError,
    UncommittedChangesError,
    UnpinnedError,
    UnpinnedWarning,
)
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.objects.worktree_files import WorktreeTree
from zenml_pin.git.revision import resolve_revision
from zenml_pin.importing.locate import find_path, follow
from zenml_pin.importing.registry import here
from zenml_pin.importing.source_roots import source_roots, to_dotted
from zenml_pin.importing.worktree_guard import find_files, worktree_path
from zenml_pin.pins.definitions import Definitions
from zenml_pin.pins.import_closure import Closure, Stray, find_closure
from zenml_pin.pins.lookup import head_tree, path_of_class, path_of_name
from zenml_pin.pins.unit import unit_of, unit_status
from zenml_pin.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from zenml_pin.git.objects.commit_files import Tree
    from zenml_pin.git.places import Place
    from zenml_pin.pins.origin import Origin

_COMMIT_HINT = "commit these files, then pin again"
_FULL_NAME_HINT = (
    "import it by its full name, or list its folder as source_roots in section [zenml_pin] of setup.cfg"
)
_HEAD_TRIES = 3
# A star import of a star import of ... is no one's class.
_STAR_DEPTH = 10


def source_at_head(repository: Place, path: str, name: str) -> Source:
    """Return the source of a class in a file, pinned to HEAD.

    Raises:
        UncommittedChangesError: Its folder, or a module that this imports, has uncommitted changes.
        UnpinnedError: It cannot be pinned for another reason, which the message says.
    """
    for _ in range(_HEAD_TRIES):
        head = repository.head_commit()
        if head is None:
            raise UnpinnedError(f"repository '{repository.root}' has no commit yet", "commit, then pin again")
        source = _source_at(repository, CommitTree(repository.objects, head.id), path, name)
        # What was compared with HEAD must have been compared with this one.
        if repository.refs.head() == head.id:
            return source
    raise UnpinnedError(f"HEAD of repository '{repository.root}' moved while it was compared", "pin again")


def _source_at(repository: Place, tree: CommitTree, path: str, name: str) -> Source:
    roots = source_roots(tree)
    source = source_of(tree, path, name, roots)
    unit = unit_of(path, roots)
    status = unit_status(repository, unit)
    if not status.clean:
        raise UncommittedChangesError(unit, status.changes, _COMMIT_HINT)
    _refuse_imports(repository, tree, roots, unit)
    if tree.find(path) is None or not defines(tree, roots, path, name):
        raise UnpinnedError(
            f"'{path}' at HEAD does not define class '{name}' at its top level",
            "a source is loaded by this name: define the class where its name says",
        )
    return source.at(tree.commit_id)


def source_at_commit(tree: CommitTree, path: str, name: str) -> Source:
    """Return the source of a class in a file, pinned to a commit; asked is only that the class is there.

    Raises:
        PinnedModuleNotFoundError: The commit has no such file.
        PinnedAttributeError: The file does not define the class there.
    """
    roots = source_roots(tree)
    source = source_of(tree, path, name, roots)
    if tree.find(path) is None:
        raise PinnedModuleNotFoundError(
            f"commit {tree.commit_id} has no file '{path}'", name=source.module, path=path
        )
    require_class(tree, roots, path, name)
    return source.at(tree.commit_id)


def require_class(tree: CommitTree, roots: tuple[str, ...], path: str, name: str) -> None:
    """Refuse a name that a file does not define as a class.

    Raises:
        PinnedAttributeError: The hint lists the classes that it defines.
    """
    if not defines(tree, roots, path, name):
        classes = ", ".join(sorted(Definitions.of(tree.read(path)).classes))
        raise PinnedAttributeError(
            f"'{path}' at commit {tree.commit_id} does not define class '{name}' at its top level",
            f"it defines {classes or 'no class'}",
            name=name,
        )


def defines(tree: Tree, roots: tuple[str, ...], path: str, name: str, depth: int = 0) -> bool:
    """Tell whether a file may define a class at its top level; star imports from the tree are followed."""
    found = Definitions.of(tree.read(path))
    if found.may_be_class(name):
        return True
    for star in found.stars if depth < _STAR_DEPTH else ():
        starred = imported_path(tree, roots, path, star)
        # A library's star may give anything.
        if starred is None or defines(tree, roots, starred, name, depth + 1):
            return True
    return False


def imported_path(tree: Tree, roots: tuple[str, ...], path: str, module: str) -> str | None:
    """Return the file of a module that `from module import ...` in `path` names; None when it is not the tree's."""
    name = module.lstrip(".")
    level = len(module) - len(name)
    folder = path
    for _ in range(level):
        folder = posixpath.dirname(folder)
    if name:
        return find_path(tree, (folder,) if level else roots, name)
    init = posixpath.join(folder, "__init__.py")
    return init if tree.find(init) is not None else None


def source_of(tree: Tree, path: str, name: str, roots: tuple[str, ...]) -> Source:
    """Return the unpinned source of a class in a file.

    Raises:
        UnpinnedError: The path is no module name, lies below no source root, or its name leads to another file.
    """
    dotted = to_dotted(path, roots)
    if dotted is None:
        raise UnpinnedError(
            f"'{path}' is no module below a source root ({', '.join(repr(root or '.') for root in roots)})",
            "list its root as source_roots in section [zenml_pin] of setup.cfg, and commit that",
        )
    try:
        source = Source(dotted, name)
    except SourceSyntaxError as error:
        raise UnpinnedError(f"'{path}' cannot be imported by name: {error.message}") from error
    other = find_path(tree, roots, dotted)
    if other is not None and other != path:
        raise UnpinnedError(
            f"'{path}' has the name '{dotted}', which leads to '{other}'", "rename one of the two files"
        )
    return source


def _refuse_imports(repository: Place, tree: CommitTree, roots: tuple[str, ...], unit: str) -> None:
    """Refuse a unit that imports what its pin would not have."""
    # Twice: the commit does not show what was added since, the disk not what was deleted.
    worktree = repository.worktree
    for files in (tree, WorktreeTree(worktree)) if worktree is not None else (tree,):
        closure = find_closure(files, roots, unit)
        _refuse_faults(closure)
        for stray in closure.strays:
            _refuse_stray(files, worktree, stray)
        for path in closure.outside:
            status = unit_status(repository, path)
            if not status.clean:
                raise UncommittedChangesError(path, status.changes, _COMMIT_HINT, chain=closure.chain(path))
            if tree.find_link(path) is None:
                raise UnpinnedError(
                    f"{' imports '.join(closure.chain(path))}, which is not at HEAD", _COMMIT_HINT
                )


def _refuse_faults(closure: Closure) -> None:
    if closure.upward:
        first = closure.upward[0]
        raise UnpinnedError(
            f"{first.path}:{first.line}: '{first.text}' leaves the folder '{closure.unit}' (ZP006)",
            "import it by its full name, which the pin can follow",
        )
    for path, reason in closure.faults.items():
        raise UnpinnedError(
            f"{' imports '.join(closure.chain(path))}, which cannot be imported from memory: {reason}"
        )


def _refuse_stray(files: Tree, worktree: str | None, stray: Stray) -> None:
    """Refuse an import that only a `sys.path` of today leads to a file of the repository."""
    if stray.root in sys.builtin_module_names or stray.root in sys.stdlib_module_names:
        return
    found = find_files(stray.root)
    inside = [path for file in found or () if (path := worktree_path(worktree, file)) is not None]
    if found is None:
        sibling = follow(files, (posixpath.dirname(stray.path),), stray.root)
        inside = [located.path for located in sibling]
    if inside:
        raise UnpinnedError(
            f"{stray.path}:{stray.line}: 'import {stray.root}' takes '{inside[0]}' by way of sys.path, which no "
            "pin has",
            _FULL_NAME_HINT,
        )


def source_of_name(source: Source, repository: Place | None, commit: str | None, strict: bool) -> Source:
    """Return the source of a dotted name, pinned to HEAD or to a revision; as `zenml_pin.pin`."""
    if commit is None:
        return _at_head(lambda: path_of_name(source, repository), source.at(None), repository, strict)
    tree = _tree_at(repository, commit)
    path = find_path(tree, source_roots(tree), source.module)
    if path is None:
        raise PinnedModuleNotFoundError(
            f"commit {tree.commit_id} has no module '{source.module}'", name=source.module
        )
    return source_at_commit(tree, path, source.name)


def source_of_class(origin: Origin, repository: Place | None, commit: str | None, strict: bool) -> Source:
    """Return the source of a class, pinned to HEAD or to a revision; as `zenml_pin.pin`."""
    if commit is None:
        unpinned = origin.source.at(None) if origin.source is not None else Source(origin.module, origin.name)
        return _at_head(lambda: path_of_class(origin, repository), unpinned, repository, strict)
    if origin.source is not None:
        return source_of_name(origin.source, repository, commit, strict)
    return source_at_commit(_tree_at(repository, commit), path_of_class(origin, repository), origin.name)


def _at_head(find: Callable[[], str], unpinned: Source, repository: Place | None, strict: bool) -> Source:
    """Return the source pinned to HEAD, or the best name without a pin, and a warning that says why."""
    try:
        path = find()
        assert repository is not None
        tree = head_tree(repository)
        unpinned = source_of(tree, path, unpinned.name, source_roots(tree))
        return source_at_head(repository, path, unpinned.name)
    except (UncommittedChangesError, UnpinnedError) as error:
        if strict and isinstance(error, UnpinnedError):
            raise UnpinnedError(f"'{unpinned}' cannot be pinned: {error.message}", error.hint) from error
        if strict:
            raise
        warn_caller(
            f"'{unpinned}' stays unpinned: {error.message}; {error.hint}".rstrip("; "), UnpinnedWarning
        )
        return unpinned


def _tree_at(repository: Place | None, commit: str) -> CommitTree:
    if repository is None:
        raise NotARepositoryError(here())
    return CommitTree(repository.objects, resolve_revision(repository, commit))
