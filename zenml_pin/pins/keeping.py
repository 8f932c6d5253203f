"""The blocks that use a commit's modules. The end of its last block unloads those that nothing keeps.

A load is such a block, and keeps all modules that are loaded when it ends; a checkout keeps those that were loaded
before it.
"""

from __future__ import annotations

from zenml_pin.at import registry
from zenml_pin.base.locks import ForkLock
from zenml_pin.importing.finder import drop, loaded_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

    from zenml_pin.importing.namespace import Namespace

lock = ForkLock()
_blocks: dict[str, int] = {}
# By root package, the modules that outlive its blocks. None: only plain loads use the package, and all modules stay.
KEPT: dict[str, set[str] | None] = {}


class keeping:
    """Keep the modules of a namespace that are loaded when this block ends: no checkout unloads them.

    That also holds for checkouts that end during the block, and after a failed load: the modules that were loaded
    completely stay, as after every import.
    """

    def __init__(self, namespace: Namespace) -> None:
        self._namespace = namespace

    def __enter__(self) -> None:
        with lock:
            enter(self._namespace)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with lock:
            root = self._namespace.root
            if (kept := KEPT[root]) is not None:
                kept |= loaded_names(root)
            leave(self._namespace)


def enter(namespace: Namespace) -> None:
    """Begin a block; the caller has the lock."""
    registry.use(namespace)
    KEPT.setdefault(namespace.root, None)
    _blocks[namespace.root] = _blocks.get(namespace.root, 0) + 1


def leave(namespace: Namespace) -> None:
    """End a block, and unload what its namespace does not keep; the caller has the lock."""
    _blocks[namespace.root] -= 1
    if _blocks[namespace.root]:
        return
    del _blocks[namespace.root]
    kept = KEPT.pop(namespace.root)
    if kept is not None:
        drop(loaded_names(namespace.root) - kept)
    registry.release(namespace)
