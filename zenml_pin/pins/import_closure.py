"""The closure: which first-party modules a folder imports, without running any of them.

A class is pinned only when its pin reproduces it (P5), so each module that its folder imports from the same
repository must be committed too, and each module that those import. The search follows absolute and relative imports
and the `__init__` of every parent. Imports under `if TYPE_CHECKING` do not run and do not count. Imports whose names
are computed at run time are not visible.
"""

from __future__ import annotations

import ast
import posixpath

from zenml_pin.base.bounded import Bounded
from zenml_pin.base.values import Value
from zenml_pin.errors import PinnedImportError
from zenml_pin.git.objects.tree import LINK
from zenml_pin.git.objects.walk import walk
from zenml_pin.importing.locate import follow
from zenml_pin.pins.definitions import exports, parse_quietly
from zenml_pin.pins.unparsed import describe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from zenml_pin.git.objects.commit_files import Tree

_TYPING = ("typing", "typing_extensions")
# An audit reads the same few hundred files in the trees of a thousand commits.
_KEPT = 4096
_statements: Bounded[str, tuple[ast.Import | ast.ImportFrom, ...]] = Bounded(_KEPT)


class Link(Value):
    """One import that the search followed.

    Args:
        path: The imported file.
        importer: The file that imports it; "" for a file of the unit itself.
        line: The line of the import, counted from 1; 0 for a parent's `__init__`.
    """

    path: str
    importer: str
    line: int


class Upward(Value):
    """A relative import that leaves the folder: `text` is in `path` at `line`."""

    path: str
    line: int
    text: str


class Stray(Value):
    """An absolute import whose first part is in no source root: a library, or a first-party file by another path."""

    path: str
    line: int
    root: str


class Closure(Value):
    """What a unit imports.

    Args:
        unit: The folder or file.
        links: One for each file of the unit and each first-party file that it imports, nearest first.
        upward: Relative imports that leave the unit's folder.
        strays: Imports whose first part is in no source root.
        faults: By path, why an imported file cannot be imported: native code, a submodule, text that nests too deep.
        unparsed: By path, why it is unknown what a file imports: this Python cannot parse it.
        gaps: Files that import a name of which only the first part has a file; `certain_imports` says whether it runs.
    """

    unit: str
    links: tuple[Link, ...]
    upward: tuple[Upward, ...]
    strays: tuple[Stray, ...]
    faults: dict[str, str]
    unparsed: dict[str, str]
    gaps: frozenset[str]

    @property
    def outside(self) -> tuple[str, ...]:
        """The imported files outside the unit, nearest first."""
        return tuple(link.path for link in self.links if not is_inside(self.unit, link.path))

    def chain(self, path: str) -> tuple[str, ...]:
        """Return files from a file of the unit to `path`; each imports the next."""
        importers = {link.path: link.importer for link in self.links}
        chain = [path]
        while importers.get(chain[-1]) and importers[chain[-1]] not in chain:
            chain.append(importers[chain[-1]])
        return tuple(reversed(chain))


def is_inside(unit: str, path: str) -> bool:
    """Tell whether a path is a unit or is below it."""
    return not unit or path == unit or path.startswith(unit + "/")


def find_closure(tree: Tree, roots: tuple[str, ...], unit: str) -> Closure:
    """Return what a unit imports from its own repository.

    Args:
        tree: The files of the commit (or of a working tree).
        roots: Its source roots.
        unit: A folder, with everything below it, or one file.

    Cost: reads every Python file of the unit and every first-party file that they import.
    """
    return _ImportSearch(tree, roots, unit).run()


