"""Pinning: from a class's file to its source, with the pin that reproduces it.

    path   -> dotted name, from the source root; the name must lead back to the same file
    HEAD   -> the pin, when the class's whole folder and all that it imports from the repository are committed

Without a pin, the outcome has the reason in one sentence, with the files. Nothing is imported or run for that.
"""

from __future__ import annotations

import posixpath

from zenml_pin.base.values import Value
from zenml_pin.errors import (
    NotARepositoryError,
    PinnedAttributeError,
    PinnedImportError,
    PinnedModuleNotFoundError,
    SourceSyntaxError,
    UnpinnedError,
    UnsupportedError,
)
from zenml_pin.git.any_repository import here
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.revision import resolve_revision
from zenml_pin.importing.given_roots import know
from zenml_pin.importing.locate import find_path
from zenml_pin.importing.source_roots import source_roots, to_dotted
from zenml_pin.pins.certain_imports import find_refusal
from zenml_pin.pins.choosing_roots import given_roots
from zenml_pin.pins.class_paths import find_class_path, find_name_path, head_tree, path_of_class
from zenml_pin.pins.definitions import Definitions
from zenml_pin.pins.obstacles import Obstacle, unit_obstacles
from zenml_pin.pins.unit import unit_of
from zenml_pin.pins.unparsed import HINT, find_reason
from zenml_pin.source import Source, refuse_no_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from zenml_pin.git.any_repository import AnyRepository
    from zenml_pin.git.objects.commit_files import Tree
    from zenml_pin.pins.origin import Origin

_HEAD_TRIES = 3
# Star imports of star imports: a limit, so that a circle of them ends.
_STAR_DEPTH = 10
# How many names a hint lists.
_MOST_NAMED = 5


class PinOutcome(Value):
    """The result of pinning a class.

    Args:
        source: Its source: pinned, or without a pin under the best name for it.
        reason: Why there is no pin; None where there is one.
    """

    source: Source
    reason: Obstacle | None = None


def pin_name(source: Source, repository: AnyRepository | None, commit: str | None) -> PinOutcome:
    """Pin a dotted name to HEAD or to a revision, as `zenml_pin.pin` does.

    Raises:
        PinnedModuleNotFoundError, PinnedAttributeError: The module or class does not exist.
        RevisionError: The revision does not name a commit.
    """
    if commit is None:
        return _at_head(find_name_path(source, repository), source.at(None), repository)
    tree = _tree_at(repository, commit)
    given = given_roots(tree)
    if given is not None:
        return PinOutcome(_at_given_roots(tree, given, source))
    path = find_path(tree, source_roots(tree), source.module)
    if path is None:
        raise PinnedModuleNotFoundError(
            f"commit {tree.commit_id} has no module '{source.module}'", name=source.module
        )
    return PinOutcome(source_at_commit(tree, path, source.name, source.module))


def _at_given_roots(tree: CommitTree, given: tuple[str, ...], source: Source) -> Source:
    path = find_path(tree, given, source.module)
    if path is None:
        raise PinnedModuleNotFoundError(
            f"commit {tree.commit_id} has no module '{source.module}' in the given source roots",
            name=source.module,
        )
    require_class(tree, given, path, source.name)
    return source.at(tree.commit_id, know(given))


def pin_class(origin: Origin, repository: AnyRepository | None, commit: str | None) -> PinOutcome:
    """Pin a class to HEAD or to a revision, as `zenml_pin.pin` does.

    Raises:
        UnpinnedError: With a revision: the class does not have a file in the repository.
        PinnedModuleNotFoundError, PinnedAttributeError: The revision has no such module or class.
        RevisionError: The revision does not name a commit.
    """
    if commit is None:
        unpinned = origin.source.at(None) if origin.source is not None else Source(origin.module, origin.name)
        return _at_head(find_class_path(origin, repository), unpinned, repository)
    if origin.source is not None:
        return pin_name(origin.source, repository, commit)
    tree = _tree_at(repository, commit)
    return PinOutcome(source_at_commit(tree, path_of_class(origin, repository), origin.name))


