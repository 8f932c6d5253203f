"""Distribute the work of an audit: over processes of this machine, or over an existing Dask cluster.

Each part of the work is a call that needs only the repository's path, so every worker must be able to read that path.
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
from zenml_pin.audit.pin_report import PinReport
from zenml_pin.backends.dask import DaskBackend
from zenml_pin.backends.processes import ProcessesBackend
from zenml_pin.git.any_repository import comparable
from zenml_pin.pins.fetching import FetchingRepository
from zenml_pin.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.git.signers import Signers

Item = TypeVar("Item")
Result = TypeVar("Result")

# Small enough that an interrupted audit ends at once.
CHUNK = 20
_AHEAD = 2
# Does not depend on the number of workers: waiting calls are at the scheduler.
_DASK_CALLS = 64


class WorkerPool(Protocol):
    """Something that carries out calls."""

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> Future[Any]:
        """Start a call."""


@contextmanager
def workers(jobs: int, dask: str | None) -> Iterator[tuple[WorkerPool | None, int]]:
    """Give the pool for calls, and how many calls it carries out at a time; None means this process.

    Raises:
        MissingExtraError: The address of a cluster is given, and the extra for it is not installed.
        BackendError: The cluster cannot be reached.
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
    """Yield the results of calls as they end; start only as many calls ahead as the workers can use."""
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
    """What a worker must know to examine pins.

    Attributes:
        root: The repository's root.
        requirements: Whether requirements are compared.
        signers: The allowed signers; None skips the check of signatures.
        fetch: Whether missing objects are fetched from the remote.
        old: The sources that documents of ZenML have.
        token: Identifies one audit, so that the next one does not use the facts that this one has read.
    """

    root: str
    requirements: bool
    signers: Signers | None = None
    fetch: bool = False
    old: frozenset[str] = frozenset()
    token: str = attrs.field(factory=lambda: secrets.token_hex(8))

    def examiner(self) -> Examiner:
        """Return an examiner of the repository as it is now."""
        repository = comparable(registry.open(self.root))
        if self.fetch:
            repository = FetchingRepository(repository)
        requirements = None
        if self.requirements:
            from zenml_pin.audit.facts.requirements import Requirements

            requirements = Requirements()
        return Examiner(repository, Units(repository), requirements, self.signers, self.fetch)


_latest: dict[str, Examiner] = {}


@cache.unused()
def examine_chunk(task: ExamineTask, sources: list[Source]) -> list[PinReport]:
    """Return reports of some sources, in any process; keep the examiner for the next chunk of the same audit."""
    examiner = _latest.get(task.token)
    if examiner is None:
        _latest.clear()
        _latest[task.token] = examiner = task.examiner()
    return [
        examiner.examine_old(source) if str(source) in task.old else examiner.examine(source)
        for source in sources
    ]


def forget() -> None:
    """Drop the examiner that this process keeps."""
    _latest.clear()


def _submit(executor: WorkerPool, call: Callable[..., Result], arguments: tuple[Any, ...]) -> Future[Result]:
    # A process that starts here must ignore Ctrl-C: the audit ends it.
    previous = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        return executor.submit(call, *arguments)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, previous)
