"""Imports that certainly run when a module is loaded, and the first of them that the load refuses. Runs nothing.

`import_statements` says which statements are certain, of the module, of a parent's `__init__` or of a module that is
certainly imported.

A missing module counts only where no code on the way changes what is found: nothing there speaks of `sys.modules`,
`__path__`, `__import__` or finders.
"""

from __future__ import annotations

import posixpath

from zenml_pin.base.values import Value
from zenml_pin.errors import PinnedImportError
from zenml_pin.importing.locate import Located, follow, locate
from zenml_pin.importing.rewriting.route import is_first_party
from zenml_pin.importing.worktree_guard import worktree_path
from zenml_pin.pins.import_statements import ImportStatement
from zenml_pin.pins.native_code import is_loaded
from zenml_pin.pins.text_facts import NOTHING, TEXT_MEMO, TextFacts, TextMemo

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from zenml_pin.git.objects.commit_files import Tree

_ABOVE = "above its source root"


class Refusal(Value):
    """An import that stops a load.

    Args:
        path, line: The statement.
        module: The name that it imports, from a source root.
        reason: What is at that name instead of a module; "" where the commit has nothing.
    """

    path: str
    line: int
    module: str
    reason: str

    def describe(self) -> str:
        """Return it in a few words, as in "steps/a.py:1 imports 'shared.lib': it is a submodule, ..."."""
        reason = f"it is {self.reason}" if self.reason else "the commit has no such module"
        return f"{self.path}:{self.line} imports '{self.module}': {reason}"


def find_refusal(
    tree: Tree, roots: tuple[str, ...], path: str, worktree: str | None, texts: TextMemo = TEXT_MEMO
) -> Refusal | None:
    """Return the first import that stops the load of a module's file; None where none certainly does.

    Args:
        tree: The commit's files.
        roots: Its source roots.
        path: The module's file.
        worktree: The repository's working tree, whose files are not installed packages.
        texts: Facts about texts.

    Cost: reads and parses the files that certainly run, each once.
    """
    return find_refusal_here(tree, roots, path, worktree, texts)[0]


def find_refusal_here(
    tree: Tree, roots: tuple[str, ...], path: str, worktree: str | None, texts: TextMemo = TEXT_MEMO
) -> tuple[Refusal | None, bool]:
    """Return the same, and whether it depends on what is installed here. The arguments are those of `find_refusal`."""
    search = _Search(tree, roots, worktree, texts)
    return next(search.of_file(path), None), search.depends_on_installed