def _at_head(path: str | UnpinnedError, unpinned: Source, repository: AnyRepository | None) -> PinOutcome:
    """Pin the class of a file to HEAD."""
    if isinstance(path, UnpinnedError):
        return PinOutcome(unpinned, path)
    assert repository is not None
    for _ in range(_HEAD_TRIES):
        tree = head_tree(repository)
        roots = source_roots(tree)
        source = source_of_file(tree, path, unpinned.name, roots, unpinned.module)
        if isinstance(source, UnpinnedError):
            return PinOutcome(unpinned, source)
        unpinned = source
        if not isinstance(tree, CommitTree):
            return PinOutcome(unpinned, _no_commit(repository))
        obstacle = next(_obstacles(repository, tree, roots, path, source.name), None)
        if obstacle is not None:
            return PinOutcome(unpinned, obstacle)
        # Other parts compared the files with HEAD: it must still be this commit.
        if repository.refs.head() == tree.commit_id:
            return PinOutcome(unpinned.at(tree.commit_id))
    reason = f"HEAD of repository '{repository.root}' moved during the comparison"
    return PinOutcome(unpinned, UnpinnedError(reason, "pin again"))


def iter_obstacles(repository: AnyRepository, path: str, source: Source) -> Iterator[Obstacle]:
    """Yield all that keeps a class from being pinned to HEAD; `pin` gives the first as its reason.

    Args:
        repository: The repository.
        path: The class's file, relative to the repository's root.
        source: The class, under the name that is in use.
    """
    tree = head_tree(repository)
    roots = source_roots(tree)
    answer = source_of_file(tree, path, source.name, roots, source.module)
    if isinstance(answer, UnpinnedError):
        yield answer
    elif isinstance(tree, CommitTree):
        yield from _obstacles(repository, tree, roots, path, source.name)
    else:
        yield _no_commit(repository)


def _no_commit(repository: AnyRepository) -> UnpinnedError:
    return UnpinnedError(f"repository '{repository.root}' has no commit yet", "commit, then pin again")


def _tree_at(repository: AnyRepository | None, commit: str) -> CommitTree:
    if repository is None:
        raise NotARepositoryError(here())
    return CommitTree(repository.objects, resolve_revision(repository, commit))


def _obstacles(
    repository: AnyRepository, tree: CommitTree, roots: tuple[str, ...], path: str, name: str
) -> Iterator[Obstacle]:
    """Yield the reasons why a class cannot be pinned to HEAD. Callers need the first; the others cost more reading."""
    yield from unit_obstacles(repository, tree, roots, unit_of(path, roots))
    refusal = None if tree.find(path) is None else find_refusal(tree, roots, path, repository.worktree)
    if refusal is not None:
        yield UnpinnedError(
            refusal.describe(), "a load stops at this import: commit the module, or do not import it"
        )
    has_file = tree.find(path) is not None
    # The unit's own reasons say what cannot be parsed.
    if not has_file or (not defines(tree, roots, path, name) and find_reason(tree, path) is None):
        yield UnpinnedError(
            describe_missing(f"'{path}' at HEAD", name, tree.read(path) if has_file else b""),
            "a source is loaded by this name: define the class or function in the module that it names",
        )


def source_at_commit(tree: CommitTree, path: str, name: str, module: str = "") -> Source:
    """Return the source of a class in a file, pinned to a commit. Only checks that the class exists.

    Raises:
        UnpinnedError: The file cannot be imported by a name.
        PinnedModuleNotFoundError: The commit has no such file.
        PinnedAttributeError: The file does not define the class at the commit.
    """
    roots = source_roots(tree)
    source = source_of_file(tree, path, name, roots, module)
    if isinstance(source, UnpinnedError):
        raise source
    if tree.find(path) is None:
        raise PinnedModuleNotFoundError(
            f"commit {tree.commit_id} has no file '{path}'", name=source.module, path=path
        )
    require_class(tree, roots, path, name)
    return source.at(tree.commit_id)


