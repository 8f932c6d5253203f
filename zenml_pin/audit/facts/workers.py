"""Spreading the work of an audit: over processes of this machine, or over a Dask cluster that is there already.

Each part of the work is a call that only needs the repository's path, so whoever carries it out must see that.
"""

from __future__ import annotations

import secrets
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from typing import Any, Protocol, TypeVar

import attrs

from zenml_pin import cache
from zenml_pin.at import registry
from zenml_pin.audit.facts.folders import Units
from zenml_pin.audit.facts.pins import Examiner
from zenml_pin.audit.report import PinReport
from zenml_pin.backends.dask import DaskBackend
from zenml_pin.backends.processes import ProcessesBackend
from zenml_pin.git.any_repository import comparable
from zenml_pin.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.git.signers import Signers

Item = TypeVar("Item")
Result = TypeVar("Result")

# Small enough to end within a blink when the audit is interrupted.
CHUNK = 20
_AHEAD = 2
# However many workers there are: what waits is at the scheduler's.
_DASK_CALLS = 64


class WorkerPool(Protocol):
    """What calls are handed to."""

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> Future[Any]:
        """Start a call."""


@contextmanager
def workers(jobs: int, dask: str | None) -> Iterator[tuple[WorkerPool | None, int]]:
    """Give what carries out calls, and how many at a time; None for this process.

    Raises:
        MissingExtraError: The address of a cluster is given, and the extra for it is not installed.
        BackendError: There is no such cluster.
    """
    with ExitStack() as stack:
        if dask is not None:
            yield stack.enter_context(DaskBackend(dask)), _DASK_CALLS
        elif jobs > 1:
            yield stack.enter_context(ProcessesBackend(jobs)), jobs
        else:
            yield None, 1


@contextmanager
def threads(jobs: int) -> Iterator[WorkerPool]:
    """Give threads for calls that only wait for other processes."""
    pool = ThreadPoolExecutor(jobs)
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def each(
    executor: WorkerPool, count: int, call: Callable[..., Result], arguments: Iterable[tuple[Any, ...]]
) -> Iterator[Result]:
    """Yield the results of calls as they end, with no more of them under way than can be used."""
    waiting = deque(arguments)
    pending: set[Future[Result]] = set()
    try:
        while waiting or pending:
            while waiting and len(pending) < count * _AHEAD:
                pending.add(_submit(executor, call, waiting.popleft()))
            done, pending = wait(pending, return_when=FIRST_COMPLETED)
            for future in done:
                yield future.result()
    finally:
        for future in pending:
            future.cancel()


def chunks(items: list[Item], size: int) -> Iterator[list[Item]]:
    """Yield a list in parts."""
    return (items[start : start + size] for start in range(0, len(items), size))


@attrs.frozen
class ExamineTask:
    """What whoever examines pins must know.

    Attributes:
        root: The repository.
        requirements: Whether they are compared.
        signers: Who must have signed each commit; None where that is not asked.
        token: Of one audit: the next must not be answered from what this one has seen.
    """

    root: str
    requirements: bool
    signers: Signers | None = None
    token: str = attrs.field(factory=lambda: secrets.token_hex(8))

    def examiner(self) -> Examiner:
        """Return an examiner of the repository as it is now."""
        repository = comparable(registry.open(self.root))
        compare = None
        if self.requirements:
            from zenml_pin.audit.facts.requirements import Requirements

            compare = Requirements()
        return Examiner(repository, Units(repository), compare, self.signers)


_latest: dict[str, Examiner] = {}


@cache.unused()
def examine_chunk(task: ExamineTask, sources: list[Source]) -> list[PinReport]:
    """Examine some sources, in whichever process; what that learns of the repository it keeps for the audit's next."""
    examiner = _latest.get(task.token)
    if examiner is None:
        _latest.clear()
        _latest[task.token] = examiner = task.examiner()
    return [examiner.examine(source) for source in sources]


def forget() -> None:
    """Forget what was learned in this process."""
    _latest.clear()


def _submit(executor: WorkerPool, call: Callable[..., Result], arguments: tuple[Any, ...]) -> Future[Result]:
    # A process that is started here must not take part when Ctrl-C is pressed: the audit ends it.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        return executor.submit(call, *arguments)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
