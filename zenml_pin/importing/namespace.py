"""Namespace: one commit as modules below `zenml_pin.at`.

N1  In `sys.modules` a pinned module has only its pinned name, `zenml_pin.at.g<commit id>.<dotted name>`. The same
    commit and name is the same module object; two commits never share one.
N8  A package's `__path__` holds virtual folders, or folders of laid or materialized files; never those of a working
    tree.
"""

from __future__ import annotations

from zenml_pin import cache
from zenml_pin.base.bounded import Bounded
from zenml_pin.git.objects.commit_files import CommitTree, is_lfs_pointer
from zenml_pin.git.objects.object_store import Objects
from zenml_pin.importing.locate import Located, locate
from zenml_pin.importing.rewriting import route
from zenml_pin.importing.rewriting.code_cache import CodeCache, File
from zenml_pin.importing.source_roots import source_roots
from zenml_pin.importing.virtual_paths import code_name, commit_path, virtual_path
from zenml_pin.importing.worktree_guard import Guard
from zenml_pin.source import join_pin, pinned_root

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import CodeType

    from zenml_pin.base.limits import Limits
    from zenml_pin.git.any_repository import AnyRepository
    from zenml_pin.git.objects.commit_files import Tree
    from zenml_pin.importing.laid_files import LaidFiles

_KEPT_LOCATIONS = 8192
# Marks a name that was not looked up yet.
_UNKNOWN = Located("")
# Code from the cache on disk is kept apart from code that this process compiled.
_COMPILED, _CACHED = CodeCache(), CodeCache()


class Namespace:
    """A commit as modules.

    Args:
        tree: The commit's files.
        repository: The repository, bundle or server that serves them.
        guard: Finds working-tree files, which pinned code must never run.
        roots: The source roots that a caller gave; None for the commit's own.

    Raises:
        UnsupportedError: The commit has none of the given source roots, or states its own in a malformed file.

    Attributes:
        root: Dotted name of the package that contains the commit's modules.
        label: The pin: the commit's full id, with the roots id where a caller gave the source roots.
        source_roots: Folders from which modules are named.
        folder: The real folder that contains the commit's files as well; None without `materialize=`.
        laid: The files that are laid in memory, if code that was loaded speaks of its place.
        paths: Files of modules, by dotted name; the memo of `require_path`.
    """

    tree: Tree
    folder: str | None = None
    laid: LaidFiles | None = None

    def __init__(
        self, tree: CommitTree, repository: AnyRepository, guard: Guard, roots: tuple[str, ...] | None = None
    ) -> None:
        self.tree = tree
        self.commit_id = tree.commit_id
        self.label = tree.commit_id
        self.given_roots = roots
        if roots is None:
            self.source_roots = source_roots(tree)
        else:
            from zenml_pin.importing.given_roots import require_folder, roots_id_of

            require_folder(tree, roots)
            self.source_roots, self.label = roots, join_pin(tree.commit_id, roots_id_of(roots))
        self.root = pinned_root(self.label)
        self.repository = repository
        self.guard = guard
        self.paths: dict[str, str] = {}
        self._located: Bounded[tuple[str, ...], Located | None] = Bounded(_KEPT_LOCATIONS)

    @property
    def where(self) -> str:
        """The name of the repository in messages."""
        return self.repository.root

    def first_party(self, name: str) -> Located | None:
        """Return the module of a top-level name in the source roots; None where they have none."""
        return self.locate(self.source_roots, name)

    def locate(self, folders: Sequence[str], name: str) -> Located | None:
        """Return where a module is, in the first of some folders that has it; or None."""
        key = (name, *folders)
        located = self._located.get(key, _UNKNOWN)
        if located is _UNKNOWN:
            located = self._located.add(key, locate(self.tree, folders, name))
        return located

    def decide(self, name: str) -> route.Route:
        """Return where an absolute import of a top-level name goes now."""
        return route.decide(self, name)

    def file_name(self, path: str) -> str:
        """Return the `__file__` of a file, or the `__path__` entry of a folder."""
        if self.laid is not None:
            return f"{self.laid.folder}/{path}" if path else self.laid.folder
        return virtual_path(self.label, path)

    def code_name(self, path: str) -> str:
        """Return the file name that the code of a file carries."""
        return code_name(self.label, path)

    def path_of(self, entry: str) -> str | None:
        """Return the path in the tree that a `__path__` entry means; None for any other entry.

        A real folder of the working tree means the same folder of the commit.
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
            raise OSError(f"'{path}' at commit {self.commit_id} is a Git LFS pointer: its data is not in git")
        return data

    def serve_from(self, folder: str) -> None:
        """Route code that runs files of this commit by their paths in a real folder."""
        from zenml_pin.importing.rewriting.unrouted import watch

        self.guard.real_folders[folder] = self.label
        watch(folder, self)

    def check_files(self) -> None:
        """Check that code has not changed the files that are laid in memory.

        Raises:
            UnsupportedError: It has.
        """
        if self.laid is not None:
            self.laid.check()

    def native_file(self, path: str) -> str | None:
        """Return the real file of native code; None, because in memory there is no real file."""
        return None

    def limit(self, limits: Limits) -> None:
        """Read no object from now on that is larger than some limits."""
        if isinstance(self.tree, CommitTree) and self.tree.objects.limits != limits:
            self.tree.objects = Objects(self.tree.objects.source, limits)

    def worktree_path(self, file: str) -> str | None:
        """Return the path of a file or folder relative to a working tree of the commit; None when it is outside."""
        return self.guard.find(file)

    def get_code(self, path: str, depth: int, read: Callable[[], bytes]) -> CodeType:
        """Return a file's code, rewritten to import from this namespace.

        Args:
            path: The file.
            depth: How many packages deep its own package is below the root.
            read: Reads it; not called when its code is known.
        """
        file = File(self, self.tree.get(path).id, path, depth, read)
        disk = cache.current()
        code = _COMPILED.get(file) if disk is None else _CACHED.get(file, disk)
        if file.places is not None or self.laid is not None:
            self.lay(path, file.places or ())
        return code

    def lay(self, path: str, names: tuple[str, ...]) -> None:
        """Lay the files beside a module in memory, and give the modules of the commit real paths.

        Args:
            path: The module's file.
            names: Names that its code may look for there.

        Raises:
            UnsupportedError: They cannot be laid.
        """
        from zenml_pin.importing.laid_files import get_laid_files

        laid = self.laid
        if laid is None:
            from zenml_pin.git.bundle import BundleRepository

            assert isinstance(self.tree, CommitTree)
            is_partial = isinstance(self.repository, BundleRepository)
            laid = get_laid_files(self.tree, self.label, self.source_roots, is_partial=is_partial)
        laid.add(path, names)
        if self.laid is None:
            self._move_to(laid)

    def _move_to(self, laid: LaidFiles) -> None:
        """Give the modules that are loaded real paths, and lay the files beside them."""
        from zenml_pin.importing.laid_files import loaders_of

        # One that was loaded before may be a subclass's, and its base class look for files beside it.
        before = loaders_of(self.root)
        for loader in before:
            if hasattr(loader, "file"):
                laid.add(loader.file, ())
        # First: from now on other threads find modules in its folders.
        self.serve_from(laid.folder)
        self.laid = laid
        known = set(map(id, before))
        for loader in loaders_of(self.root):
            # Another thread has loaded it meanwhile.
            if id(loader) not in known and hasattr(loader, "file"):
                laid.add(loader.file, ())
            loader.relocate()