def require_class(tree: CommitTree, roots: tuple[str, ...], path: str, name: str) -> None:
    """Refuse a name that a file does not define as a class or function.

    Raises:
        PinnedAttributeError: The hint lists classes and functions that it defines.
        UnsupportedError: This Python cannot parse the file.
    """
    if not defines(tree, roots, path, name):
        reason = find_reason(tree, path)
        if reason is not None:
            raise UnsupportedError(f"'{path}' at commit {tree.commit_id}: {reason}", HINT)
        data = tree.read(path)
        fault = describe_missing(f"'{path}' at commit {tree.commit_id}", name, data)
        raise PinnedAttributeError(fault, describe_defined(Definitions.of(data)), name=name)


def describe_missing(file: str, name: str, data: bytes) -> str:
    """Return the sentence that says a file does not define a name as a class or function, and what it is instead."""
    from zenml_pin.pins.not_defined import why_not_defined

    reason = why_not_defined(data, name)
    return f"{file} does not define class or function '{name}' at its top level{reason and ': '}{reason}"


def describe_defined(definitions: Definitions) -> str:
    """Return the hint that lists a few classes and functions of a file."""
    names = [*sorted(definitions.classes), *sorted(definitions.functions)]
    return f"it defines {', '.join(names[:_MOST_NAMED]) or 'no class and no function'}"


def defines(
    tree: Tree, roots: tuple[str, ...], path: str, name: str, depth: int = 0, *, seen: bool = False
) -> bool:
    """Tell whether a file may define a class or function at its top level. Follows star imports from the tree.

    Args:
        tree: The files.
        roots: Their source roots.
        path: The file.
        name: The class's name.
        depth: How many star imports led to the file.
        seen: Count only what the text shows, not what code may bind when it runs.
    """
    definitions = Definitions.of(tree.read(path))
    if definitions.may_give(name) or (not seen and definitions.may_make(name)):
        return True
    for star in definitions.stars if depth < _STAR_DEPTH else ():
        starred = imported_path(tree, roots, path, star)
        # A star import from a library may bind any name, and so may a file that this Python cannot parse.
        if (
            starred is None
            or find_reason(tree, starred) is not None
            or defines(tree, roots, starred, name, depth + 1, seen=seen)
        ):
            return True
    return False


def imported_path(tree: Tree, roots: tuple[str, ...], path: str, module: str) -> str | None:
    """Return the file of the module in `from module import ...` of `path`; None when the tree does not have it."""
    name = module.lstrip(".")
    level = len(module) - len(name)
    folder = path
    for _ in range(level):
        folder = posixpath.dirname(folder)
    if name:
        return find_path(tree, (folder,) if level else roots, name)
    init = posixpath.join(folder, "__init__.py")
    return init if tree.find(init) is not None else None


def source_of_file(
    tree: Tree, path: str, name: str, roots: tuple[str, ...], module: str = ""
) -> Source | UnpinnedError:
    """Return the unpinned source of a class in a file, or why it has none: the file cannot be imported by a name.

    Args:
        tree: The files.
        path: The file.
        name: The class.
        roots: The source roots.
        module: The module's name as it is in use; such a name may have parts that are not Python names.
    """
    dotted = to_dotted(path, roots)
    if dotted is None:
        return UnpinnedError(
            f"'{path}' is not a module below a source root ({', '.join(repr(root or '.') for root in roots)})",
            "list its root as source_roots in section [zenml_pin] of setup.cfg, and commit that",
        )
    try:
        source = Source(dotted, name)
        if dotted != module:
            refuse_no_name(source)
    except SourceSyntaxError as error:
        reason = UnpinnedError(f"'{path}' cannot be imported by name: {error.message}")
        reason.__cause__ = error
        return reason
    try:
        other = find_path(tree, roots, dotted)
    except PinnedImportError as error:
        return UnpinnedError(f"'{path}' cannot be imported by name: {error.message}", error.hint)
    if other is not None and other != path:
        return UnpinnedError(
            f"'{path}' has the name '{dotted}', which leads to '{other}'", "rename one of the two files"
        )
    return source
