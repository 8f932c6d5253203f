"""The closure: which first-party modules a folder imports, without running any of them.

A class is pinned only when its pin reproduces it (P5), so each module that its folder imports from the same
repository must be committed too, and each module that those import. The search follows absolute and relative imports
and the `__init__` of every parent. Imports under `if TYPE_CHECKING` do not run and do not count. Imports whose names
are computed at run time are not visible.
"""

from __future__ import annotations

from zenml_pin.base.values import Value
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.objects.tree import LINK
from zenml_pin.importing.locate import key_of_roots
from zenml_pin.pins.file_imports import FileImports, FileSearch, Link, Stray, Upward, files_below
from zenml_pin.pins.name_search import NameSearch
from zenml_pin.pins.text_facts import NOTHING, TEXT_MEMO, TextFacts, TextMemo, moved_lines
from zenml_pin.pins.text_places import note_text
from zenml_pin.pins.tree_shape import WHOLE, FolderShapes, WatchedTree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from zenml_pin.git.objects.commit_files import Tree
    from zenml_pin.git.objects.tree import Entry
    from zenml_pin.pins.tree_shape import Shapes


class Closure(Value):
    """What a unit imports.

    Args:
        unit: The folder or file.
        links: One for each file of the unit and each first-party file that it imports, nearest first.
        upward: Relative imports that leave the unit's folder.
        strays: Imports whose first part is in no source root: for each name one of each file that uses `sys.path`, and
            one of all other files; if one of them is certain, that.
        faults: Pairs of an imported file and why it cannot be imported: native code, a submodule, a line that imports
            from above the source root.
        unparsed: By path, why it is unknown what a file imports: this Python cannot parse it.
        gaps: Files that import a name of which only the first part has a file; `certain_imports` says whether it runs.
        path_users: The files that use `sys.path`.
    """

    unit: str
    links: tuple[Link, ...]
    upward: tuple[Upward, ...]
    strays: tuple[Stray, ...]
    faults: tuple[tuple[str, str], ...]
    unparsed: dict[str, str]
    gaps: frozenset[str]
    path_users: frozenset[str]

    def to_plain(self) -> tuple[Any, ...]:
        """Return it as values of plain types, for `of_plain`."""
        rows = [[part._fields() for part in parts] for parts in (self.links, self.upward, self.strays)]
        return self.unit, *rows, self.faults, self.unparsed, sorted(self.gaps), sorted(self.path_users)

    @classmethod
    def of_plain(cls, plain: tuple[Any, ...]) -> Closure:
        """Return the closure of what `to_plain` returned."""
        unit, links, upward, strays, faults, unparsed, gaps, path_users = plain
        return cls(
            unit,
            tuple(Link(*fields) for fields in links),
            tuple(Upward(*fields) for fields in upward),
            tuple(Stray(*fields) for fields in strays),
            faults,
            unparsed,
            frozenset(gaps),
            frozenset(path_users),
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
    return find_watched_closure(tree, roots, unit, texts=texts)[0]


def find_watched_closure(
    tree: CommitTree, roots: tuple[str, ...], unit: str, *, texts: TextMemo = TEXT_MEMO
) -> tuple[Closure, set[str], set[str]]:
    """Return the same, the folders besides the unit's own that decided it, and the files whose `__all__` did.

    "/" stands for all folders.
    """
    search = _ImportSearch(tree, roots, unit, FolderShapes(tree), texts)
    return search.run(), search.folders, search.lists


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
        self._roots_key = key_of_roots(roots)
        self._names = NameSearch(tree, self._roots_key, shapes, texts.names)
        self.folders: set[str] = set()
        self.lists: set[str] = set()

    def run(self) -> Closure:
        todo = [path for path, mode in files_below(self._tree, self._unit) if _counts(path, mode)]
        links = {path: Link(path, "", 0) for path in todo}
        upward: list[Upward] = []
        strays: dict[tuple[str, str], Stray] = {}
        faults: dict[tuple[str, str], None] = {}
        unparsed: dict[str, str] = {}
        gaps: set[str] = set()
        path_users: set[str] = set()
        for path in todo:
            imports = self._imports_of(path)
            for link in imports.links:
                if link.path not in links:
                    links[link.path] = link
                    todo.append(link.path)
            upward += [found for base, found in imports.upward if self._leaves(path, base)]
            for stray in imports.strays:
                # What an import means depends on whether its file uses `sys.path`; few do.
                key = stray.root, path if imports.uses_path else ""
                known = strays.setdefault(key, stray)
                if stray.is_certain and not known.is_certain:
                    strays[key] = stray
            faults.update(dict.fromkeys(imports.faults))
            if imports.unparsed:
                unparsed[path] = imports.unparsed
            if imports.has_gap:
                gaps.add(path)
            if imports.uses_path:
                path_users.add(path)
            self.lists.update([listed for listed, _ in imports.lists])
        lists = tuple(links.values()), tuple(upward), tuple(strays.values()), tuple(faults)
        return Closure(self._unit, *lists, unparsed, frozenset(gaps), frozenset(path_users))

    def _leaves(self, path: str, base: str) -> bool:
        """Tell whether a relative import of a file of the unit begins outside the unit."""
        return is_inside(self._unit, path) and base != self._unit and not is_inside(self._unit, base)

    def _imports_of(self, path: str) -> FileImports:
        entry = self._tree.find(path) if self._shapes is not None else None
        if entry is None or self._shapes is None:
            return FileSearch(self._tree, self._roots, path, None, self._texts, self._names).run()
        facts = self._facts(path, entry)
        known = self._texts.resolved.get((self._roots_key, path))
        if isinstance(known, _Known) and self._is_same(known, facts, entry.id):
            self.folders.update(known.shapes.folders)
            return known.imports
        moved = self._moved(known, facts) if isinstance(known, _Known) else None
        if moved is not None:
            self._texts.resolved.add((self._roots_key, path), moved)
            self.folders.update(moved.shapes.folders)
            return moved.imports
        return self._resolve(path, facts, self._shapes)

    def _facts(self, path: str, entry: Entry) -> TextFacts | str:
        """Return the facts about a file; the id of anything else that counts."""
        if not path.endswith(".py"):
            return entry.id
        facts = self._texts.find(entry.id)
        if facts is None:
            data = self._tree.read(path)
            facts = self._texts.of_blob(entry.id, data)
            note_text(entry.id, data, facts.speaks_of_places)
        return facts

    def _is_same(self, known: _Known, facts: TextFacts | str, blob_id: str) -> bool:
        assert self._shapes is not None
        if known.facts is not facts:
            if known.facts != facts:
                return False
            if isinstance(known.facts, TextFacts):
                self._texts.share(blob_id, known.facts)
        return self._has_same_folders(known)

    def _has_same_folders(self, known: _Known) -> bool:
        assert self._shapes is not None
        return self._shapes.are(known.shapes) and all(self._has_id(*listed) for listed in known.imports.lists)

    def _moved(self, known: _Known, facts: TextFacts | str) -> _Known | None:
        """Return what is known of a file whose import statements are only on other lines now."""
        if not isinstance(known.facts, TextFacts) or not isinstance(facts, TextFacts):
            return None
        lines = moved_lines(known.facts, facts)
        imports = known.imports.moved(lines) if lines is not None else None
        if imports is None or not self._has_same_folders(known):
            return None
        return _Known(facts, imports, known.shapes)

    def _resolve(self, path: str, facts: TextFacts | str, shapes: FolderShapes) -> FileImports:
        assert isinstance(self._tree, CommitTree)
        tree = WatchedTree(self._tree)
        given = facts if isinstance(facts, TextFacts) else NOTHING
        imports = FileSearch(tree, self._roots, path, given, self._texts, self._names).run()
        deciding = shapes.of(tree)
        self.folders.update(deciding.folders if deciding is not None else (WHOLE,))
        if deciding is not None:
            self._texts.resolved.add((self._roots_key, path), _Known(facts, imports, deciding))
        return imports

    def _has_id(self, path: str, blob_id: str) -> bool:
        entry = self._tree.find(path)
        return entry is not None and entry.id == blob_id


def _counts(path: str, mode: int) -> bool:
    """Tell whether a file's content depends on others: Python files, and symbolic links of any name."""
    return path.endswith(".py") or mode == LINK
