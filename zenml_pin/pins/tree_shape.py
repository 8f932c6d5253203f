"""The shape of a commit's tree: everything that decides where its modules are, without what is in them.

    shape = hash of  name, kind, shape of the folder or target of the link  for each folder, link, submodule and module

Two commits of one shape have the same modules at the same places. In most commits only texts change.
"""

from __future__ import annotations

import os

from zenml_pin.base.bounded import Bounded
from zenml_pin.base.hashing import hex_digest
from zenml_pin.errors import PinError
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.objects.object_store import Objects

# Files of all other names cannot be found by an import.
_SUFFIXES = (".py", ".pyc", ".pyd", ".so", ".dll")
_KEPT = 16384
_shapes: Bounded[str, str] = Bounded(_KEPT)


def shape_of(tree: CommitTree) -> str | None:
    """Return the shape of a commit; None if a folder of it is missing or damaged.

    Cost: reads each folder that this process does not know yet.
    """
    try:
        return _shape(tree.objects, tree.commit.tree)
    except (PinError, RecursionError):
        return None


def _shape(objects: Objects, tree_id: str) -> str:
    shape = _shapes.get(tree_id)
    if shape is None:
        parts = []
        for name, entry in objects.entries(tree_id).items():
            if entry.is_folder:
                content = _shape(objects, entry.id)
            elif entry.is_file:
                if not name.endswith(_SUFFIXES):
                    continue
                content = ""
            else:
                content = entry.id
            parts.append(f"{name}\0{entry.mode:o}\0{content}\n")
        shape = _shapes.add(tree_id, hex_digest(os.fsencode("".join(parts)), "sha256"))
    return shape
