"""What a module's text defines and why it cannot be imported, known by blob: many pins share one.

Nothing runs.
"""

from __future__ import annotations

import sys
from collections import OrderedDict

from zenml_pin.definitions import Definitions
from zenml_pin.git.snapshot import CommitTree, is_lfs_pointer
from zenml_pin.parsing import parse_quietly
from zenml_pin.pinning import defines

_KEPT = 4096


class Modules:
    """Facts of module texts, the most recent few thousand."""

    def __init__(self) -> None:
        self._held: OrderedDict[str, tuple[Definitions, str]] = OrderedDict()

    def fault(self, tree: CommitTree, path: str) -> str:
        """Return why a file cannot be imported, "" where it can."""
        return self._read(tree, path)[1]

    def defines(self, tree: CommitTree, roots: tuple[str, ...], path: str, name: str) -> bool:
        """Tell whether a file may define a class at its top level, as `pinning.defines` does."""
        found, _ = self._read(tree, path)
        return found.may_be_class(name) or (bool(found.stars) and defines(tree, roots, path, name))

    def classes(self, tree: CommitTree, path: str) -> tuple[str, ...]:
        """Return the names of the classes that a file defines itself."""
        return self._read(tree, path)[0].classes

    def _read(self, tree: CommitTree, path: str) -> tuple[Definitions, str]:
        blob_id = tree.get(path).id
        known = self._held.get(blob_id)
        if known is None:
            known = self._held[blob_id] = _facts(tree.read(path))
            if len(self._held) > _KEPT:
                self._held.popitem(last=False)
        return known


def _facts(data: bytes) -> tuple[Definitions, str]:
    nothing = Definitions((), (), (), False)
    if is_lfs_pointer(data):
        return nothing, "it is a Git LFS pointer"
    try:
        return Definitions.of_module(parse_quietly(data)), ""
    except SyntaxError as error:
        version = ".".join(map(str, sys.version_info[:2]))
        return nothing, f"Python {version} cannot compile its line {error.lineno}: {error.msg}"
    except (ValueError, RecursionError, MemoryError) as error:
        return nothing, f"it cannot be compiled: {str(error) or type(error).__name__}"
