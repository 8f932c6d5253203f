"""Trials: verdicts on commits, each distinct code tried once; several at a time, if wanted.

With more than one job, the candidates that the search may need next, after a good and after a bad answer, are tried at
the same time. So the search takes the same way with any number of jobs, and the same answer; what turns out not to be
needed is stopped.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from queue import SimpleQueue

import attrs

from zenml_pin.base.locks import ForkLock
from zenml_pin.errors import UnsupportedError
from zenml_pin.isolation.warm_parent import WarmProcess, Warmth
from zenml_pin.pipelines.bisecting import work
from zenml_pin.pipelines.bisecting.judges import NOT_LOADED, code_or_none
from zenml_pin.pipelines.bisecting.search import UNKNOWN
from zenml_pin.pipelines.bisecting.verdict import CommitVerdict, MetricBounds, settle

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from concurrent.futures import Future, ThreadPoolExecutor
    from types import TracebackType

    from zenml_pin.pipelines.bisecting.judges import ClassJudge, Judge

_HINT = (
    "name a function of a module that can be imported from here: checks.trainer:is_good, or checks.py:is_good"
)


@attrs.frozen
class Tested:
    """A commit with its verdict.

    Attributes:
        commit_id: The commit.
        code: The key of its code; None if it has no such code.
        verdict: The verdict.
        is_trial: Whether a trial was made for it; if not, another commit has the same code, or a log has the verdict.
    """

    commit_id: str
    code: str | None
    verdict: CommitVerdict
    is_trial: bool


@attrs.define
class _Pending:
    """A trial that has been started: its future verdict, its process, and how to stop it."""

    event: threading.Event = attrs.field(factory=threading.Event)
    future: Future[CommitVerdict] | None = None
    _process: WarmProcess | None = None
    _lock: ForkLock = attrs.field(factory=ForkLock)

    def result(self) -> CommitVerdict:
        assert self.future is not None
        return self.future.result()

    def has_result(self) -> bool:
        return self.future is not None and self.future.done() and not self.future.cancelled()

    def stop(self) -> None:
        self.event.set()
        if self.future is not None and self.future.cancel():
            return
        with self._lock:
            if self._process is not None:
                self._process.close()

    @contextmanager
    def using(self, process: WarmProcess) -> Iterator[None]:
        """Use a process during a block. It is not closed afterwards: another trial may have it then."""
        with self._lock:
            self._process = process
        try:
            yield
        finally:
            with self._lock:
                self._process = None


class Trials:
    """Verdicts on commits.

    Args:
        judge: Judges one commit.
        jobs: How many trials run at the same time.
        repeat: How many trials decide about one code.
        bounds: The metric that decides, if it is a metric.
        logged: Verdicts that are known already, by commit.
    """

    def __init__(
        self,
        judge: Judge,
        jobs: int,
        repeat: int,
        bounds: MetricBounds | None,
        logged: dict[str, CommitVerdict],
    ) -> None:
        self._judge = judge
        self._repeat = repeat
        self._bounds = bounds
        self._logged = logged
        self._jobs = jobs
        self._codes: dict[str, tuple[str | None, str]] = {}
        self._known: dict[str, CommitVerdict] = {}
        self._pending: dict[str, _Pending] = {}
        self._idle: SimpleQueue[WarmProcess] = SimpleQueue()
        self._processes = [WarmProcess() for _ in range(jobs)]
        self._pool: ThreadPoolExecutor | None = None
        self.count = 0

    def __enter__(self) -> Trials:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop_others(())
        for process in self._processes:
            process.close()
        if self._pool is not None:
            self._pool.shutdown()

    @property
    def jobs(self) -> int:
        """How many trials run at the same time."""
        return self._jobs

    def warm(self, warmth: Warmth) -> None:
        """Have the processes import libraries and tests before the first trial."""
        for process in self._processes:
            process.warm(warmth)

    def require_function(self, test: ClassJudge) -> None:
        """Check that the function of a test exists.

        Raises:
            UnsupportedError: It does not, or its module cannot be imported.
        """
        tester = test.tester or {}
        if "import" not in tester:
            return
        module, name = tester["import"], tester["function"]
        arguments = {"path": list(test.path), "module": module, "function": name}
        outcome = self._processes[0].call(f"{work.__name__}:look_for_function", arguments, test.limits)
        answer = outcome.answer.get("answer")
        if answer == "found":
            return
        fact = f"the module has no function '{name}'"
        if answer != "missing":
            fact = str(outcome.answer.get("message") or outcome.message or "its process ended")
        raise UnsupportedError(f"the test '{test.label}' cannot be used: {fact}", _HINT)

    def is_known(self, commit_id: str) -> bool:
        """Tell whether a commit needs no trial."""
        code, _ = self._code(commit_id)
        return commit_id in self._logged or code is None or code in self._known

    def start(self, commit_id: str) -> None:
        """Start the trials of a commit's code, unless its verdict is known."""
        code, _ = self._code(commit_id)
        if code is None or code in self._pending or self.is_known(commit_id):
            return
        pending = _Pending()
        self._pending[code] = pending
        self.count += self._repeat
        if self._pool is None:
            from concurrent.futures import ThreadPoolExecutor

            # Before there are threads, so that the processes can be forks of this one.
            for process in self._processes:
                process.start()
                self._idle.put(process)
            self._pool = ThreadPoolExecutor(self._jobs)
        pending.future = self._pool.submit(self._run, commit_id, pending)

    def judge(self, commit_id: str) -> Tested:
        """Return the verdict on a commit."""
        code, why = self._code(commit_id)
        if commit_id in self._logged:
            verdict = self._logged[commit_id]
            if code is not None:
                self._known.setdefault(code, verdict)
            return Tested(commit_id, code, verdict, False)
        if code is None:
            return Tested(commit_id, None, CommitVerdict(UNKNOWN, NOT_LOADED, why), False)
        if code in self._known:
            return Tested(commit_id, code, self._known[code], False)
        if self._jobs == 1:
            self.count += self._repeat
            self._known[code] = self._try(commit_id, self._processes[0], threading.Event())
            return Tested(commit_id, code, self._known[code], True)
        self.start(commit_id)
        self._known[code] = self._pending[code].result()
        del self._pending[code]
        return Tested(commit_id, code, self._known[code], True)

    def stop_others(self, commit_ids: Iterable[str]) -> None:
        """Stop every trial that is not for the code of one of some commits; keep the verdicts of those that ended."""
        wanted = {self._code(commit_id)[0] for commit_id in commit_ids}
        for code, pending in list(self._pending.items()):
            if pending.has_result():
                self._known[code] = pending.result()
            elif code in wanted:
                continue
            else:
                pending.stop()
            del self._pending[code]

    def _code(self, commit_id: str) -> tuple[str | None, str]:
        if commit_id not in self._codes:
            self._codes[commit_id] = code_or_none(self._judge, commit_id)
        return self._codes[commit_id]

    def _run(self, commit_id: str, pending: _Pending) -> CommitVerdict:
        process = self._idle.get()
        try:
            with pending.using(process):
                return self._try(commit_id, process, pending.event)
        finally:
            self._idle.put(process)

    def _try(self, commit_id: str, process: WarmProcess, stop: threading.Event) -> CommitVerdict:
        numbers = iter(range(self._repeat))
        verdicts = [self._judge.judge(commit_id, process, stop) for _ in numbers if not stop.is_set()]
        return settle(verdicts, self._bounds) if verdicts else CommitVerdict(UNKNOWN)
