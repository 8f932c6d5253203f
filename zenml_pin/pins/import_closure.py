"""The closure: which first-party modules a folder imports, without running any of them.

A class is pinned only when its pin reproduces it (P5), so each module that its folder imports from the same
repository must be committed too, and each module that those import. The search follows absolute and relative imports
and the `__init__` of every parent. Imports under `if TYPE_CHECKING` do not run and do not count. Imports whose names
are computed at run time are not visible.
"""

from __future__ import annotations

import posixpath

from zenml_pin.base.values import Value
from zenml_pin.errors import PinnedImportError
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.objects.tree import LINK
from zenml_pin.git.objects.walk import walk
from zenml_pin.importing.locate import follow
from zenml_pin.pins.import_statements import ImportStatement
from zenml_pin.pins.text_facts import TEXT_MEMO, TextFacts, TextMemo
from zenml_pin.pins.text_places import note_text
from zenml_pin.pins.tree_shape import FolderShapes, WatchedTree
from zenml_pin.pins.unparsed import describe_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from zenml_pin.git.objects.commit_files import Tree
    from zenml_pin.git.objects.tree import Entry
    from zenml_pin.importing.locate import Located
    from zenml_pin.pins.tree_shape import Shapes

    # By the folders where the search begins, and the dotted name: with the folders that decided it.
    _Followed = dict[tuple[tuple[str, ...], str], tuple[list[Located], set[str]]]


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

    def to_plain(self) -> tuple[Any, ...]:
        """Return it as values of plain types, for `of_plain`."""
        rows = [[part._fields() for part in parts] for parts in (self.links, self.upward, self.strays)]
        return self.unit, *rows, self.faults, self.unparsed, sorted(self.gaps)

    @classmethod
    def of_plain(cls, plain: tuple[Any, ...]) -> Closure:
        """Return the closure of what `to_plain` returned."""
        unit, links, upward, strays, faults, unparsed, gaps = plain
        return cls(
            unit,
            tuple(Link(*fields) for fields in links),
            tuple(Upward(*fields) for fields in upward),
            tuple(Stray(*fields) for fields in strays),
            faults,
            unparsed,
            frozenset(gaps),
        )

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


def find_closure(tree: Tree, roots: tuple[str, ...], unit: str, *, texts: TextMemo = TEXT_MEMO) -> Closure:
    """Return what a unit imports from its own repository.

    Args:
        tree: The files of the commit (or of a working tree).
        roots: Its source roots.
        unit: A folder, with everything below it, or one file.
        texts: Facts about texts.

    Cost: reads every Python file of the unit and every first-party file that they import.
    """
    return _ImportSearch(tree, roots, unit, None, texts).run()


def find_known_closure(
    tree: CommitTree, roots: tuple[str, ...], unit: str, *, texts: TextMemo = TEXT_MEMO
) -> Closure:
    """Return the same, and use what this process knows about files of other commits.

    Callers that record what a load needs use `find_closure`, which reads every file.

    Cost: reads the files whose text or whose folders are new.
    """
    return _ImportSearch(tree, roots, unit, FolderShapes(tree), texts).run()


class FileImports(Value):
    """What one file imports.

    Args:
        links: The first-party files, in order, with the targets of links and the `__init__` of each package above.
        upward: Relative imports, each with the folder that it begins in.
        strays: Imports whose first part is in no source root.
        faults: By path, why a file cannot be imported.
        has_gap: Whether it imports a name of which only the first part has a file.
        unparsed: Why it is unknown what it imports; "" if it is known.
        lists: The `__init__` files whose `__all__` decided, with their ids.
    """

    links: tuple[Link, ...]
    upward: tuple[tuple[str, Upward], ...]
    strays: tuple[Stray, ...]
    faults: dict[str, str]
    has_gap: bool
    unparsed: str
    lists: tuple[tuple[str, str], ...]


class _Known(Value):
    """What a file imports, its facts, and the shapes of the folders that decide it."""

    facts: TextFacts | str
    imports: FileImports
    shapes: Shapes


