"""LocalBackend: runs calls in this process, one after the other."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from zenml_pin.backends.base import BaseBackend


class LocalBackend(BaseBackend):
    """Runs each call at once, in this process."""

    def submit(self, fn: Callable[..., Any], *args: Any) -> Future[Any]:
        """Call `fn` and return its outcome as a future; KeyboardInterrupt passes unchanged."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args))
        except (Exception, SystemExit) as error:
            future.set_exception(error)
        return future
