"""The objects that facts about a unit at a commit depend on: facts in the cache count only while these objects exist.

trees     on the way to the unit, below it and its imports, and where its imports were looked for
files     of the unit and its imports, those that are laid beside them, those that state source roots, documents
"""

from __future__ import annotations

import posixpath

from zenml_pin.git.objects.tree import FOLDER, LINK
from zenml_pin.git.objects.walk import walk
from zenml_pin.importing.source_roots import deciding_files
from zenml_pin.pins.code_id import documents_folders, may_reach_further
from zenml_pin.pins.tree_shape import WHOLE
from zenml_pin.pins.unit import unit_of
from zenml_pin.workspace.folders import has_document_suffix

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from zenml_pin.git.objects.commit_files import CommitTree
    from zenml_pin.git.objects.tree import Entry
    from zenml_pin.pins.import_closure import Closure
    from zenml_pin.pins.text_facts import TextMemo


def needed_objects(
    tree: CommitTree,
    roots: tuple[str, ...],
    closure: Closure,
    folders: set[str],
    texts: TextMemo,
    pipelines: str | None,
) -> frozenset[bytes] | None:
    """Return the raw ids of the objects; None if symbolic links decide, and so more objects than these.

    Args:
        tree: The commit.
        roots: Its source roots.
        closure: What the unit imports.
        folders: The folders that decided it, as `find_watched_closure` returns them.
        texts: Facts about texts.
        pipelines: As for `digest_of`.

    Raises:
        PinError: One of the trees is missing or damaged.
    """
    ids = {tree.commit.tree}
    try:
        ids.update(_trees(tree, _whole_folders(tree, roots, closure, folders, texts)))
        files = [link.path for link in closure.links]
        around = {posixpath.dirname(path) for path in files} | (folders - {WHOLE})
        ids.update(_on_the_way(tree, around))
        ids.update(_of_files(tree, files))
        ids.update(_of_files(tree, deciding_files(tree)))
        ids.update(_of_documents(tree, documents_folders(roots, pipelines)))
    except _LinkError:
        return None
    return frozenset(map(bytes.fromhex, ids))


class _LinkError(Exception):
    """A symbolic link decides."""


def _whole_folders(
    tree: CommitTree, roots: tuple[str, ...], closure: Closure, folders: set[str], texts: TextMemo
) -> set[str]:
    """Return the folders of which everything below decides."""
    if WHOLE in folders or closure.path_users:
        return {""}
    if may_reach_further(tree, closure, texts):
        return {closure.unit, *roots}
    return {closure.unit, *(unit_of(path, roots) for path in closure.outside)}


def _trees(tree: CommitTree, tops: Iterable[str]) -> Iterator[str]:
    ids: list[str] = []

    def enter(_: str, folder: Entry) -> bool:
        ids.append(folder.id)
        return True

    for top in tops:
        start = tree.find_link(top)
        if start is not None:
            for _ in walk(tree.list_folder, start, top, depth=tree.limits.depth, enter=enter):
                pass
    return iter(ids)


def _on_the_way(tree: CommitTree, folders: set[str]) -> Iterator[str]:
    """Yield the ids of some folders and of those above them."""
    todo = list(folders)
    while todo:
        path = todo.pop()
        entry = tree.find(path)
        if entry is not None:
            _refuse_link(path, entry)
            if entry.mode == FOLDER:
                yield entry.id
        above = posixpath.dirname(path)
        if above not in folders:
            folders.add(above)
            todo.append(above)


def _of_files(tree: CommitTree, paths: Iterable[str]) -> Iterator[str]:
    for path in paths:
        entry = tree.find(path)
        if entry is None:
            raise _LinkError
        _refuse_link(path, entry)
        if entry.is_file:
            yield entry.id


def _of_documents(tree: CommitTree, folders: Iterable[str]) -> Iterator[str]:
    for folder in folders:
        for name, entry in tree.children(folder).items():
            if entry.is_file and has_document_suffix(name):
                yield entry.id


def _refuse_link(path: str, entry: Entry) -> None:
    if entry.path != path or entry.mode == LINK:
        raise _LinkError