class _ImportSearch:
    def __init__(
        self,
        tree: Tree,
        roots: tuple[str, ...],
        unit: str,
        shapes: FolderShapes | None,
        texts: TextMemo,
    ) -> None:
        self._texts = texts
        self._tree = tree
        self._roots = roots
        self._unit = unit
        self._shapes = shapes
        self._followed: _Followed = {}
        # Roots of the same names may have another former rule.
        self._roots_key = (*roots, "/", *getattr(roots, "former", ()))

    def run(self) -> Closure:
        todo = [path for path, mode in _files_below(self._tree, self._unit) if _counts(path, mode)]
        links = {path: Link(path, "", 0) for path in todo}
        upward: list[Upward] = []
        strays: dict[str, Stray] = {}
        faults: dict[str, str] = {}
        unparsed: dict[str, str] = {}
        gaps: set[str] = set()
        for path in todo:
            imports = self._imports_of(path)
            for link in imports.links:
                if link.path not in links:
                    links[link.path] = link
                    todo.append(link.path)
            upward += [found for base, found in imports.upward if self._leaves(path, base)]
            for stray in imports.strays:
                strays.setdefault(stray.root, stray)
            faults.update(imports.faults)
            if imports.unparsed:
                unparsed[path] = imports.unparsed
            if imports.has_gap:
                gaps.add(path)
        found_links, found_strays = tuple(links.values()), tuple(strays.values())
        return Closure(
            self._unit, found_links, tuple(upward), found_strays, faults, unparsed, frozenset(gaps)
        )

    def _leaves(self, path: str, base: str) -> bool:
        """Tell whether a relative import of a file of the unit begins outside the unit."""
        return is_inside(self._unit, path) and base != self._unit and not is_inside(self._unit, base)

    def _imports_of(self, path: str) -> FileImports:
        entry = self._tree.find(path) if self._shapes is not None else None
        if entry is None or self._shapes is None:
            return _FileSearch(self._tree, self._roots, path, None, self._texts, self._followed).run()
        facts = self._facts(path, entry)
        known = self._texts.resolved.get((self._roots_key, path))
        if isinstance(known, _Known) and self._is_same(known, facts, entry.id):
            return known.imports
        return self._resolve(path, facts, self._shapes)

    def _facts(self, path: str, entry: Entry) -> TextFacts | str:
        """Return the facts about a file; the id of anything else that counts."""
        if not path.endswith(".py"):
            return entry.id
        facts = self._texts.find(entry.id)
        if facts is None:
            data = self._tree.read(path)
            note_text(entry.id, data)
            facts = self._texts.of_blob(entry.id, data)
        return facts

    def _is_same(self, known: _Known, facts: TextFacts | str, blob_id: str) -> bool:
        assert self._shapes is not None
        if known.facts is not facts:
            if known.facts != facts:
                return False
            if isinstance(known.facts, TextFacts):
                self._texts.share(blob_id, known.facts)
        return self._shapes.are(known.shapes) and all(self._has_id(*listed) for listed in known.imports.lists)

    def _resolve(self, path: str, facts: TextFacts | str, shapes: FolderShapes) -> FileImports:
        assert isinstance(self._tree, CommitTree)
        tree = WatchedTree(self._tree)
        given = facts if isinstance(facts, TextFacts) else TextFacts()
        imports = _FileSearch(tree, self._roots, path, given, self._texts, self._followed).run()
        deciding = shapes.of(tree.folders)
        if deciding is not None:
            self._texts.resolved.add((self._roots_key, path), _Known(facts, imports, deciding))
        return imports

    def _has_id(self, path: str, blob_id: str) -> bool:
        entry = self._tree.find(path)
        return entry is not None and entry.id == blob_id


