"""Where a module is in a commit, by the rules of importlib's own path finder.

In one folder the first of these wins:

    x/__init__.py    a package
    x.<tag>.so       native code, when this interpreter would load it
    x.py             a module
    x/               a folder without __init__.py, a portion of a namespace package

A module that exists but cannot be loaded from memory (native code, a submodule, bytecode alone, a link out of the tree)
also has a location. So its import is refused by name, and nothing outside the commit replaces it.
"""

from __future__ import annotations

from importlib import machinery

from zenml_pin.base.values import Value
from zenml_pin.git.objects.tree import LINK, SUBMODULE
from zenml_pin.load_errors import PinnedImportError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from zenml_pin.git.objects.commit_files import Tree

NATIVE = "native code"
NATIVE_HINT = (
    "native code of this Python loads from a real folder: unload the commit, then pass materialize=DIR"
)
_NATIVE_SUFFIXES = (".so", ".pyd", ".dll")
# Python prefers native code too.
_SUFFIXES = (*machinery.EXTENSION_SUFFIXES, ".py")


class SourceRoots(tuple[str, ...]):
    """Source roots of a commit whose packaging files state some, and those that it had by the former rule.

    Args:
        roots: The roots, in the order of the search.
        former: The roots of the same commit before packaging files counted. Stored pins were made with them.
    """

    former: tuple[str, ...]

    def __new__(cls, roots: Iterable[str], former: tuple[str, ...]) -> SourceRoots:
        self = super().__new__(cls, roots)
        self.former = former
        return self

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (tuple(self), self.former)


def key_of_roots(roots: tuple[str, ...]) -> tuple[str, ...]:
    """Return a key of source roots: those of the same names may have another former rule."""
    return (*roots, "/", *getattr(roots, "former", ()))


class Located(Value):
    """A module's location: a package, module or namespace package, or why it cannot be loaded.

    Args:
        kind: "package", "module" or "namespace"; else a description of what is there instead.
        paths: Its file; for a namespace package its folders, in the order of the search path.
    """

    kind: str
    paths: tuple[str, ...]

    def __init__(self, kind: str, *paths: str) -> None:
        self._fill(kind, paths)

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.kind, *self.paths)

    @property
    def is_loadable(self) -> bool:
        """Whether it can be loaded from memory."""
        return self.kind in ("package", "module", "namespace")

    @property
    def path(self) -> str:
        """Its file, or its first folder."""
        return self.paths[0]

    @property
    def folders(self) -> tuple[str, ...]:
        """The folders of its submodules; empty when it is not a package."""
        if self.kind == "namespace":
            return self.paths
        return (self.path.rpartition("/")[0],) if self.kind == "package" else ()


def file_names(stem: str) -> list[str]:
    """Return the paths of the files that this Python would import as a module, in the order of its search.

    Args:
        stem: The path without a suffix.
    """
    return [stem + suffix for suffix in _SUFFIXES]


def locate(tree: Tree, folders: Iterable[str], name: str) -> Located | None:
    """Return where a module is, in the first of some folders that has it; or None.

    Args:
        tree: The files.
        folders: Paths of folders, as in a package's `__path__`.
        name: The last part of the module's name.
    """
    portions = []
    for folder in folders:
        stem = _join(folder, name)
        located = _in_folder(tree, folder, stem, name)
        if located is not None and located.kind == "namespace":
            portions.append(stem)
        elif located is not None:
            return located
    return Located("namespace", *portions) if portions else None


def follow(tree: Tree, folders: tuple[str, ...], dotted: str) -> list[Located]:
    """Return where each part of a dotted name is, from the first part to the last one that exists.

    Raises:
        PinnedImportError: The former rule leads to another file (`SourceRoots`).
    """
    parts = _parts(tree, folders, dotted)
    if isinstance(folders, SourceRoots):
        _refuse_moved(tree, folders, dotted, parts)
    return parts


def _refuse_moved(tree: Tree, roots: SourceRoots, dotted: str, parts: list[Located]) -> None:
    """Refuse a name that had another file before packaging files counted: a stored pin never moves (P7)."""
    for position, was in enumerate(_parts(tree, roots.former, dotted)):
        now = parts[position] if position < len(parts) else None
        if was.kind != "namespace" and (now is None or now.path != was.path):
            name = ".".join(dotted.split(".")[: position + 1])
            place = f"'{now.path}'" if now is not None else f"in '{parts[-1].path if parts else roots[0]}'"
            raise PinnedImportError(
                f"'{name}' is ambiguous: packaging files lead to {place}, the rule of older pins to '{was.path}'",
                "choose with source_roots=[...], or --source-root FOLDER; '.' is the root of the repository",
                name=name,
                path=was.path,
            )


def _parts(tree: Tree, folders: tuple[str, ...], dotted: str) -> list[Located]:
    parts: list[Located] = []
    for part in dotted.split("."):
        located = locate(tree, folders, part)
        if located is None:
            break
        parts.append(located)
        folders = located.folders
    return parts


def find_path(tree: Tree, roots: tuple[str, ...], module: str) -> str | None:
    """Return the file of a module in a tree; None when it has none."""
    parts = follow(tree, roots, module)
    is_whole = len(parts) == module.count(".") + 1 and parts[-1].kind in ("package", "module")
    return parts[-1].path if is_whole else None


def _in_folder(tree: Tree, folder: str, stem: str, name: str) -> Located | None:
    entry = tree.find(stem)
    is_folder = entry is not None and entry.is_folder
    inside = _file(tree, stem, "__init__", "package") if is_folder else None
    located = inside or _file(tree, folder, name, "module")
    if located is not None:
        return located
    return Located("namespace", stem) if is_folder else _unloadable(tree, folder, stem, name)


def _file(tree: Tree, folder: str, name: str, kind: str) -> Located | None:
    """Return the file of a package (its `__init__`) or of a module."""
    names = tree.names(folder)
    for suffix in _SUFFIXES:
        if name + suffix in names:
            path = _join(folder, name + suffix)
            entry = tree.find(path)
            if entry is None:
                return Located("a symbolic link that leads out of the tree", path)
            if entry.is_file:
                return Located(kind if suffix == ".py" else NATIVE, path)
    return None


def _unloadable(tree: Tree, folder: str, stem: str, name: str) -> Located | None:
    link = tree.find_link(stem)
    if link is not None and link.mode == SUBMODULE:
        return Located("a submodule, whose files are in another repository", stem)
    if link is not None and link.mode == LINK:
        return Located("a symbolic link that leads out of the tree", stem)
    for file in sorted(tree.names(folder)):
        if file.startswith(name + ".") and file.endswith(_NATIVE_SUFFIXES):
            return Located(NATIVE, _join(folder, file))
    for suffix in machinery.BYTECODE_SUFFIXES:
        if name + suffix in tree.names(folder):
            return Located("bytecode without its source", _join(folder, name + suffix))
    return None


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
