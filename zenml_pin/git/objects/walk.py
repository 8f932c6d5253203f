"""Every entry below a tree, with paths as bytes."""

from __future__ import annotations

import os

from zenml_pin.errors import LimitError, UnsupportedError
from zenml_pin.git.objects.tree import FOLDER, Entry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from zenml_pin.git.objects.object_store import Objects


def entries_below(
    objects: Objects, tree_id: str, path: bytes, enter: Callable[[bytes, str], None] | None = None
) -> dict[bytes, Entry]:
    """Return what lies below a tree and is no folder, by path.

    Args:
        objects: Where to read trees.
        tree_id: The tree.
        path: Where it lies; "" is the root.
        enter: Is told path and id of each folder, the first one included.

    Raises:
        LimitError: Folders nest deeper than `Limits.depth`.
        UnsupportedError: They are too many.
    """
    found: dict[bytes, Entry] = {}
    pending = [(path, Entry("", FOLDER, tree_id), 0)]
    count = 0
    while pending:
        place, entry, depth = pending.pop()
        check_paths(count := count + 1, os.fsdecode(path))
        if not entry.is_folder:
            found[place] = entry
            continue
        if depth > objects.limits.depth:
            raise LimitError(f"path '{os.fsdecode(place)[:60]}...'", depth, objects.limits.depth, "depth")
        if enter is not None:
            enter(place, entry.id)
        prefix = place + b"/" if place else b""
        pending += [
            (prefix + os.fsencode(name), child, depth + 1)
            for name, child in objects.entries(entry.id).items()
        ]
    return found


# Files and folders of one walk. A few trees that hold each other can unfold to any number; Linux has 95,000.
MOST_PATHS = 1_000_000


def check_paths(count: int, path: str) -> None:
    """Refuse to walk on below a folder in which so many files and folders were met.

    Raises:
        UnsupportedError: They are more than `MOST_PATHS`.
    """
    if count > MOST_PATHS:
        raise UnsupportedError(f"folder '{path or '.'}' unfolds to more than {MOST_PATHS} paths")
