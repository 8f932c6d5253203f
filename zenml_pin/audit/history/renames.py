"""Renames: where a class was before a commit moved its module, as `git log --follow` finds it for a file.

Only files that the commit changed or deleted, and that lost the class, are candidates. The first of these decides:

    the same blob               the file was moved as it is
    the same file name          the file was moved and edited
    any other                   the class was moved, if one other file alone had it

Of several with the same blob or file name, the one whose path has the longest common end with the new path: where
`steps/a` and `steps/b` become `train/a` and `train/b`, each file has its own older name.
"""

from __future__ import annotations

import re
from itertools import takewhile

from zenml_pin.audit.comparison.class_text import find_segment
from zenml_pin.audit.comparison.line_diff import decode_lines
from zenml_pin.errors import PinError
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.objects.object_store import FAULTS, Objects
from zenml_pin.git.objects.tree import Entry
from zenml_pin.importing.source_roots import source_roots, to_dotted

# Files and folders. A commit that changes more reorganises everything: which of them had the class would be a guess.
_MOST = 5000


def find_renamed(objects: Objects, here: str, there: str, path: str, name: str) -> str | None:
    """Return the module of a class at another commit, where its module has another name; None if there is none.

    Args:
        objects: The objects of the repository.
        here: The commit that has the class in `path`.
        there: Its neighbour in the history, which does not have that module.
        path: The module's file.
        name: The class.

    Raises:
        ObjectNotFoundError, ObjectCorruptError: A folder or file that the answer needs is missing or damaged.
    """
    try:
        tree, other = CommitTree(objects, here), CommitTree(objects, there)
        roots = source_roots(other)
        blob_id = tree.get(path).id
        gone = _files_that_differ(objects, tree.commit.tree, other.commit.tree)
        candidates = [
            entry for entry in gone if to_dotted(entry.path, roots) and not _has_class(tree, entry.path, name)
        ]
        chosen = _choose(objects, candidates, path, blob_id, name)
    except FAULTS:
        raise
    except PinError:
        return None
    return to_dotted(chosen.path, roots) if chosen is not None else None


def _choose(objects: Objects, candidates: list[Entry], path: str, blob_id: str, name: str) -> Entry | None:
    exact = [entry for entry in candidates if entry.id == blob_id]
    if exact:
        return min(exact, key=lambda entry: (-_common_end(entry, path), entry.path))
    having = [entry for entry in candidates if _defines(objects, entry, name)]
    longest = max((_common_end(entry, path) for entry in having), default=0)
    chosen = [entry for entry in having if _common_end(entry, path) == longest]
    return chosen[0] if len(chosen) == 1 else None


def _has_class(tree: CommitTree, path: str, name: str) -> bool:
    entry = tree.find_link(path)
    return entry is not None and entry.is_file and _defines(tree.objects, entry, name)


def _defines(objects: Objects, entry: Entry, name: str) -> bool:
    data = objects.blob(entry.id)
    # Most files do not have the word, and need no parser.
    word = re.search(rb"(?:class|def)\s+%b\b" % re.escape(name).encode(), data)
    if word is None:
        return False
    # It also finds the class in a text that this Python cannot parse.
    segment = find_segment(decode_lines(data), name)
    return segment is not None and segment.imported is None


def _common_end(entry: Entry, path: str) -> int:
    """Return how many parts at the end of two paths are the same."""
    pairs = zip(reversed(entry.path.split("/")), reversed(path.split("/")), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _files_that_differ(objects: Objects, here: str, there: str) -> list[Entry]:
    """Return the Python files of the other commit that are not the same here; none if there are too many."""
    files: list[Entry] = []
    todo = [("", here, there)]
    for folder, own_id, other_id in todo:
        own = objects.entries(own_id) if own_id else {}
        for name, entry in objects.entries(other_id).items():
            before = own.get(name)
            if before is not None and before.id == entry.id:
                continue
            path = f"{folder}/{name}" if folder else name
            if entry.is_folder:
                todo.append((path, before.id if before is not None and before.is_folder else "", entry.id))
            elif entry.is_file and name.endswith(".py"):
                files.append(Entry(path, entry.mode, entry.id))
        if len(files) + len(todo) > _MOST:
            return []
    return files
