"""Overlay: a tree with some files put in, changed or removed, as git would write it; in memory only.

    tree_id = overlay(objects, head.tree, {"trainers/step.py": (FILE, blob_id), "old.py": None}, target)

The answer is the id that git gives to the same files (`git add -A; git write-tree`), so equal ids are equal files.
"""

from __future__ import annotations

from zenml_pin.git.objects.tree import FOLDER, Entry, format_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from zenml_pin.git.objects.memory_source import MemorySource
    from zenml_pin.git.objects.object_store import Objects

    File = tuple[int, str] | None


def overlay(objects: Objects, tree_id: str | None, files: Mapping[str, File], target: MemorySource) -> str:
    """Return the id of a tree with some of its files replaced. The new trees go to `target`.

    Args:
        objects: Have the trees of the old one.
        tree_id: The old tree; None for none.
        files: Mode and blob id of each file by its path; None where the file is removed.
        target: Takes the trees that are new.
    """
    entries = {} if tree_id is None else dict(objects.entries(tree_id))
    below: dict[str, dict[str, File]] = {}
    for path, file in files.items():
        name, _, rest = path.partition("/")
        if rest:
            below.setdefault(name, {})[rest] = file
        elif file is None:
            entries.pop(name, None)
        else:
            entries[name] = Entry(name, *file)
    for name, inside in below.items():
        old = entries.get(name)
        old_id = old.id if old is not None and old.is_folder else None
        if old_id is None and not any(inside.values()):
            continue
        new_id = overlay(objects, old_id, inside, target)
        entries[name] = Entry(name, FOLDER, new_id)
        if new_id == _empty(target):
            del entries[name]
    return target.add("tree", format_tree(entries.values()))


def _empty(target: MemorySource) -> str:
    return target.add("tree", b"")
