"""Files beside: what a load of a unit lays in memory, found without running anything.

A load decides it module by module, as each is loaded. Here every file of the unit and every file that these import
counts, so the answer may be too much, but not too little for what import statements name.
"""

from __future__ import annotations

import os
import posixpath

from zenml_pin.base.memory_folder import find_parent
from zenml_pin.errors import LimitError
from zenml_pin.importing.beside import Beside
from zenml_pin.pins.text_places import places_of, sizes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.base.limits import Limits
    from zenml_pin.git.objects.commit_files import CommitTree
    from zenml_pin.git.objects.tree import Entry
    from zenml_pin.pins.import_closure import Closure


def find_files_beside(tree: CommitTree, roots: tuple[str, ...], closure: Closure) -> dict[str, Entry]:
    """Return the files and links beside the code of a unit, by path; none if no code of it speaks of a place.

    Raises:
        ObjectNotFoundError: A folder, or a file of the unit, is missing.
        UnsupportedError, LimitError: There are too many files, or they nest too deep.
    """
    modules = [link.path for link in closure.links if link.path.endswith(".py")]
    places = {path: _places_of(tree, path) for path in modules}
    if all(names is None for names in places.values()):
        return {}
    beside, entries = Beside(tree, roots), {}
    # Modules of one folder have the same files beside them.
    looks = {(posixpath.dirname(path), names or ()): path for path, names in places.items()}
    for (_, names), path in looks.items():
        entries.update(beside.add(path, names))
    return entries


def why_not_laid(tree: CommitTree, files: dict[str, Entry]) -> str | None:
    """Return why files beside code cannot be laid in memory on this machine; None if they can.

    Cost: reads the files once.
    """
    if not files:
        return None
    most = room(tree.limits)
    if most is None:
        return "no file system in memory (tmpfs) can be written to"
    if len(files) > tree.limits.file_count:
        return f"they are more than the limit of {tree.limits.file_count}"
    try:
        size = size_of(tree, files, most)
    except LimitError as error:
        return error.message
    return f"they have {size} bytes, more than the limit of {most}" if size > most else None


def room(limits: Limits) -> int | None:
    """Return how many bytes can be laid in memory on this machine now; None if it has no file system for them."""
    parent = find_parent()
    if parent is None:
        return None
    status = os.statvfs(parent)
    return min(limits.files, status.f_bavail * status.f_frsize // 4)


def size_of(tree: CommitTree, files: dict[str, Entry], most: int) -> int:
    """Return how many bytes some files have.

    Raises:
        LimitError: One of them has more than `most`.
    """
    total = 0
    for entry in files.values():
        size = sizes.get(entry.id)
        total += _read_size(tree, entry.id, most) if size is None else size
    return total


def _places_of(tree: CommitTree, path: str) -> tuple[str, ...] | None:
    entry = tree.find(path)
    if entry is None or not entry.is_file:
        return None
    return places_of(entry.id, lambda: tree.read(path))


def _read_size(tree: CommitTree, blob_id: str, most: int) -> int:
    return sizes.add(blob_id, len(tree.objects.get(blob_id, "blob", most)))