class _ImportSearch:
    def __init__(self, tree: Tree, roots: tuple[str, ...], unit: str) -> None:
        self._tree = tree
        self._roots = roots
        self._unit = unit
        self._links: dict[str, Link] = {}
        self._upward: list[Upward] = []
        self._strays: dict[str, Stray] = {}
        self._faults: dict[str, str] = {}
        self._unparsed: dict[str, str] = {}
        self._gaps: set[str] = set()

    def run(self) -> Closure:
        todo = [path for path, mode in _files_below(self._tree, self._unit) if _counts(path, mode)]
        for path in todo:
            self._links[path] = Link(path, "", 0)
        for path in todo:
            for link in (*self._linked(path), *self._parents(path), *self._imports(path)):
                if link.path not in self._links:
                    self._links[link.path] = link
                    todo.append(link.path)
        strays = tuple(self._strays.values())
        links, upward = tuple(self._links.values()), tuple(self._upward)
        return Closure(self._unit, links, upward, strays, self._faults, self._unparsed, frozenset(self._gaps))

    def _linked(self, path: str) -> Iterator[Link]:
        """Yield the target of a symbolic link in a path: a link without changes says nothing about its target."""
        entry = self._tree.find(path)
        if entry is not None and entry.path != path:
            yield Link(entry.path, path, 0)
            if entry.is_folder:
                yield from (Link(file, path, 0) for file, _ in _files_below(self._tree, entry.path))

    def _parents(self, path: str) -> Iterator[Link]:
        """Yield the `__init__` of every package above a file: importing the file runs them."""
        folder = posixpath.dirname(path)
        while folder and folder not in self._roots:
            init = f"{folder}/__init__.py"
            if init != path and self._tree.find(init) is not None:
                yield Link(init, path, 0)
            folder = posixpath.dirname(folder)

    def _imports(self, path: str) -> Iterator[Link]:
        if not path.endswith(".py"):
            return
        try:
            nodes = _import_statements(self._tree, path)
        except (SyntaxError, ValueError) as error:
            self._unparsed[path] = describe(error, path)
            return
        except (RecursionError, MemoryError):
            self._faults[path] = "it nests too deep to be parsed"
            return
        for node in nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield from self._follow(path, node, self._roots, alias.name, alias.name.count(".") + 1)
            else:
                yield from self._import_from(path, node)

    def _import_from(self, path: str, node: ast.ImportFrom) -> Iterator[Link]:
        parts = node.module.split(".") if node.module else []
        bases: tuple[str, ...] = self._roots
        if node.level:
            base = path
            for _ in range(node.level):
                base = posixpath.dirname(base)
            if node.level > self._depth(path):
                self._faults[path] = f"its line {node.lineno} imports from above its source root"
                return
            if is_inside(self._unit, path) and base != self._unit and not is_inside(self._unit, base):
                dots = "." * node.level
                self._upward.append(Upward(path, node.lineno, f"from {dots}{node.module or ''} import ..."))
            bases = (base,)
        for alias in node.names:
            yield from self._follow(path, node, bases, ".".join([*parts, alias.name]), len(parts))
            if alias.name == "*":
                yield from self._starred(path, node, bases, parts)

    def _depth(self, path: str) -> int:
        """Return how many packages deep a file is below its source root."""
        roots = [root for root in self._roots if not root or path.startswith(root + "/")]
        return path[len(max(roots, key=len, default="")) :].lstrip("/").count("/")

    def _starred(self, path: str, node: ast.stmt, bases: tuple[str, ...], parts: list[str]) -> Iterator[Link]:
        """Yield the modules that a star import of a package imports because its `__all__` names them."""
        modules = follow(self._tree, bases, ".".join(parts)) if parts else []
        if parts and (len(modules) != len(parts) or modules[-1].kind != "package"):
            return
        folder = posixpath.dirname(modules[-1].path) if modules else bases[0]
        init = f"{folder}/__init__.py"
        try:
            names = exports(parse_quietly(self._tree.read(init))) if self._tree.find(init) else ()
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            names = None
        if names is None:
            names = tuple({name.partition(".")[0] for name in self._tree.names(folder)} - {"__init__"})
        for name in names:
            yield from self._follow(path, node, (folder,), name)

    def _follow(
        self, path: str, node: ast.stmt, bases: tuple[str, ...], dotted: str, needed: int = 0
    ) -> Iterator[Link]:
        """Yield every file that the import of a dotted name runs; after `needed` parts the next may be an attribute."""
        if "__pycache__" in dotted.split("."):
            self._faults[path] = "it imports from __pycache__, which is never committed"
        try:
            modules = follow(self._tree, bases, dotted)
        except PinnedImportError as error:
            self._faults[path] = error.message
            return
        if not modules and bases == self._roots:
            root = dotted.partition(".")[0]
            self._strays.setdefault(root, Stray(path, node.lineno, root))
        elif len(modules) < needed:
            self._gaps.add(path)
        for located in modules:
            if not located.is_loadable:
                self._faults[located.path] = f"it is {located.kind}"
            if located.kind != "namespace":
                yield Link(located.path, path, node.lineno)


def _counts(path: str, mode: int) -> bool:
    """Tell whether a file's content depends on others: Python files, and symbolic links of any name."""
    return path.endswith(".py") or mode == LINK


def _files_below(tree: Tree, unit: str) -> Iterator[tuple[str, int]]:
    """Yield path and mode of a unit's files, in git's order; a link to a folder counts as a file."""
    start = tree.find_link(unit)
    if start is not None:
        for path, entry in walk(lambda path, _: tree.children(path), start, unit, depth=tree.limits.depth):
            yield path, entry.mode


def _import_statements(tree: Tree, path: str) -> tuple[ast.Import | ast.ImportFrom, ...]:
    """Return the import statements of a file that may run; the file is read each time, and a blob is parsed once."""
    # Callers that list what a load needs, or what is missing, record which files are read.
    text = tree.read(path)
    entry = tree.find(path)
    # A file of the working tree has no id.
    blob_id = entry.id if entry is not None else ""
    known = _statements.get(blob_id)
    if known is None:
        module = parse_quietly(text)
        # Most files do not contain the word, and need no search.
        false = _type_checking_names(module) if b"TYPE_CHECKING" in text else set()
        running = _running(module, false)
        known = tuple(node for node in running if isinstance(node, (ast.Import, ast.ImportFrom)))
        if blob_id:
            _statements.add(blob_id, known)
    return known


def _running(module: ast.Module, type_checking: set[str]) -> Iterator[ast.stmt]:
    """Yield the statements that may run: without the body of `if TYPE_CHECKING`, but with its `else`."""
    todo: list[ast.AST] = [module]
    while todo:
        node = todo.pop()
        if type_checking and isinstance(node, ast.If) and ast.unparse(node.test) in type_checking:
            todo += node.orelse
            continue
        if isinstance(node, ast.stmt):
            yield node
        todo += reversed([child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.expr)])


def _type_checking_names(module: ast.Module) -> set[str]:
    """Return the expressions that are false when a module runs: typing's TYPE_CHECKING, or one that is set to False.

    A name that is also bound to anything else does not count.
    """
    false: set[str] = set()
    other: set[str] = set()
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom):
            known = node.module in _TYPING and not node.level
            for alias in node.names:
                (false if known and alias.name == "TYPE_CHECKING" else other).add(alias.asname or alias.name)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.asname or alias.name
                (false if alias.name in _TYPING else other).add(f"{name}.TYPE_CHECKING")
        elif isinstance(node, ast.Assign):
            is_false = isinstance(node.value, ast.Constant) and node.value.value is False
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
            (false if is_false and names == ["TYPE_CHECKING"] else other).update(names)
    return false - other
