"""Shipping: objects of pinned classes, with the code that they need, for processes without the repository.

    shipped = zenml_pin.ship(trainer)          # here
    pool.submit(shipped, rows)                 # there: opened, then called
    shipped.open()                             # or there: the object itself

    result = client.submit(ship(make, onward=True), 3)    # stays shipped on the cluster,
    client.submit(ship(use), result)                      # where another task opens it

Only bytes are sent: a pickle that names pinned classes, and a bundle of their code. The engine does not open them; only
the task does. So if the code is missing or damaged, the task fails with an error and its worker goes on. The other
process needs this package and no other set-up.
"""

from __future__ import annotations

import pickle
from functools import lru_cache
from typing import Any

from zenml_pin.at import registry
from zenml_pin.bundles.bundle import write_pins
from zenml_pin.bundles.pickled_names import modules_in
from zenml_pin.errors import CommitNotFoundError, PinError, PinnedModuleNotFoundError, ShippedError
from zenml_pin.pins.loading import require_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from zenml_pin.bundles.pickled_names import Module

_NOT_THERE = "install its libraries there; ship classes that were loaded from a pin, not the working tree's"
_OF_A_NOTEBOOK = (
    "a class of a notebook exists only in the notebook's process: move it to a module of the repository"
)


def ship(thing: Any, *others: Any, onward: bool = False) -> Shipped:
    """Return an object with all pinned code that it needs, to be opened in another process.

    Args:
        thing: A class, function or instance from a pin, or any value that pickle accepts, with such objects in it.
        others: Arguments to call it with there, before the arguments of the call.
        onward: Ship the result of the call too, for another task to open. Use it with engines that send results
            from worker to worker, as Dask does: they must not open the results.

    Raises:
        ShippedError: Pickle does not accept the object.
        CommitNotFoundError, ObjectNotFoundError: A commit, or one of its objects, is not available any more.

    Cost: the bundle of the same modules is made once in a process.
    """
    try:
        payload = pickle.dumps((*_directory(), thing, others, onward), protocol=5)
    except Exception as error:
        raise ShippedError(
            f"a {type(thing).__name__} cannot be shipped: {type(error).__name__}: {error}",
            "ship values that pickle accepts: no open files, no locks, no local classes",
        ) from error
    modules = frozenset(filter(_is_here, modules_in(payload)))
    return Shipped(_bundle(modules, whole=registry.directory is not None), payload)


class Shipped:
    """An object that is ready to be sent. Its pickle has only bytes; call it, or open it, in the other process."""

    __slots__ = ("_bundle", "_payload")

    def __init__(self, bundle: bytes, payload: bytes) -> None:
        self._bundle = bundle
        self._payload = payload

    def open(self) -> Any:
        """Return the object. Its classes come from the bundle, or from a known repository that has their commits.

        Raises:
            ShippedError: It needs code that is not available here.
            PinError: The code is damaged, or failed while it was imported.
        """
        return self._opened()[0]

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Open the object and all shipped arguments, and call it. Raises only exceptions that survive pickling."""
        try:
            thing, others, onward = self._opened()
            result = thing(*others, *opened(args), **opened(options))
            return ship(result) if onward else result
        except (Exception, SystemExit) as error:
            raise_portable(error)

    def _opened(self) -> tuple[Any, tuple[Any, ...], bool]:
        if self._bundle:
            _attach(self._bundle)
        content: tuple[Any, tuple[Any, ...], bool] = unpickle(self._payload)[-3:]
        return content

    def __reduce__(self) -> tuple[type[Shipped], tuple[bytes, bytes]]:
        return type(self), (self._bundle, self._payload)

    def __len__(self) -> int:
        """Return how many bytes are sent."""
        return len(self._bundle) + len(self._payload)

    def __repr__(self) -> str:
        return f"<Shipped: {len(self._payload)} bytes, code {len(self._bundle)} bytes>"


class _Directory:
    """Where commits are materialized. Pickle opens it before the classes that follow it."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return _materialize_in, (self._path,)


def _directory() -> list[_Directory]:
    return [] if registry.directory is None else [_Directory(registry.directory)]


def _materialize_in(directory: str) -> None:
    if registry.directory is None:
        registry.materialize_in(directory)


def unpickle(payload: bytes) -> Any:
    """Return the value of a pickle from another process.

    Raises:
        ShippedError: It needs code that is not available here.
        PinError: The code is damaged, or failed while it was imported.
    """
    try:
        return pickle.loads(payload)
    except PinError:
        raise
    except Exception as error:
        is_of_notebook = isinstance(error, AttributeError) and b"__main__" in payload
        raise ShippedError(
            f"the shipped object cannot be opened: {type(error).__name__}: {error}",
            _OF_A_NOTEBOOK if is_of_notebook else _NOT_THERE,
        ) from error


def opened(value: Any) -> Any:
    """Return a value with all shipped objects in it opened, also inside lists, tuples and dicts."""
    if isinstance(value, Shipped):
        return value.open()
    if type(value) in (list, tuple):
        return type(value)(map(opened, value))
    if type(value) is dict:
        return {key: opened(item) for key, item in value.items()}
    return value


def portable(error: BaseException) -> Exception:
    """Return an exception if it survives pickling; else a RuntimeError with its type and message.

    An exception that does not survive pickling would break a process pool.
    """
    try:
        pickle.loads(pickle.dumps(error))
        can_travel = isinstance(error, Exception)
    except Exception:
        can_travel = False
    if can_travel and isinstance(error, Exception):
        return error
    return RuntimeError(f"{type(error).__name__}: {error}")


def raise_portable(error: BaseException) -> NoReturn:
    """Raise an exception again, or a RuntimeError if it does not survive pickling (see `portable`).

    Its cause stays in the traceback, which pools send as text.
    """
    raise portable(error)


# 64 sets of modules: tasks of a run need the same few sets, and the bundle of a set has kilobytes, rarely megabytes.
@lru_cache(maxsize=64)
def _bundle(modules: frozenset[Module], whole: bool) -> bytes:
    wanted = [(pin, module, None) for pin, module in sorted(modules)]
    return write_pins(dict.fromkeys(wanted), whole=whole) if wanted else b""


def _is_here(module: Module) -> bool:
    """Tell whether a module exists here. The text may only look like a module's name, or its commit be missing."""
    try:
        require_path(registry.get_namespace(module[0]), module[1])
    except (CommitNotFoundError, PinnedModuleNotFoundError):
        return False
    return True


def _attach(bundle: bytes) -> None:
    """Attach a bundle, once also if many objects come with it."""
    repository = registry.open(bundle)
    if repository.address not in registry.addresses():
        registry.attach(repository)
