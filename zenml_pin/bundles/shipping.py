"""Shipping: objects of pinned classes, with the code that they need, for processes that have no repository.

    shipped = zenml_pin.ship(trainer)          # here
    pool.submit(shipped, rows)                 # there: opened, then called
    shipped.open()                             # or there: the object itself

    made = client.submit(ship(make, onward=True), 3)    # stays shipped on the cluster,
    client.submit(ship(use), made)                      # where another task opens it

What travels is bytes: a pickle that names pinned classes, and a bundle of their code. No engine's own machinery opens
them, only the task does; so where the code is missing or damaged the task fails with an error, and its worker lives.
Nothing has to be set up there but this package.
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
    from typing import NoReturn

    from zenml_pin.bundles.pickled_names import Module

_NOT_THERE = "install its libraries there; ship classes that were loaded from a pin, not the working tree's"
_OF_A_NOTEBOOK = "a class of a notebook is in its own process only: move it to a module of the repository"


def ship(thing: Any, *others: Any, onward: bool = False) -> Shipped:
    """Return an object with all pinned code that it needs, to be opened in another process.

    Args:
        thing: A class, function or instance from a pin, or anything that pickle takes and that may hold some.
        others: Arguments to call it with there, ahead of those that the call is given.
        onward: Ship what the call returns as well, for another task to open. An engine that carries results from
            worker to worker, as Dask does, must not open them either.

    Raises:
        ShippedError: Pickle does not take it.
        CommitNotFoundError, ObjectNotFoundError: A commit is not here any more, or not whole.

    Cost: the bundle of the same modules is made once a process.
    """
    try:
        payload = pickle.dumps((thing, others, onward), protocol=5)
    except Exception as error:
        raise ShippedError(
            f"a {type(thing).__name__} cannot be shipped: {type(error).__name__}: {error}",
            "ship what pickle takes: no open files, no locks, no local classes",
        ) from error
    return Shipped(_bundle(frozenset(filter(_is_here, modules_in(payload)))), payload)


class Shipped:
    """Something that is on its way. Pickles to nothing but its bytes; call it, or open it, where it arrives."""

    __slots__ = ("_bundle", "_payload")

    def __init__(self, bundle: bytes, payload: bytes) -> None:
        self._bundle = bundle
        self._payload = payload

    def open(self) -> Any:
        """Return the object. Its classes come from the bundle, or from wherever else their commits are found.

        Raises:
            ShippedError: It names code that is not here.
            PinError: The code is damaged, or failed while it was imported.
        """
        return self._opened()[0]

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Open it, and what is shipped among the arguments, and call it; what it raises survives the way back."""
        try:
            thing, others, onward = self._opened()
            result = thing(*others, *opened(args), **opened(options))
            return ship(result) if onward else result
        except (Exception, SystemExit) as error:
            raise_portable(error)

    def _opened(self) -> tuple[Any, tuple[Any, ...], bool]:
        if self._bundle:
            _attach(self._bundle)
        held: tuple[Any, tuple[Any, ...], bool] = unpickle(self._payload)
        return held

    def __reduce__(self) -> tuple[type[Shipped], tuple[bytes, bytes]]:
        return type(self), (self._bundle, self._payload)

    def __len__(self) -> int:
        """Return how many bytes travel."""
        return len(self._bundle) + len(self._payload)

    def __repr__(self) -> str:
        return f"<Shipped: {len(self._payload)} bytes, code {len(self._bundle)} bytes>"


def unpickle(payload: bytes) -> Any:
    """Return what another process has pickled.

    Raises:
        ShippedError: It names code that is not here.
        PinError: The code is damaged, or failed while it was imported.
    """
    try:
        return pickle.loads(payload)
    except PinError:
        raise
    except Exception as error:
        is_of_notebook = isinstance(error, AttributeError) and b"__main__" in payload
        raise ShippedError(
            f"what was shipped cannot be opened: {type(error).__name__}: {error}",
            _OF_A_NOTEBOOK if is_of_notebook else _NOT_THERE,
        ) from error


def opened(value: Any) -> Any:
    """Return a value with what is shipped in it opened, also inside lists, tuples and dicts."""
    if isinstance(value, Shipped):
        return value.open()
    if type(value) in (list, tuple):
        return type(value)(map(opened, value))
    if type(value) is dict:
        return {key: opened(item) for key, item in value.items()}
    return value


def raise_portable(error: BaseException) -> NoReturn:
    """Raise an exception again, as it is where it can travel: one that does not survive pickling would break a pool.

    What it was raised from stays in the traceback, which pools send along as text.
    """
    try:
        pickle.loads(pickle.dumps(error))
        can_travel = isinstance(error, Exception)
    except Exception:
        can_travel = False
    if can_travel:
        raise error
    raise RuntimeError(f"{type(error).__name__}: {error}")


# As many sets of modules as a cluster is given side by side.
# A run's tasks name the same few sets of modules; a set makes a bundle of kilobytes, seldom of megabytes.
@lru_cache(maxsize=64)
def _bundle(modules: frozenset[Module]) -> bytes:
    wanted = [(commit_id, module, None) for commit_id, module in sorted(modules)]
    return write_pins(dict.fromkeys(wanted)) if wanted else b""


def _is_here(module: Module) -> bool:
    """Tell a module from a text that only looks like its name, or that names what nobody here can send."""
    try:
        require_path(registry.get_namespace(module[0]), module[1])
    except (CommitNotFoundError, PinnedModuleNotFoundError):
        return False
    return True


def _attach(bundle: bytes) -> None:
    """Let the commits of a bundle be found, however many objects come with it."""
    place = registry.open(bundle)
    if place.address not in registry.places():
        registry.attach(place)
