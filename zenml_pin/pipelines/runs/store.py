"""LocalStore: `.zenml/local_store`, the artifacts and the record of runs.

A run keeps a lock on `running/<id>` while its process lives. When the next run begins, or runs are listed, the store
checks these files: a run whose file has no lock was killed. The log of a step is in `logs/<id>.<position>` while the
step runs, so that a killed run has it too.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import ExitStack, contextmanager, suppress

from zenml_pin.base.atomic import write_whole
from zenml_pin.errors import ComponentError
from zenml_pin.pipelines.runs.artifacts import Artifacts, writable
from zenml_pin.pipelines.runs.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from zenml_pin.pipelines.runs.run import Run
    from zenml_pin.pipelines.runs.texts import Detail
    from zenml_pin.workspace.config import Workspace


class LocalStore:
    """The store of a workspace. Opening one writes nothing.

    Args:
        folder: Its folder.
        other: The folder of another store, whose artifacts are read too.
    """

    def __init__(self, folder: str, other: str | None = None) -> None:
        self.folder = folder
        others = None if other in (None, folder) else os.path.join(other or "", "artifacts")
        self.artifacts = Artifacts(os.path.join(folder, "artifacts"), others)
        self.record = Record(os.path.join(folder, "runs.sqlite"), self.artifacts)

    @classmethod
    def of(cls, workspace: Workspace) -> LocalStore:
        """Return the store of a workspace. One that is elsewhere also reads the artifacts of the workspace's own."""
        return cls(workspace.store_dir, workspace.own_store_dir)

    def put_value(self, value: Any) -> str:
        """Store a value as a pickle and return its sha256."""
        # What pickles needs the look-up of code, which a list of runs does not.
        from zenml_pin.pipelines.runs.pickling import dumps

        try:
            data = dumps(value)
        except Exception as error:
            raise ComponentError(f"a {type(value).__name__} cannot be kept in the store: {error}") from error
        self.make()
        return self.artifacts.put(data)

    def get_value(self, sha256: str) -> Any:
        """Return a stored value."""
        import pickle

        return pickle.loads(self.artifacts.get(sha256))

    def run(self, text: str) -> Run:
        """Return a run by its id, the beginning of its id, the six digits at its end, or "last", "last~1".

        Raises:
            UnknownNameError: No run has that id.
            UnsupportedError: Several ids begin with it.
        """
        from zenml_pin.pipelines.runs.run_id import choose_id

        self._sweep_if_possible()
        return self.record.run(choose_id(text, self.record.ids()))

    def runs(
        self,
        pipeline: str | None = None,
        number: int | None = None,
        last: int | None = None,
        failed: bool = False,
    ) -> list[Run]:
        """Return the runs, oldest first. Runs whose process is gone are recorded as killed first."""
        self._sweep_if_possible()
        return self.record.runs(pipeline, number, last, failed)

    def _sweep_if_possible(self) -> None:
        if os.path.isdir(self._running) and os.access(self.folder, os.W_OK):
            with self.exclusive():
                self._sweep()

    def make(self) -> None:
        """Make the folder, with a `.gitignore` so that git ignores it in any workspace."""
        if not os.path.isdir(self._running):
            with writable(self.folder):
                os.makedirs(self._running, exist_ok=True)
                write_whole(os.path.join(self.folder, ".gitignore"), "*\n")

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Keep other processes from choosing documents and beginning runs while a block runs."""
        self.make()
        with _locked(os.path.join(self.folder, "lock")):
            yield

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """Keep other processes from removing artifacts while a block runs.

        An artifact that a block writes, or finds, must be named by a row or a document when the block ends.
        """
        with _locked(self._kept, fcntl.LOCK_SH):
            yield

    def putting(self, stack: ExitStack) -> Callable[[Any], str]:
        """Return `put_value`, after whose first call no artifact is removed until a stack is closed."""
        is_kept = False

        def put(value: Any) -> str:
            nonlocal is_kept
            if not is_kept:
                self.make()
                stack.enter_context(self.keeping())
                is_kept = True
            return self.put_value(value)

        return put

    def living(self) -> set[str]:
        """Return the ids of the runs whose process has not left them yet."""
        names = os.listdir(self._running) if os.path.isdir(self._running) else []
        return {name for name in names if _is_locked(os.path.join(self._running, name))}

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """Let no other process write or find artifacts, choose documents or begin runs while a block runs.

        Runs whose process is gone are recorded as killed first.
        """
        self.make()
        with _locked(self._kept), self.exclusive():
            self._sweep()
            yield

    @contextmanager
    def alive(self, run: Run, details: Iterable[Detail] = ()) -> Iterator[None]:
        """Record that a run has begun, and keep the lock that shows that its process lives while a block runs.

        Args:
            run: The run.
            details: Its texts.
        """
        path = os.path.join(self._running, run.id)
        with ExitStack() as stack:
            with self.exclusive():
                self._sweep()
                stack.enter_context(_locked(path))
                with writable(self._logs):
                    os.makedirs(self._logs, exist_ok=True)
                self.record.begin(run, details)
            try:
                yield
            finally:
                with suppress(OSError):
                    os.unlink(path)

    def log_path(self, run_id: str, position: int) -> str:
        """Return the file that has the log of a step while it runs."""
        return os.path.join(self._logs, f"{run_id}.{position}")

    @property
    def _logs(self) -> str:
        return os.path.join(self.folder, "logs")

    def _left_logs(self, run_id: str) -> dict[int, bytes]:
        """Return the logs that the processes of a killed run have left, by the positions of the steps; remove them."""
        from zenml_pin.pipelines.runs.bounded_log import read_log

        names = os.listdir(self._logs) if os.path.isdir(self._logs) else []
        mine = [name for name in names if name.startswith(f"{run_id}.")]
        return {
            int(name.rpartition(".")[2]): read_log(os.path.join(self._logs, name))
            for name in mine
            if name.rpartition(".")[2].isdecimal()
        }

    @property
    def _kept(self) -> str:
        return os.path.join(self.folder, "kept")

    @property
    def _running(self) -> str:
        return os.path.join(self.folder, "running")

    def _sweep(self) -> None:
        """Record runs whose process is gone. Requires the lock of the store; callers have it."""
        alive = set()
        for name in os.listdir(self._running):
            path = os.path.join(self._running, name)
            if _is_locked(path):
                alive.add(name)
            else:
                with suppress(OSError):
                    os.unlink(path)
        killed = [run_id for run_id in self.record.running() if run_id not in alive]
        for run_id in killed:
            self.record.kill(run_id, self._left_logs(run_id))
        if killed and not alive:
            self._sweep_artifacts()

    def _sweep_artifacts(self) -> None:
        """Remove half written artifacts, unless a process is writing one now, which is in no run yet."""
        with suppress(OSError), open(self._kept, "ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.artifacts.sweep()


@contextmanager
def _locked(path: str, kind: int = fcntl.LOCK_EX) -> Iterator[None]:
    with writable(path):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        fcntl.flock(descriptor, kind)
        yield
    finally:
        os.close(descriptor)


def _is_locked(path: str) -> bool:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False