class _FileSearch:
    """Looks up what one file imports.

    Args:
        tree: The files.
        roots: The source roots.
        path: The file.
        facts: The facts about its text; None if it must be read.
        texts: Facts about texts.
        followed: Memo of one search: most files of a package import the same few modules.
    """

    def __init__(
        self,
        tree: Tree,
        roots: tuple[str, ...],
        path: str,
        facts: TextFacts | None,
        texts: TextMemo,
        followed: _Followed,
    ) -> None:
        self._texts = texts
        self._followed = followed
        self._tree = tree
        self._roots = roots
        self._path = path
        self._known_facts = facts
        self._upward: list[tuple[str, Upward]] = []
        self._strays: list[Stray] = []
        self._faults: dict[str, str] = {}
        self._unparsed = ""
        self._has_gap = False
        self._lists: dict[str, str] = {}

    def run(self) -> FileImports:
        links = (*self._linked(), *self._parents(), *self._imports())
        upward, strays, lists = tuple(self._upward), tuple(self._strays), tuple(self._lists.items())
        # A file may import another one a hundred times; only the first import counts.
        first: dict[str, Link] = {}
        for link in links:
            first.setdefault(link.path, link)
        return FileImports(
            tuple(first.values()), upward, strays, self._faults, self._has_gap, self._unparsed, lists
        )

    def _linked(self) -> Iterator[Link]:
        """Yield the target of a symbolic link in a path: a link without changes says nothing about its target."""
        entry = self._tree.find(self._path)
        if entry is not None and entry.path != self._path:
            yield Link(entry.path, self._path, 0)
            if entry.is_folder:
                yield from (Link(file, self._path, 0) for file, _ in _files_below(self._tree, entry.path))

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
        if facts.error == "syntax":
            self._unparsed = describe_line(facts.line, self._path)
        elif facts.error:
            self._faults[self._path] = "it nests too deep to be parsed"
        for statement in facts.imports:
            if statement.is_from:
                yield from self._import_from(statement)
            else:
                for name in statement.names:
                    yield from self._follow(statement, self._roots, name, name.count(".") + 1)

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
                self._faults[self._path] = f"its line {statement.line} imports from above its source root"
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
        modules = follow(self._tree, bases, ".".join(parts)) if parts else []
        if parts and (len(modules) != len(parts) or modules[-1].kind != "package"):
            return
        folder = posixpath.dirname(modules[-1].path) if modules else bases[0]
        names = self._listed(f"{folder}/__init__.py")
        if names is None:
            names = tuple({name.partition(".")[0] for name in self._tree.names(folder)} - {"__init__"})
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
            self._faults[self._path] = "it imports from __pycache__, which is never committed"
        try:
            modules = self._located(bases, dotted)
        except PinnedImportError as error:
            self._faults[self._path] = error.message
            return
        if not modules and bases == self._roots:
            root = dotted.partition(".")[0]
            self._strays.append(Stray(self._path, statement.line, root))
        elif len(modules) < needed:
            self._has_gap = True
        for located in modules:
            if not located.is_loadable:
                self._faults[located.path] = f"it is {located.kind}"
            if located.kind != "namespace":
                yield Link(located.path, self._path, statement.line)

    def _located(self, bases: tuple[str, ...], dotted: str) -> list[Located]:
        known = self._followed.get((bases, dotted))
        watched = self._tree if isinstance(self._tree, WatchedTree) else None
        if known is None:
            tree = self._tree if watched is None else watched.again()
            modules = follow(tree, bases, dotted)
            folders = tree.folders if isinstance(tree, WatchedTree) else set()
            known = self._followed[bases, dotted] = modules, folders
        if watched is not None:
            watched.folders |= known[1]
        return known[0]


def _counts(path: str, mode: int) -> bool:
    """Tell whether a file's content depends on others: Python files, and symbolic links of any name."""
    return path.endswith(".py") or mode == LINK


def _files_below(tree: Tree, unit: str) -> Iterator[tuple[str, int]]:
    """Yield path and mode of a unit's files, in git's order; a link to a folder counts as a file."""
    start = tree.find_link(unit)
    if start is not None:
        for path, entry in walk(tree.list_folder, start, unit, depth=tree.limits.depth):
            yield path, entry.mode
