"""Pin: one commit as a namespace of modules.

N1  In `sys.modules` a pinned module has its pinned name only, `zenml_pin.at.g<commit id>.<dotted name>`. One commit
    and name are one module object; two commits never share one.
N8  A package's `__path__` holds virtual folders, never real ones.
"""

from __future__ import annotations

from zenml_pin import cache
from zenml_pin.base.bounded import Bounded
from zenml_pin.git.objects.commit_files import CommitTree, is_lfs_pointer
from zenml_pin.importing.locate import Located, locate
from zenml_pin.importing.rewriting import route
from zenml_pin.importing.rewriting.code_cache import CodeCache, File
from zenml_pin.importing.source_roots import source_roots
from zenml_pin.importing.virtual_paths import code_name, commit_path, virtual_path
from zenml_pin.importing.worktree_guard import Guard
from zenml_pin.source import pinned_root

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import CodeType

    from zenml_pin.git.any_repository import AnyRepository
    from zenml_pin.git.objects.commit_files import Tree

_KEPT_PLACES = 8192
# Not asked yet.
_UNKNOWN = Located("")
# What the cache on disk gave stays apart from what this process has compiled.
_COMPILED, _CACHED = CodeCache(), CodeCache()


class Namespace:
    """A commit as modules.

    Args:
        tree: The commit's files.
        place: The repository or bundle that serves them.
        guard: Knows the working-tree files, which pinned code must never run.

    Attributes:
        root: Dotted name of the package that holds the commit's modules.
        label: The commit's full id.
        source_roots: Folders from which modules are named.
        guard: As given.
        folder: The real folder that holds the commit's files too, where someone has asked for it.
        paths: Files of modules that were found before, by dotted name.
    """

    tree: Tree
    folder: str | None = None

    def __init__(self, tree: CommitTree, place: AnyRepository, guard: Guard) -> None:
        self.tree = tree
        self.commit_id = tree.commit_id
        self.label = tree.commit_id
        self.root = pinned_root(tree.commit_id)
        self.place = place
        self.guard = guard
        self.source_roots = source_roots(tree)
        self.paths: dict[str, str] = {}
        self._located: Bounded[tuple[str, ...], Located | None] = Bounded(_KEPT_PLACES)

    @property
    def where(self) -> str:
        """The name, in messages, of what serves its files."""
        return self.place.root

    def first_party(self, name: str) -> Located | None:
        """Return what the source roots hold under a top-level name."""
        return self.locate(self.source_roots, name)

    def locate(self, folders: Sequence[str], name: str) -> Located | None:
        """Return where a module lies in the first of some folders that has it, or None."""
        key = (name, *folders)
        found = self._located.get(key, _UNKNOWN)
        if found is _UNKNOWN:
            found = self._located.add(key, locate(self.tree, folders, name))
        return found

    def decide(self, name: str) -> route.Route:
        """Return where an absolute import of a top-level name goes, as things stand now."""
        return route.decide(self, name)

    def file_name(self, path: str) -> str:
        """Return the `__file__` of a file, or the `__path__` entry of a folder."""
        return virtual_path(self.label, path)

    def code_name(self, path: str) -> str:
        """Return the file name that the code of a file carries."""
        return code_name(self.label, path)

    def path_of(self, entry: str) -> str | None:
        """Return the path in the tree that a `__path__` entry stands for, None for one that is none of ours.

        A real folder of the working tree stands for the same folder of the commit.
        """
        path = commit_path(self.label, entry)
        return self.worktree_path(entry) if path is None else path

    def get_data(self, file: str) -> bytes:
        """Return a file's content by its virtual path.

        Raises:
            OSError: The path is not one of this commit, there is no file at it, or git has only its LFS pointer.
        """
        path = self.path_of(file)
        entry = self.tree.find(path) if path is not None else None
        if path is None or entry is None or not entry.is_file:
            raise FileNotFoundError(2, "no such file at the pinned commit", file)
        data = self.tree.read(path)
        if is_lfs_pointer(data):
            raise OSError(f"'{path}' at commit {self.label} is a Git LFS pointer: its data is not in git")
        return data

    def native_file(self, path: str) -> str | None:
        """Return the real file of native code; None, for in memory it has none."""
        return None

    def worktree_path(self, file: str) -> str | None:
        """Return the path of a file or folder in a working tree of the commit; None when it lies in none."""
        return self.guard.find(file)

    def get_code(self, path: str, depth: int, read: Callable[[], bytes]) -> CodeType:
        """Return a file's code, led into the pin.

        Args:
            path: The file.
            depth: How many packages deep its own package lies below the root.
            read: Reads it; not called when its code is known.
        """
        file = File(self, self.tree.get(path).id, path, depth, read)
        disk = cache.current()
        return _COMPILED.get(file) if disk is None else _CACHED.get(file, disk)
