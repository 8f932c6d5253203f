"""Find out what a module's text defines, and why it cannot be imported. Kept by blob id, since many pins share a blob.

    symbol table   shows everything that the compiler refuses, and the classes that the text certainly defines
    syntax tree    shows all other names that may be a class, such as imports; parsed only if the table has no answer

The table takes four fifths of the tree's time, and leaves no work for the garbage collector. Runs nothing.
"""

from __future__ import annotations

import sys

from zenml_pin.base.bounded import Bounded
from zenml_pin.git.objects.commit_files import CommitTree, is_lfs_pointer
from zenml_pin.pins.definitions import Definitions, quietly
from zenml_pin.pins.pinning import defines
from zenml_pin.pins.text_facts import TEXT_MEMO, TextMemo

TYPE_CHECKING = False
if TYPE_CHECKING:
    from symtable import SymbolTable

_KEPT = 4096


class _Facts:
    """The facts about a text.

    Attributes:
        fault: Why it cannot be imported; "" if it can.
        classes: Names of classes that it defines at its top level; there may be more.
        definitions: Everything that it defines; None until it is needed.
    """

    def __init__(self, fault: str = "", classes: frozenset[str] = frozenset()) -> None:
        self.fault = fault
        self.classes = classes
        self.definitions: Definitions | None = None


class Modules:
    """Facts about module texts; keeps the most recent few thousand.

    Args:
        texts: Keeps facts on the disk, if it keeps any.
    """

    def __init__(self, texts: TextMemo = TEXT_MEMO) -> None:
        self._texts = texts
        self._facts: Bounded[str, _Facts] = Bounded(_KEPT)

    def fault(self, tree: CommitTree, path: str) -> str:
        """Return why a file cannot be imported; "" if it can."""
        return self._read(tree, path).fault

    def defines(self, tree: CommitTree, roots: tuple[str, ...], path: str, name: str) -> bool:
        """Tell whether a file may define a class or function at its top level, as its text shows."""
        if name in self._read(tree, path).classes:
            return True
        definitions = self.definitions(tree, path)
        return definitions.may_give(name) or (
            bool(definitions.stars) and defines(tree, roots, path, name, seen=True)
        )

    def may_make(self, tree: CommitTree, roots: tuple[str, ...], path: str, name: str) -> bool:
        """Tell whether a file that does not show a class or function may make it when it runs."""
        definitions = self.definitions(tree, path)
        return definitions.may_make(name) or (bool(definitions.stars) and defines(tree, roots, path, name))

    def _read(self, tree: CommitTree, path: str) -> _Facts:
        blob_id = tree.get(path).id
        facts = self._facts.get(blob_id)
        if facts is None:
            known = self._texts.kept(blob_id, "module")
            facts = _Facts(known[0], frozenset(known[1])) if known is not None else _facts(tree.read(path))
            if known is None:
                self._texts.keep(blob_id, "module", (facts.fault, sorted(facts.classes)))
            self._facts.add(blob_id, facts)
        return facts

    def definitions(self, tree: CommitTree, path: str) -> Definitions:
        """Return what a file defines itself."""
        facts = self._read(tree, path)
        if facts.definitions is None:
            facts.definitions = Definitions.of(tree.read(path))
        return facts.definitions


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


def _table(data: bytes) -> SymbolTable | None:
    """Return the symbol table of a text; None in a Python without symbol tables (PyPy), if the text compiles."""
    try:
        from symtable import symtable
    except ModuleNotFoundError:
        compile(data, "<unknown>", "exec", dont_inherit=True)
        return None
    # typeshed allows text only; bytes work as well, and Python then reads them with the encoding that they declare.
    return symtable(data, "<unknown>", "exec")  # type: ignore[arg-type]


def _classes(data: bytes, table: SymbolTable | None) -> frozenset[str]:
    """Return the classes above the first `__main__`: code below may be in a script's guard, which an import skips."""
    if table is None:
        return frozenset()
    guard = data.find(b"__main__")
    line = data.count(b"\n", 0, guard) + 1 if guard >= 0 else sys.maxsize
    return frozenset(
        child.get_name()
        for child in table.get_children()
        if child.get_type() == "class" and child.get_lineno() < line
    )
