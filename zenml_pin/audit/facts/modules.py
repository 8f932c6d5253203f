"""What a module's text defines and why it cannot be imported, known by blob: many pins share one.

    symbol table   finds whatever the compiler refuses, and the classes that the text defines for sure
    tree           all else that may be a class, such as what is imported; parsed where the table does not answer

The table takes four fifths of the tree's time, and leaves nothing for the garbage collector to look at. Nothing runs.
"""

from __future__ import annotations

import sys
from symtable import SymbolTable, symtable

import attrs

from zenml_pin.base.bounded import Bounded
from zenml_pin.git.objects.commit_files import CommitTree, is_lfs_pointer
from zenml_pin.pins.definitions import Definitions, quietly
from zenml_pin.pins.pinning import defines

_KEPT = 4096


@attrs.define
class _Facts:
    """What is known of a text.

    Attributes:
        fault: Why it cannot be imported, "" where it can.
        classes: Names of classes that it defines at its top level; there may be more.
        definitions: All that it defines; None until someone asks.
    """

    fault: str = ""
    classes: frozenset[str] = frozenset()
    definitions: Definitions | None = None


class Modules:
    """Facts of module texts, the most recent few thousand."""

    def __init__(self) -> None:
        self._held: Bounded[str, _Facts] = Bounded(_KEPT)

    def fault(self, tree: CommitTree, path: str) -> str:
        """Return why a file cannot be imported, "" where it can."""
        return self._read(tree, path).fault

    def defines(self, tree: CommitTree, roots: tuple[str, ...], path: str, name: str) -> bool:
        """Tell whether a file may define a class at its top level, as `pinning.defines` does."""
        if name in self._read(tree, path).classes:
            return True
        found = self._definitions(tree, path)
        return found.may_be_class(name) or (bool(found.stars) and defines(tree, roots, path, name))

    def classes(self, tree: CommitTree, path: str) -> tuple[str, ...]:
        """Return the names of the classes that a file defines itself."""
        return self._definitions(tree, path).classes

    def _read(self, tree: CommitTree, path: str) -> _Facts:
        blob_id = tree.get(path).id
        known = self._held.get(blob_id)
        if known is None:
            known = self._held.add(blob_id, _facts(tree.read(path)))
        return known

    def _definitions(self, tree: CommitTree, path: str) -> Definitions:
        known = self._read(tree, path)
        if known.definitions is None:
            known.definitions = Definitions.of(tree.read(path))
        return known.definitions


def _facts(data: bytes) -> _Facts:
    if is_lfs_pointer(data):
        return _Facts("it is a Git LFS pointer")
    try:
        return _Facts(classes=_classes(data, quietly(_table, data)))
    except SyntaxError as error:
        version = ".".join(map(str, sys.version_info[:2]))
        return _Facts(f"Python {version} cannot compile its line {error.lineno}: {error.msg}")
    except (ValueError, RecursionError, MemoryError) as error:
        return _Facts(f"it cannot be compiled: {str(error) or type(error).__name__}")


def _table(data: bytes) -> SymbolTable:
    # Bytes, which typeshed does not know of, for they carry the coding that the text says it has.
    return symtable(data, "<unknown>", "exec")  # type: ignore[arg-type]


def _classes(data: bytes, table: SymbolTable) -> frozenset[str]:
    """Return the classes that stand before all that may be under a script's guard, which an import does not run."""
    guard = data.find(b"__main__")
    line = data.count(b"\n", 0, guard) + 1 if guard >= 0 else sys.maxsize
    held = table.get_children()
    return frozenset(
        child.get_name() for child in held if child.get_type() == "class" and child.get_lineno() < line
    )
