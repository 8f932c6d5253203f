"""FileImports: what one Python file of a commit imports, without running it: the files, and why some are none.

The search follows absolute and relative imports and the `__init__` of every parent.
"""

from __future__ import annotations

import posixpath

from zenml_pin.base.values import Value, evolve
from zenml_pin.errors import PinnedImportError
from zenml_pin.git.objects.walk import walk
from zenml_pin.pins.import_statements import ImportStatement
from zenml_pin.pins.name_search import stems_of
from zenml_pin.pins.text_facts import TextFacts, TextMemo
from zenml_pin.pins.tree_shape import WHOLE, WatchedTree
from zenml_pin.pins.unparsed import describe_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from zenml_pin.git.objects.commit_files import Tree
    from zenml_pin.importing.locate import Located
    from zenml_pin.pins.name_search import NameSearch

# Names of a package's entries, up to their first dots, that are not modules to import: hidden files have none.
_NO_MODULES = {"", "__init__", "__pycache__"}


class Link(Value):
    """One import that the search followed.

    Args:
        path: The imported file.
        importer: The file that imports it; "" for a file of the unit itself.
        line: The line of the import, counted from 1; 0 for a parent's `__init__`.
    """

    __slots__ = ("path", "importer", "line")

    path: str
    importer: str
    line: int

    def __init__(self, path: str, importer: str, line: int) -> None:
        # Not the common `__init__`, which takes more than twice as long: a commit may have a thousand of them.
        _set_path(self, path)
        _set_importer(self, importer)
        _set_line(self, line)


_set_path, _set_importer, _set_line = (vars(Link)[name].__set__ for name in Link.__slots__)


class Upward(Value):
    """A relative import that leaves the folder: `text` is in `path` at `line`."""

    path: str
    line: int
    text: str


class Stray(Value):
    """An absolute import whose first part is in no source root: a library, or a first-party file by another path.

    It is certain if it runs whenever the file is loaded.
    """

    path: str
    line: int
    root: str
    is_certain: bool


class FileImports(Value):
    """What one file imports.

    Args:
        links: The first-party files, in order, with the targets of links and the `__init__` of each package above.
        upward: Relative imports, each with the folder that it begins in.
        strays: Imports whose first part is in no source root.
        faults: Pairs of a file and why it cannot be imported, in order.
        has_gap: Whether it imports a name of which only the first part has a file.
        unparsed: Why it is unknown what it imports; "" if it is known.
        lists: The `__init__` files whose `__all__` decided, with their ids.
        uses_path: Whether it uses `sys.path`.
    """

    links: tuple[Link, ...]
    upward: tuple[tuple[str, Upward], ...]
    strays: tuple[Stray, ...]
    faults: tuple[tuple[str, str], ...]
    has_gap: bool
    unparsed: str
    lists: tuple[tuple[str, str], ...]
    uses_path: bool

    def moved(self, lines: dict[int, int]) -> FileImports | None:
        """Return the same of a text whose statements are on other lines; None if a reason names a line.

        Args:
            lines: The new line of each line; 0 stays 0.
        """
        if self.faults or self.unparsed:
            return None
        links = [Link(link.path, link.importer, lines[link.line]) for link in self.links]
        upward = [(base, Upward(above.path, lines[above.line], above.text)) for base, above in self.upward]
        strays = [evolve(stray, line=lines[stray.line]) for stray in self.strays]
        rest = (), self.has_gap, "", self.lists, self.uses_path
        return FileImports(tuple(links), tuple(upward), tuple(strays), *rest)


