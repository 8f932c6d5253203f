"""Beside: which files of a commit lie beside a module, where its code may look for them.

    src/pkg/deep/step.py     src/pkg with everything below it         the top-level package
    step.py                  the files in its own folder              a module without a package
    src/, the root           their own files that are not Python      `parents[2] / "config.yaml"`, `../VERSION`
    conf/ beside src/pkg     everything below it                      if the code names it, as in "../conf/a.yaml"

Targets of symbolic links are among them, so that each link leads to what it leads to in a checkout.
"""

from __future__ import annotations

import posixpath

from zenml_pin.errors import ObjectNotFoundError
from zenml_pin.git.objects.tree import EXECUTABLE, FILE, FOLDER, LINK, Entry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from zenml_pin.git.objects.commit_files import CommitTree

_BYTECODE = "__pycache__"
_COPIED = (FILE, EXECUTABLE, LINK)
# As in Linux.
_MOST_HOPS = 40


class Beside:
    """The files beside the modules of one commit.

    Args:
        tree: The commit's files.
        roots: Its source roots.
        is_partial: Whether the tree lacks folders, as in a bundle of an older release: those are left out.

    Attributes:
        roots: The same.
        missing: The folders that were left out.
    """

    def __init__(self, tree: CommitTree, roots: tuple[str, ...], is_partial: bool = False) -> None:
        self._tree = tree
        self.roots = roots
        self._is_partial = is_partial
        self.missing: list[str] = []
        self._below: set[str] = set()
        self._inside: set[str] = set()

    def add(self, path: str, names: Iterable[str] = ()) -> dict[str, Entry]:
        """Return the files and links beside a module that no earlier call returned, by path.

        Args:
            path: The module's file.
            names: Names that its code may look for.

        Raises:
            ObjectNotFoundError: A folder is missing.
            UnsupportedError, LimitError: There are too many files, or they nest too deep.
        """
        top = self._top_of(path)
        entries = dict(self._everything(top) if top else self._own(self._root_of(path), python=True))
        named = set(names)
        for folder in _ancestors(top or path):
            entries.update(self._own(folder, python=False))
            if not named:
                continue
            children = self._tree.children(folder)
            for name in children.keys() & named:
                if children[name].mode == FOLDER:
                    entries.update(self._everything(children[name].path))
        self._follow(entries)
        return entries

    def _root_of(self, path: str) -> str:
        """Return the folder from which a module is named."""
        inside = [root for root in self.roots if not root or path.startswith(root + "/")]
        return max(inside, key=len, default="")

    def _top_of(self, path: str) -> str:
        """Return the top-level package or folder of a module; "" for a module that has none."""
        root = self._root_of(path)
        first, slash, _ = path[len(root) :].lstrip("/").partition("/")
        return posixpath.join(root, first) if slash else ""

    def _everything(self, folder: str) -> Iterator[tuple[str, Entry]]:
        if any(folder == known or folder.startswith(known + "/") for known in self._below):
            return
        self._below.add(folder)
        link = self._link_at(folder)
        if link is not None:
            yield link.path, link
            return
        for path, entry in self._walk(folder) if self._is_partial else self._tree.iter_paths(folder):
            if entry.mode in _COPIED and (_BYTECODE not in path or _BYTECODE not in path.split("/")):
                yield path, Entry(path, entry.mode, entry.id)

    def _walk(self, folder: str) -> Iterator[tuple[str, Entry]]:
        """Yield path and entry of everything below a folder, as far as it is there."""
        todo = [folder]
        while todo:
            path = todo.pop()
            try:
                entries = self._tree.children(path).values()
            except ObjectNotFoundError:
                self.missing.append(path)
                continue
            yield from ((entry.path, entry) for entry in entries)
            todo += [entry.path for entry in entries if entry.is_folder]

    def _own(self, folder: str, *, python: bool) -> Iterator[tuple[str, Entry]]:
        key = f"{folder}/" if python else folder
        if key in self._inside:
            return
        self._inside.add(key)
        for entry in self._tree.children(folder).values():
            if (entry.is_file or entry.mode == LINK) and (python or not entry.path.endswith(".py")):
                yield entry.path, entry

    def _follow(self, entries: dict[str, Entry]) -> None:
        """Add what the links lead to; remove links that lead out of the tree or nowhere."""
        links = [entry for entry in entries.values() if entry.mode == LINK]
        for link in links:
            target = self._target_of(link)
            if target is None or not (target.is_file or target.is_folder):
                del entries[link.path]
                continue
            for entry in (*self._hops(link), *([target] if target.is_file else ())):
                if entry.path not in entries:
                    entries[entry.path] = entry
                    links += [entry] if entry.mode == LINK else []
            if target.is_folder:
                new = [(path, entry) for path, entry in self._everything(target.path) if path not in entries]
                entries.update(new)
                links += [entry for _, entry in new if entry.mode == LINK]

    def _target_of(self, link: Entry) -> Entry | None:
        try:
            return self._tree.find(link.path)
        except ObjectNotFoundError:
            if not self._is_partial:
                raise
            self.missing.append(link.path)
            return None

    def _hops(self, link: Entry) -> Iterator[Entry]:
        """Yield the links that a link leads through."""
        path = posixpath.join(posixpath.dirname(link.path), self._text(link))
        for _ in range(_MOST_HOPS):
            hop = next(filter(None, map(self._link_at, _prefixes(posixpath.normpath(path)))), None)
            if hop is None:
                return
            yield hop
            rest = posixpath.normpath(path)[len(hop.path) :].lstrip("/")
            path = posixpath.join(posixpath.dirname(hop.path), self._text(hop), rest)

    def _text(self, link: Entry) -> str:
        return self._tree.objects.blob(link.id).decode("utf-8", "surrogateescape")

    def _link_at(self, path: str) -> Entry | None:
        entry = self._tree.find_link(path)
        return entry if entry is not None and entry.mode == LINK else None


def _ancestors(path: str) -> Iterator[str]:
    """Yield the folders above a path, the root last."""
    while path:
        path = posixpath.dirname(path)
        yield path


def _prefixes(path: str) -> Iterator[str]:
    parts = path.split("/")
    for length in range(1, len(parts) + 1):
        yield "/".join(parts[:length])
