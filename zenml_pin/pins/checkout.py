"""Blocks: a commit as a handle, whose modules go when the block ends.

Modules that were loaded before the block, or by a plain `load` meanwhile, stay; so does all that another block of
the same commit may still use, until the last one ends.
"""

from __future__ import annotations

from zenml_pin.at import registry
from zenml_pin.base.locks import ForkLock
from zenml_pin.errors import UnsupportedError
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.importing.finder import drop, loaded_names
from zenml_pin.importing.namespace import Namespace
from zenml_pin.pins.loading import import_pinned, load_pinned, refuse_uncommitted
from zenml_pin.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType, TracebackType

    from zenml_pin.git.any_repository import AnyRepository
    from zenml_pin.git.objects.tree import Entry

_lock = ForkLock()
_blocks: dict[str, int] = {}
# The modules that outlive the blocks of a root package; None while only plain loads use it, and all do.
_kept: dict[str, set[str] | None] = {}


class keeping:
    """Lets what is loaded of a pin when this ends outlive every block, also those that end meanwhile.

    After a failure too: the modules that did finish stay, as after every import.
    """

    def __init__(self, pin: Namespace) -> None:
        self._pin = pin

    def __enter__(self) -> None:
        with _lock:
            _enter(self._pin)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with _lock:
            root = self._pin.root
            if (kept := _kept[root]) is not None:
                kept |= loaded_names(root)
            _leave(self._pin)


def _enter(pin: Namespace) -> None:
    registry.use(pin)
    _kept.setdefault(pin.root, None)
    _blocks[pin.root] = _blocks.get(pin.root, 0) + 1


def _leave(pin: Namespace) -> None:
    _blocks[pin.root] -= 1
    if _blocks[pin.root]:
        return
    del _blocks[pin.root]
    kept = _kept.pop(pin.root)
    if kept is not None:
        drop(loaded_names(pin.root) - kept)
    registry.release(pin)


class Checkout:
    """A commit's files and modules. Use it in a `with` block.

    Attributes:
        commit_id: The commit's full id.
    """

    def __init__(self, pin: Namespace, repository: AnyRepository | None) -> None:
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
            _enter(self._pin)
            if _kept[self._pin.root] is None:
                _kept[self._pin.root] = loaded_names(self._pin.root)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with _lock:
            _leave(self._pin)
