"""Whether the search for a unit's imports would find in the working tree what it finds at a commit.

    same content    of each file that the unit imports, and of its own Python files
    same entries    in each folder where the search looks, apart from files that no import statement can mean

Then nobody need search again. Where symbolic links or submodules are on the way, the answer is no.
"""

from __future__ import annotations

import os
import posixpath
from functools import partial

from zenml_pin.base.values import Value
from zenml_pin.errors import PinError
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.objects.tree import LINK, SUBMODULE
from zenml_pin.git.status.disk import hash_file
from zenml_pin.pins.import_closure import Closure, is_inside
from zenml_pin.pins.text_facts import TextMemo
from zenml_pin.pins.tree_shape import WHOLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_CACHE = "__pycache__"


class Searched(Value):
    """What the search for a unit's imports looked at.

    Args:
        folders: The folders where it looked, and those of the unit.
        names: The parts of all names that it looked for, and `__init__`, for which it looks in each folder.
    """

    folders: frozenset[str]
    names: frozenset[str]


def find_searched(
    tree: CommitTree, closure: Closure, folders: Iterable[str], lists: Iterable[str], texts: TextMemo
) -> Searched | None:
    """Return what the search looked at; None if that cannot be said.

    Args:
        tree: The commit.
        closure: What was found.
        folders: The folders where it looked, as `find_watched_closure` returns them.
        lists: The `__init__` files whose `__all__` decided.
        texts: Facts about texts.
    """
    watched = {*folders, *(posixpath.dirname(link.path) for link in closure.links)}
    if WHOLE in watched or closure.faults or closure.unparsed:
        return None
    names: set[str] = set()
    for link in closure.links:
        entry = tree.find(link.path)
        if entry is None or not entry.is_file or not link.path.endswith(".py"):
            return None
        facts = texts.find(entry.id) or texts.of_blob(entry.id, tree.read(link.path))
        if facts.changes_packages:
            return None
        names.update(*((*statement.names, statement.module or "") for statement in facts.imports))
    for path in lists:
        listed = texts.exports(tree.get(path).id, partial(tree.read, path))
        if listed is None:
            return None
        names.update(listed)
    above = {folder for path in watched for folder in _above(path)}
    # A hidden file has nothing before its dot, and no name is empty.
    parts = frozenset({"__init__"} | {part for name in names for part in name.split(".")} - {""})
    return Searched(frozenset(watched | above | set(_below(tree, closure.unit))), parts)


def is_same_on_disk(tree: CommitTree, worktree: str, closure: Closure, searched: Searched) -> bool:
    """Tell whether the working tree certainly gives the closure of the commit. Reads the files on disk anew."""
    object_format = tree.objects.source.object_format
    try:
        return all(
            _has_same_entries(tree, worktree, folder, closure.unit, searched.names)
            for folder in searched.folders
        ) and all(
            hash_file(os.fsencode(os.path.join(worktree, link.path)), object_format) == tree.get(link.path).id
            for link in closure.links
        )
    except (OSError, PinError):
        return False


def _has_same_entries(tree: CommitTree, worktree: str, path: str, unit: str, names: frozenset[str]) -> bool:
    folder = tree.find(path)
    if folder is None or not folder.is_folder:
        return not os.path.lexists(os.path.join(worktree, path)) or folder is not None
    if folder.path != path:
        return False
    is_own = is_inside(unit, path)
    committed = dict(tree.list_folder(path, folder))
    with os.scandir(os.path.join(worktree, path)) as entries:
        for entry in entries:
            known = committed.pop(entry.name, None)
            if known is None:
                if entry.name.partition(".")[0] in names or (is_own and _may_count(entry)):
                    return False
            elif known.is_folder:
                if not entry.is_dir(follow_symlinks=False):
                    return False
            elif known.mode in (LINK, SUBMODULE) or not entry.is_file(follow_symlinks=False):
                return False
    return not committed


def _may_count(entry: os.DirEntry[str]) -> bool:
    """Tell whether an entry of the unit that is not committed may be a file of it."""
    if entry.is_dir(follow_symlinks=False):
        return entry.name != _CACHE
    return entry.name.endswith(".py") or entry.is_symlink()


def _above(path: str) -> Iterator[str]:
    while path:
        path = posixpath.dirname(path)
        yield path


def _below(tree: CommitTree, unit: str) -> Iterator[str]:
    """Yield the folders of a unit."""
    todo = [unit]
    while todo:
        path = todo.pop()
        entry = tree.find_link(path)
        if entry is not None and entry.is_folder:
            yield path
            todo += [
                posixpath.join(path, name)
                for name, child in tree.list_folder(path, entry).items()
                if child.is_folder
            ]
