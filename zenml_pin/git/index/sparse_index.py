"""Sparse indexes: folders that a sparse checkout leaves out are one entry each, with the id of their tree.

Sources: gitformat-index(5) "Sparse Directory Entries".
"""

from __future__ import annotations

import os

from zenml_pin.git.index.file_format import IndexEntry, is_at
from zenml_pin.git.objects.tree import FILE_NAMES, FOLDER, Entry
from zenml_pin.git.objects.walk import walk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from zenml_pin.git.objects.object_store import Objects


def above(folder: bytes) -> Callable[[bytes, int, int], bool]:
    """Return a test for names that end in "/" and are a path or above it."""
    below = folder + b"/"
    return lambda data, start, end: data[end - 1 : end] == b"/" and below.startswith(data[start:end])


def expand(
    entries: list[IndexEntry], folders: Iterable[IndexEntry], path: bytes, objects: Objects
) -> list[IndexEntry]:
    """Return entries at and below a path, sorted, with all folders replaced by their files.

    Args:
        entries: The entries of the index there.
        folders: Its entries that pass the test of `above`.
        path: The path.
        objects: Where to read the folders.
    """
    expanded = [entry for entry in entries if entry.mode != FOLDER]
    for entry in {*folders, *entries} - {*expanded}:
        expanded += [
            IndexEntry(name, child.mode, child.id, skip_worktree=True)
            for name, child in _below(entry, objects)
            if is_at(name, path)
        ]
    return sorted(expanded, key=lambda entry: entry.path)


def _below(folder: IndexEntry, objects: Objects) -> Iterator[tuple[bytes, Entry]]:
    """Yield path and entry of each file below a folder of a sparse index."""
    below = walk(
        lambda _, tree: objects.entries(tree.id),
        Entry("", FOLDER, folder.id),
        os.fsdecode(folder.path.rstrip(b"/")),
        depth=objects.limits.depth,
    )
    return ((path.encode(*FILE_NAMES), entry) for path, entry in below)
