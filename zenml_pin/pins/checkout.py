"""Checkouts: a commit as a handle for a `with` block. The end of the block unloads the modules that it loaded.

Modules stay that were loaded before the block, or by a plain `load` during it. Several blocks of one commit share their
modules: the last one that ends unloads them.
"""

from __future__ import annotations

from zenml_pin.at import registry
from zenml_pin.base.locks import ForkLock
from zenml_pin.errors import UnsupportedError
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.importing.finder import drop, loaded_names
from zenml_pin.importing.namespace import Namespace
from zenml_pin.pins.loading import import_pinned, load_pinned, refuse_uncommitted
from zenml_pin.source import Source, split_pin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType, TracebackType
    from typing import Any

    from zenml_pin.git.any_repository import AnyRepository
    from zenml_pin.git.objects.tree import Entry

_lock = ForkLock()
_blocks: dict[str, int] = {}
# By root package, the modules that outlive its blocks. None: only plain loads use the package, and all modules stay.
_kept: dict[str, set[str] | None] = {}


class keeping:
    """Keep the modules of a namespace that are loaded when this block ends: no checkout unloads them.

    That also holds for checkouts that end during the block, and after a failed load: the modules that were loaded
    completely stay, as after every import.
    """

    def __init__(self, namespace: Namespace) -> None:
        self._namespace = namespace

    def __enter__(self) -> None:
        with _lock:
            _enter(self._namespace)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with _lock:
            root = self._namespace.root
            if (kept := _kept[root]) is not None:
                kept |= loaded_names(root)
            _leave(self._namespace)


def _enter(namespace: Namespace) -> None:
    registry.use(namespace)
    _kept.setdefault(namespace.root, None)
    _blocks[namespace.root] = _blocks.get(namespace.root, 0) + 1


def _leave(namespace: Namespace) -> None:
    _blocks[namespace.root] -= 1
    if _blocks[namespace.root]:
        return
    del _blocks[namespace.root]
    kept = _kept.pop(namespace.root)
    if kept is not None:
        drop(loaded_names(namespace.root) - kept)
    registry.release(namespace)


class Checkout:
    """A commit's files and modules. Use it in a `with` block.

    Attributes:
        commit_id: The commit's full id.
    """

    def __init__(self, namespace: Namespace, repository: AnyRepository | None) -> None:
        self._namespace = namespace
        self._repository = repository
        self.commit_id = namespace.commit_id

    def load(self, name: str, *, allow_dirty: bool = False) -> Any:
        """Return the class or function of a dotted name such as "trainers.step.MyTrainer", as of this commit.

        Raises:
            UncommittedChangesError: The class's folder has uncommitted changes, and allow_dirty is False.
        """
        source = Source.parse(name)
        if source.is_pinned and source.commit_id != self.commit_id:
            raise UnsupportedError(
                f"'{source}' is pinned to another commit than {self.commit_id}",
                "name it without a pin here",
            )
        source = source.at(*split_pin(self._namespace.label) or (self.commit_id, None))
        if not allow_dirty:
            refuse_uncommitted(self._repository, self._namespace, source.module)
        return load_pinned(self._namespace, source)

    def import_module(self, name: str) -> ModuleType:
        """Return a module as of this commit. An exception of the module's own code comes through unchanged."""
        return import_pinned(self._namespace, name)

    def read_bytes(self, path: str) -> bytes:
        """Return a file's content, by its path from the repository root."""
        return self._namespace.tree.read(path)

    def entries(self, prefix: str = "") -> Iterator[Entry]:
        """Yield (path, mode, id) of every file below a folder, recursively, in git's order."""
        assert isinstance(self._namespace.tree, CommitTree)
        return self._namespace.tree.iter_entries(prefix)

    def __enter__(self) -> Checkout:
        with _lock:
            _enter(self._namespace)
            if _kept[self._namespace.root] is None:
                _kept[self._namespace.root] = loaded_names(self._namespace.root)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with _lock:
            _leave(self._namespace)