class FileSearch:
    """Looks up what one file imports.

    Args:
        tree: The files.
        roots: The source roots.
        path: The file.
        facts: The facts about its text; None if it must be read.
        texts: Facts about texts.
        names: Looks up the names that it imports.
    """

    def __init__(
        self,
        tree: Tree,
        roots: tuple[str, ...],
        path: str,
        facts: TextFacts | None,
        texts: TextMemo,
        names: NameSearch,
    ) -> None:
        self._texts = texts
        self._names = names
        self._tree = tree
        self._roots = roots
        self._path = path
        self._known_facts = facts
        self._upward: list[tuple[str, Upward]] = []
        self._strays: list[Stray] = []
        self._faults: list[tuple[str, str]] = []
        self._unparsed = ""
        self._has_gap = False
        self._uses_path = False
        self._lists: dict[str, str] = {}

    def run(self) -> FileImports:
        links = (*self._linked(), *self._parents(), *self._imports())
        upward, strays, lists = tuple(self._upward), tuple(self._strays), tuple(self._lists.items())
        faults = tuple(dict.fromkeys(self._faults))
        # A file may import another one a hundred times; only the first import counts.
        first: dict[str, Link] = {}
        for link in links:
            first.setdefault(link.path, link)
        rest = faults, self._has_gap, self._unparsed, lists, self._uses_path
        return FileImports(tuple(first.values()), upward, strays, *rest)

    def _linked(self) -> Iterator[Link]:
        """Yield the target of a symbolic link in a path: a link without changes says nothing about its target."""
        entry = self._tree.find(self._path)
        if entry is not None and entry.path != self._path:
            yield Link(entry.path, self._path, 0)
            if entry.is_folder:
                yield from (Link(file, self._path, 0) for file, _ in files_below(self._tree, entry.path))

    def _parents(self) -> Iterator[Link]:
        """Yield the `__init__` of every package above a file: importing the file runs them."""
        folder = posixpath.dirname(self._path)
        while folder and folder not in self._roots:
            init = f"{folder}/__init__.py"
            if init != self._path and self._tree.find(init) is not None:
                yield Link(init, self._path, 0)
            folder = posixpath.dirname(folder)

    def _imports(self) -> Iterator[Link]:
        if not self._path.endswith(".py"):
            return
        facts = self._facts()
        self._uses_path = facts.uses_path
        if facts.error == "syntax":
            self._unparsed = describe_line(facts.line, self._path)
        elif facts.error:
            self._faults.append((self._path, "it nests too deep to be parsed"))
        for statement in facts.imports:
            if statement.is_from:
                yield from self._import_from(statement)
            else:
                for name in statement.names:
                    yield from self._follow(statement, self._roots, name, name.count(".") + 1)
        if facts.changes_packages:
            yield from self._changed(facts)

    def _changed(self, facts: TextFacts) -> Iterator[Link]:
        """Yield all files of the packages that a text may change: its own, and those that it imports."""
        own = posixpath.dirname(self._path)
        is_package = own not in ("", *self._roots) and self._tree.find(f"{own}/__init__.py") is not None
        folders = {own} if is_package else set()
        for statement in facts.imports:
            for name in (statement.module or "",) if statement.is_from else statement.names:
                folders |= self._packages(statement, name)
        for folder in sorted(folders):
            files = [file for file, _ in files_below(self._tree, folder) if file.endswith(".py")]
            yield from (Link(file, self._path, 0) for file in files if file != self._path)

    def _packages(self, statement: ImportStatement, dotted: str) -> set[str]:
        """Return the folders of the packages in an imported name."""
        base = self._path
        for _ in range(statement.level):
            base = posixpath.dirname(base)
        bases = (base,) if statement.level else self._roots
        try:
            modules = self._located(bases, dotted) if dotted else []
        except PinnedImportError:
            # The fault of the module itself is noted.
            return set()
        return {posixpath.dirname(located.path) for located in modules if located.kind == "package"}

    def _facts(self) -> TextFacts:
        if self._known_facts is not None:
            return self._known_facts
        entry = self._tree.find(self._path)
        # A file of the working tree has no id.
        return self._texts.of_blob(entry.id if entry is not None else "", self._tree.read(self._path))

    def _import_from(self, statement: ImportStatement) -> Iterator[Link]:
        parts = statement.module.split(".") if statement.module else []
        bases: tuple[str, ...] = self._roots
        if statement.level:
            base = self._path
            for _ in range(statement.level):
                base = posixpath.dirname(base)
            if statement.level > self._depth():
                reason = f"its line {statement.line} imports from above its source root"
                self._faults.append((self._path, reason))
                return
            text = f"from {'.' * statement.level}{statement.module or ''} import ..."
            self._upward.append((base, Upward(self._path, statement.line, text)))
            bases = (base,)
        for name in statement.names:
            yield from self._follow(statement, bases, ".".join([*parts, name]), len(parts))
            if name == "*":
                yield from self._starred(statement, bases, parts)

    def _depth(self) -> int:
        """Return how many packages deep the file is below its source root."""
        roots = [root for root in self._roots if not root or self._path.startswith(root + "/")]
        return self._path[len(max(roots, key=len, default="")) :].lstrip("/").count("/")

    def _starred(
        self, statement: ImportStatement, bases: tuple[str, ...], parts: list[str]
    ) -> Iterator[Link]:
        """Yield the modules that a star import of a package imports because its `__all__` names them."""
        try:
            modules = self._located(bases, ".".join(parts)) if parts else []
        except PinnedImportError:
            # The fault of the module itself is noted.
            return
        if parts and (len(modules) != len(parts) or modules[-1].kind != "package"):
            return
        folder = posixpath.dirname(modules[-1].path) if modules else bases[0]
        names = self._listed(f"{folder}/__init__.py")
        if names is None:
            stems = {name.partition(".")[0] for name in self._tree.names(folder)}
            names = tuple(sorted(stems - _NO_MODULES))
        for name in names:
            yield from self._follow(statement, (folder,), name)

    def _listed(self, init: str) -> tuple[str, ...] | None:
        """Return the names in a package's `__all__`; None if they are unknown."""
        entry = self._tree.find(init)
        if entry is None:
            return ()
        self._lists[init] = entry.id
        if self._known_facts is not None:
            return self._texts.exports(entry.id, lambda: self._tree.read(init))
        data = self._tree.read(init)
        return self._texts.exports(entry.id, lambda: data)

    def _follow(
        self, statement: ImportStatement, bases: tuple[str, ...], dotted: str, needed: int = 0
    ) -> Iterator[Link]:
        """Yield every file that the import of a dotted name runs; after `needed` parts the next may be an attribute."""
        if "__pycache__" in dotted.split("."):
            self._faults.append((self._path, "it imports from __pycache__, which is never committed"))
        try:
            modules = self._located(bases, dotted)
        except PinnedImportError as error:
            self._faults.append((self._path, error.message))
            return
        if not modules and bases == self._roots:
            root = dotted.partition(".")[0]
            self._strays.append(Stray(self._path, statement.line, root, statement.is_certain))
        elif len(modules) < needed:
            self._has_gap = True
        for located in modules:
            if not located.is_loadable:
                self._faults.append((located.path, f"it is {located.kind}"))
            if located.kind != "namespace":
                yield Link(located.path, self._path, statement.line)

    def _located(self, bases: tuple[str, ...], dotted: str) -> list[Located]:
        # Where a search looked that ends with an error is not known.
        folders: Collection[str] = (WHOLE,)
        try:
            modules, folders = self._names.find(bases, dotted)
        finally:
            if isinstance(self._tree, WatchedTree):
                self._tree.note(folders, stems_of(dotted))
        return modules


def files_below(tree: Tree, unit: str) -> Iterator[tuple[str, int]]:
    """Yield path and mode of a unit's files, in git's order; a link to a folder counts as a file."""
    start = tree.find_link(unit)
    if start is not None:
        for path, entry in walk(tree.list_folder, start, unit, depth=tree.limits.depth):
            yield path, entry.mode
