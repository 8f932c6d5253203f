"""Checkouts: a commit as a handle for a `with` block. The end of the block unloads the modules that it loaded.

Modules stay that were loaded before the block, or by a plain `load` during it. Several blocks of one commit share their
modules: the last one that ends unloads them.
"""

from __future__ import annotations

from zenml_pin.errors import UnsupportedError
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.importing.finder import loaded_names
from zenml_pin.importing.namespace import Namespace
from zenml_pin.pins.keeping import KEPT, enter, leave, lock
from zenml_pin.pins.loading import import_pinned, load_pinned, refuse_uncommitted
from zenml_pin.source import Source, split_pin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType, TracebackType
    from typing import Any

    from zenml_pin.git.any_repository import AnyRepository
    from zenml_pin.git.objects.tree import Entry


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
        with lock:
            enter(self._namespace)
            if KEPT[self._namespace.root] is None:
                KEPT[self._namespace.root] = loaded_names(self._namespace.root)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with lock:
            leave(self._namespace)
