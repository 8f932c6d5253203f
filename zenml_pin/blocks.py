"""Blocks: a commit as a handle, whose modules go when the block ends.

Modules that were loaded before the block, or by a plain `load` meanwhile, stay; so does all that another block of
the same commit may still use, until the last one ends.
"""

from __future__ import annotations

from contextlib import contextmanager
from threading import RLock

from zenml_pin.at import registry
from zenml_pin.errors import UnsupportedError
from zenml_pin.git.snapshot import CommitTree
from zenml_pin.importing.finder import drop, loaded_names
from zenml_pin.importing.pin import Pin
from zenml_pin.loading import import_pinned, load_pinned, refuse_uncommitted
from zenml_pin.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType, TracebackType

    from zenml_pin.git.places import Place
    from zenml_pin.git.tree import Entry

_lock = RLock()
_blocks: dict[str, int] = {}
_kept: dict[str, set[str]] = {}


@contextmanager
def keeping(pin: Pin) -> Iterator[None]:
    """Let what is loaded of a pin when this ends outlive every block, also those that end meanwhile.

    After a failure too: the modules that did finish stay, as after every import.
    """
    with Checkout(pin, None):
        try:
            yield
        finally:
            with _lock:
                _kept[pin.root] |= loaded_names(pin.root)


class Checkout:
    """A commit's files and modules. Use it in a `with` block.

    Attributes:
        commit_id: The commit's full id.
    """

    def __init__(self, pin: Pin, repository: Place | None) -> None:
        self._pin = pin
        self._repository = repository
        self.commit_id = pin.commit_id

    def load(self, name: str, *, allow_dirty: bool = False) -> type:
        """Return the class of a dotted name such as "trainers.step.MyTrainer", as of this commit.

        Raises:
            UncommittedChangesError: Its folder has uncommitted changes, and allow_dirty is not set.
        """
        source = Source.parse(name)
        if source.is_pinned and source.commit_id != self.commit_id:
            raise UnsupportedError(
                f"'{source}' is pinned elsewhere than to commit {self.commit_id}",
                "name it without a pin here",
            )
        source = source.at(self.commit_id)
        if not allow_dirty:
            refuse_uncommitted(self._repository, self._pin, source.module)
        return load_pinned(self._pin, source)

    def import_module(self, name: str) -> ModuleType:
        """Return a module as of this commit; what its body raises comes through unchanged."""
        return import_pinned(self._pin, name)

    def read_bytes(self, path: str) -> bytes:
        """Return a file's content, by its path from the repository root."""
        return self._pin.tree.read(path)

    def entries(self, prefix: str = "") -> Iterator[Entry]:
        """Yield (path, mode, id) of every file below a folder, recursively, in git's order."""
        assert isinstance(self._pin.tree, CommitTree)
        return self._pin.tree.iter_entries(prefix)

    def __enter__(self) -> Checkout:
        with _lock:
            root = self._pin.root
            registry.use(self._pin)
            if root not in _blocks:
                _kept[root] = loaded_names(root)
            _blocks[root] = _blocks.get(root, 0) + 1
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with _lock:
            root = self._pin.root
            _blocks[root] -= 1
            if not _blocks[root]:
                del _blocks[root]
                drop(loaded_names(root) - _kept.pop(root))
                registry.release(self._pin)
