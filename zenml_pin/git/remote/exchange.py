"""One exchange with a server: limits on its size and its time.

    time = timeout + received / rate

An answer may take `timeout` seconds, and a second more for each 10 kB received. So a long answer that arrives steadily
is not cut off, and one that is too slow, or never begins, ends. A name lookup, a handshake, a program's start and a
header line cannot each have a limit, so an exchange runs in a separate thread. When its time is over, the caller no
longer waits for the thread.
"""

from __future__ import annotations

from concurrent.futures import Future, wait
from threading import Thread
from time import monotonic

from zenml_pin.errors import LimitError, RemoteTimeoutError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    T = TypeVar("T")

# Bytes a second: the slowest accepted transfer.
_RATE = 10_000


class TransferMeter:
    """Counts what one exchange receives.

    Args:
        label: The server's name in messages.
        timeout: Seconds.
        limit: Most bytes.

    Attributes:
        received: Bytes so far.
    """

    def __init__(self, label: str, timeout: float, limit: int) -> None:
        self.label = label
        self.timeout = timeout
        self.limit = limit
        self.received = 0
        self._start = monotonic()

    def add(self, size: int) -> None:
        """Count received bytes.

        Raises:
            LimitError: The answer is too large.
            RemoteTimeoutError: The exchange took too long.
        """
        self.received += size
        if self.received > self.limit:
            raise LimitError(f"the answer of '{self.label}'", self.received, self.limit, "bundle")
        if self.seconds_left() <= 0:
            raise self.expired()

    def seconds_left(self) -> float:
        """Return how long the exchange may still take."""
        return self._start + self.timeout + self.received / _RATE - monotonic()

    def expired(self) -> RemoteTimeoutError:
        """Return the error of an exchange that took too long."""
        return RemoteTimeoutError(
            self.label,
            f"has not answered within {self.timeout:g} seconds ({self.received} bytes came)",
            "try again, or fetch with git and name the clone with repo= (or -C)",
        )


def run(work: Callable[[], T], meter: TransferMeter, give_up: Callable[[], None]) -> T:
    """Return what `work` returns, or raise what it raises.

    Args:
        work: The exchange.
        meter: The meter of the exchange.
        give_up: Ends the exchange from outside; called when its time is over, and if the caller is interrupted.

    Raises:
        RemoteTimeoutError: It took too long.
    """
    done: Future[T] = Future()
    Thread(target=_settle, args=(work, done), name="zenml-pin-fetch", daemon=True).start()
    try:
        while not done.done():
            left = meter.seconds_left()
            if left <= 0:
                raise meter.expired()
            wait([done], left)
    except BaseException:
        give_up()
        raise
    return done.result()


def _settle(work: Callable[[], T], done: Future[T]) -> None:
    try:
        done.set_result(work())
    except BaseException as error:
        done.set_exception(error)