class _Search:
    def __init__(self, tree: Tree, roots: tuple[str, ...], worktree: str | None, texts: TextMemo) -> None:
        self._tree = tree
        self._texts = texts
        self._roots = roots
        self._worktree = worktree
        self._seen: set[str] = set()
        self._may_change = False
        self.depends_on_installed = False
        # Most files of a package import the same few modules.
        self._own: dict[str, bool] = {}
        self._parts: dict[tuple[tuple[str, ...], str], list[Located]] = {}
        self._submodules: dict[tuple[tuple[str, ...], str], Located | None] = {}
        self._inits: dict[str, bytes] = {}

    def first_party(self, name: str) -> Located | None:
        located = locate(self._tree, self._roots, name)
        # An installed package has precedence over a folder without `__init__.py`.
        self.depends_on_installed |= located is not None and located.kind == "namespace"
        return located

    def worktree_path(self, file: str) -> str | None:
        return worktree_path(self._worktree, file)

    def of_file(self, path: str) -> Iterator[Refusal]:
        """Yield refusals in the order in which a load meets them. Not recursive: chains of imports are long."""
        todo = [self._of_module(path)]
        while todo:
            item = next(todo[-1], None)
            if item is None:
                todo.pop()
            elif isinstance(item, Refusal):
                yield item
            elif item not in self._seen:
                # The packages above a file are seen before it.
                todo.append(self._of_module(item))

    def _of_module(self, path: str) -> Iterator[Refusal | str]:
        """Yield the refusals of a file and, before what follows them, the files that it imports."""
        for init in (*self._parents(path), path):
            if init in self._seen:
                continue
            self._seen.add(init)
            facts = self._facts(init) if init.endswith(".py") else NOTHING
            self._may_change |= facts.changes_imports
            # Other rules are about files that cannot be parsed: they have no statements.
            yield from self._of_text(init, facts)

    def _facts(self, path: str) -> TextFacts:
        entry = self._tree.find(path)
        # A file of the working tree has no id.
        blob_id = entry.id if entry is not None else ""
        return self._texts.find(blob_id) or self._texts.of_blob(blob_id, self._tree.read(path))

    def _of_text(self, path: str, facts: TextFacts) -> Iterator[Refusal | str]:
        statements = [statement for statement in facts.imports if statement.is_certain]
        for node in statements:
            if node.level > self._depth(path):
                yield Refusal(path, node.line, "." * node.level + (node.module or ""), _ABOVE)
                continue
            for start, dotted, names in self._names(path, node):
                yield from self._follow(path, node.line, start, dotted, names)

    def _names(
        self, path: str, node: ImportStatement
    ) -> Iterator[tuple[tuple[str, ...], str, tuple[str, ...]]]:
        """Yield (folders, dotted name, names that are imported from it) for each module of a statement."""
        if not node.is_from:
            yield from ((self._roots, name, ()) for name in node.names if self._is_own(name))
            return
        if not node.level:
            dotted = node.module or ""
            yield from [(self._roots, dotted, node.names)] if self._is_own(dotted) else []
            return
        folder = path
        for _ in range(node.level):
            folder = posixpath.dirname(folder)
        yield (folder,), node.module or "", node.names

    def _is_own(self, dotted: str) -> bool:
        name = dotted.partition(".")[0]
        if name not in self._own:
            self._own[name] = is_first_party(self, name)
        return self._own[name]

    def _follow(
        self, path: str, line: int, folders: tuple[str, ...], dotted: str, names: tuple[str, ...]
    ) -> Iterator[Refusal | str]:
        try:
            parts = self._followed(folders, dotted) if dotted else []
        except PinnedImportError as error:
            name = self._full_name(folders, dotted)
            yield Refusal(path, line, name, error.message.partition(" is ")[2])
            return
        for located in parts:
            yield from self._one(path, line, located)
        if dotted and len(parts) <= dotted.count("."):
            if not self._may_change and (not parts or parts[-1].is_loadable):
                yield Refusal(path, line, self._full_name(folders, dotted), "")
            return
        inside = parts[-1].folders if parts else folders
        for name in names:
            submodule = self._submodule(inside, name) if inside else None
            # A package may have an attribute of that name, which wins.
            if submodule is not None and not self._binds(inside, name):
                yield from self._one(path, line, submodule)

    def _followed(self, folders: tuple[str, ...], dotted: str) -> list[Located]:
        key = folders, dotted
        if key not in self._parts:
            self._parts[key] = follow(self._tree, folders, dotted)
        return self._parts[key]

    def _submodule(self, folders: tuple[str, ...], name: str) -> Located | None:
        key = folders, name
        if key not in self._submodules:
            self._submodules[key] = locate(self._tree, folders, name)
        return self._submodules[key]

    def _one(self, path: str, line: int, located: Located) -> Iterator[Refusal | str]:
        if not located.is_loadable:
            if not is_loaded(located.path):
                yield Refusal(path, line, self._module_of(located.path), located.kind)
        elif located.kind != "namespace":
            yield located.path

    def _binds(self, folders: tuple[str, ...], name: str) -> bool:
        init = posixpath.join(folders[0], "__init__.py")
        if init not in self._inits:
            self._inits[init] = b"" if self._tree.find(init) is None else self._tree.read(init)
        return name.encode() in self._inits[init]

    def _parents(self, path: str) -> list[str]:
        inits = []
        folder = posixpath.dirname(path)
        while folder and folder not in self._roots:
            init = f"{folder}/__init__.py"
            if init != path and self._tree.find(init) is not None:
                inits.append(init)
            folder = posixpath.dirname(folder)
        return inits[::-1]

    def _depth(self, path: str) -> int:
        """Return how many packages deep a file is."""
        return self._below_root(path).count("/")

    def _below_root(self, path: str) -> str:
        """Return a path relative to its source root."""
        root = max(
            (root for root in self._roots if not root or path.startswith(root + "/")), key=len, default=""
        )
        return path[len(root) :].lstrip("/")

    def _full_name(self, folders: tuple[str, ...], dotted: str) -> str:
        return dotted if folders == self._roots else f"{self._module_of(folders[0])}.{dotted}".lstrip(".")

    def _module_of(self, path: str) -> str:
        """Return the dotted name of a path below its source root."""
        folder, _, file = self._below_root(path).rpartition("/")
        # A native module has a longer suffix than ".py".
        return f"{folder}/{file.partition('.')[0]}".strip("/").removesuffix("/__init__").replace("/", ".")
