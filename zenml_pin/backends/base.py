"""BaseBackend: a context manager that takes calls and returns futures."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from types import TracebackType
from typing import Any, TypeVar

from zenml_pin.errors import BackendError
from zenml_pin.steps.component import Component

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.bundles.shipping import Shipped

Self = TypeVar("Self", bound="BaseBackend")


class BaseBackend(Component):
    """Runs calls. Subclass it and write `submit`; acquire and release resources in `__enter__` and `__exit__`."""

    def submit(self, fn: Callable[..., Any], *args: Any) -> Future[Any]:
        """Start `fn(*args)` and return its future. The arguments are bytes, plain data and components."""
        raise NotImplementedError(f"{type(self).__name__} has no submit method")

    def prepare(self, components: Iterable[Any]) -> None:
        """Get ready for the components of a run, before the run begins. Most backends have nothing to do."""

    def facts(self) -> dict[str, Any]:
        """Return what a run's record says instead of this process's Python and packages; {} for nothing else."""
        return {}

    def libraries_of(self, component: Any) -> str:
        """Return a text that stands for the libraries that a component gets; "" for those of this process."""
        return ""

    def __enter__(self: Self) -> Self:
        """Prepare the backend and return it."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Release the backend's resources."""


class ClusterBackend(BaseBackend, ABC):
    """Runs calls on machines that have no repository: each call is shipped with its pinned code."""

    def submit(self, fn: Callable[..., Any], *args: Any) -> Future[Any]:
        """Start the call on a worker.

        Raises:
            BackendError: The backend is not open.
            ShippedError: The call cannot be pickled.
        """
        from zenml_pin.bundles.shipping import ship

        if not self._is_open:
            raise not_open()
        return self._send(ship(fn, *args))

    @property
    @abstractmethod
    def _is_open(self) -> bool: ...

    @abstractmethod
    def _send(self, shipped: Shipped) -> Future[Any]:
        """Start a shipped call; its future gets the value, or the exception that it raised there."""


def not_open() -> BackendError:
    """Return the error of a call on a backend that is not open."""
    return BackendError("the backend is not open", "use it in a with block, or hand it to run()")
