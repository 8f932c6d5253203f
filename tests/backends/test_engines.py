"""Real engines, none of which can see the repository: equal results on each, clear errors, nothing lost."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import as_completed
from pathlib import Path
from typing import Any, cast

import pytest

import zenml_pin
from tests.support.backends.dask_cluster import cluster
from tests.support.backends.ray_cluster import connected, one_answer, ray_cluster
from tests.support.repositories import Repo, commit, init
from zenml_pin.backends import BaseBackend, DaskBackend, LocalBackend, RayBackend
from zenml_pin.bundles.shipping import Shipped
from zenml_pin.datasources import MemoryDatasource
from zenml_pin.errors import BackendError, BundleError, ShippedError, StepFailedError
from zenml_pin.pipelines import TrainingPipeline
from zenml_pin.pipelines.repository import Repository
from zenml_pin.steps import MetricsEvaluator, RandomSplit
from zenml_pin.workspace.config import init_workspace

pytestmark = [
    pytest.mark.slow,
    # What the engines themselves warn of on this Python.
    pytest.mark.filterwarnings("default"),
]

TRAINER = """\
import os
import signal
import sys
import time

from trainers.helper import STEP
from zenml_pin.steps import BaseTrainerStep


class Line:
    def __init__(self, slope):
        self.slope = slope

    def predict(self, rows):
        return [self.slope * row["x"] for row in rows]


class MyTrainer(BaseTrainerStep):
    def __init__(self, fails=False, where=None, kills=None):
        self.fails = fails
        self.where = where
        self.kills = kills

    def run_fn(self, splits):
        if self.fails:
            raise ValueError("on purpose")
        if self.kills is not None:
            os.kill(self.kills, signal.SIGKILL)
            time.sleep(60)
        if self.where is not None:
            seen = [path for path in (os.getcwd(), *sys.path) if os.path.exists(os.path.join(path, "trainers"))]
            with open(self.where, "w") as file:
                file.write(f"{os.getpid()} {seen}")
        slope = 0.0
        for row in splits["train"] * 40:
            slope += STEP * (row["y"] - slope * row["x"]) * row["x"]
        return Line(slope)
"""


FUNCTIONS = """\
from trainers.helper import STEP
from trainers.step import MyTrainer


async def train(splits, epochs=1):
    return MyTrainer().run_fn(splits)


def judge(model, splits):
    return {"step": STEP, "mse": sum((row["y"] - value) ** 2 for row, value in zip(
        splits["eval"], model.predict(splits["eval"])))}
"""


# Any executor as a backend, as a user would write one: what is submitted is shipped. The processes of these would stand
# in the workspace and have its `sys.path`; they are led away first, to see no more than on another machine.
POOL = """\
import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from tests.support.backends.dask_cluster import leave
from zenml_pin import ship
from zenml_pin.backends import BaseBackend


class PoolBackend(BaseBackend):
    def __init__(self, kind, folder):
        self.kind = kind
        self.folder = folder

    def submit(self, fn, *args):
        return self.pool.submit(ship(fn, *args))

    def __enter__(self):
        hidden = {"initializer": leave, "initargs": (os.getcwd(), self.folder)}
        if self.kind == "loky":
            from joblib.externals.loky import ProcessPoolExecutor as Loky

            self.pool = Loky(2, **hidden)
        else:
            self.pool = ProcessPoolExecutor(2, get_context(self.kind), **hidden)
        return self

    def __exit__(self, *error):
        self.pool.shutdown()
"""


@pytest.fixture(scope="module")
def dask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BaseBackend]:
    """A Dask cluster of two workers."""
    pytest.importorskip("distributed", reason="Dask is not installed: pip install zenml_pin[dask]")
    with cluster(tmp_path_factory.mktemp("dask") / "cluster") as made:
        yield DaskBackend(made.address)


@pytest.fixture(scope="module")
def ray(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BaseBackend]:
    """A Ray cluster of two workers; this process stays connected to it."""
    pytest.importorskip("ray", reason="Ray is not installed: pip install zenml_pin[ray]")
    folder = tmp_path_factory.mktemp("ray")
    with ray_cluster(folder) as made, connected(made, folder):
        yield RayBackend(made.address)


@pytest.fixture(params=["dask", "ray"])
def remote(request: pytest.FixtureRequest) -> BaseBackend:
    """A cluster whose workers see no repository."""
    return cast(BaseBackend, request.getfixturevalue(request.param))


@pytest.fixture
def workspace(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """A workspace whose trainer is committed; the current folder."""
    trainers = {"__init__.py": "", "helper.py": "STEP = 0.001\n", "step.py": TRAINER, "plain.py": FUNCTIONS}
    commit(repo, {"trainers": trainers, "pools": {"backend.py": POOL}})
    monkeypatch.chdir(repo.path)
    monkeypatch.syspath_prepend(repo.path)
    init_workspace(repo.path)
    return repo


def pipeline(name: str, trainer: Any = None, **options: Any) -> TrainingPipeline:
    """Build the pipeline as a script does."""
    if trainer is None:
        trainer = zenml_pin.load(zenml_pin.pin("trainers.step.MyTrainer", strict=True))
    rows = [{"x": x, "y": 2 * x} for x in range(20)]
    made = TrainingPipeline(name=name, enable_cache=False).add_datasource(MemoryDatasource(rows))
    made.add_split(RandomSplit({"train": 0.5, "eval": 0.5}))
    if isinstance(trainer, type):
        made.add_trainer(trainer(**options))
    else:
        made.add_trainer(trainer, **options)
    return made.add_evaluator(MetricsEvaluator("y", task="regression"))


ENGINES = ["spawn", "forkserver", "loky", "dask", "ray"]


@pytest.mark.parametrize("engine", ENGINES)
def test_pinned_pipeline_runs_with_equal_results(
    workspace: Repo, tmp_path: Path, request: pytest.FixtureRequest, engine: str
) -> None:
    """In another process, the same metrics as here; the trainer that ran is the commit's."""
    where = tmp_path / "where"
    if engine in ("dask", "ray"):
        backend = request.getfixturevalue(engine)
    else:
        pool = zenml_pin.load(zenml_pin.pin("pools.backend.PoolBackend", strict=True))
        backend = pool(engine, str(tmp_path))
    expected = pipeline("here").run(LocalBackend())

    run = pipeline("there", where=str(where)).run(backend)

    process, seen = where.read_text().split()
    assert int(process) != os.getpid()
    assert seen == "[]"
    assert run.metrics == expected.metrics
    assert run.metrics["mse"] < 0.01
    assert run.steps[2].code_id == expected.steps[2].code_id


def test_pinned_functions_run_with_equal_results(workspace: Repo, remote: BaseBackend) -> None:
    """As steps of a pipeline, and by themselves."""
    train, judge = (zenml_pin.load(zenml_pin.pin(f"trainers.plain.{name}")) for name in ("train", "judge"))

    def built(name: str) -> TrainingPipeline:
        made = pipeline(name, trainer=train, epochs=2)
        return made.add_evaluator(judge)

    expected = built("here").run(LocalBackend())
    run = built("there").run(remote)

    assert run.metrics == expected.metrics
    assert run.metrics["step"] == 0.001
    with remote as backend:
        rows = {"eval": [{"x": 1, "y": 2}]}
        line = run.output("model")
        assert backend.submit(judge, line, rows).result(60) == judge(line, rows)


def test_workers_of_a_cluster_see_no_repository(workspace: Repo, tmp_path: Path, remote: BaseBackend) -> None:
    """Their folder holds no code, before and after: nothing is set up there and nothing stays."""
    where = tmp_path / "where"
    pipeline("there", where=str(where)).run(remote)

    assert where.read_text().split()[1] == "[]"
    with remote as backend:
        modules = backend.submit(eval, "sorted(__import__('sys').modules)").result(60)
    assert [name for name in modules if name.partition(".")[0] == "trainers"] == []
    assert any(name.startswith("zenml_pin.at.g") for name in modules)


def test_failing_step_is_a_failed_run(workspace: Repo, remote: BaseBackend) -> None:
    """The step's own exception is the cause, and the cluster goes on."""
    with pytest.raises(StepFailedError, match="on purpose") as caught:
        pipeline("failing", fails=True).run(remote)

    assert isinstance(caught.value.__cause__, ValueError)
    assert Repository.get_instance().get_runs("failing")[0].outcome == "failed"
    assert pipeline("after").run(remote).metrics["mse"] < 0.01


def test_worker_without_the_code_answers(workspace: Repo, remote: BaseBackend) -> None:
    """A clear error, and neither a hang nor a broken worker: for missing code, damaged code, and an unknown class."""
    commit(
        workspace,
        {"trainers": {"__init__.py": "# Sent nowhere yet.\n", "step.py": TRAINER, "helper.py": "STEP = 1\n"}},
    )
    trainer = zenml_pin.load(zenml_pin.pin("trainers.step.MyTrainer"))
    _, (bundle, payload) = zenml_pin.ship(trainer().run_fn).__reduce__()

    with remote as backend:
        submit = (
            backend._executor.submit if isinstance(backend, DaskBackend) else cast(RayBackend, backend)._send
        )
        with pytest.raises(zenml_pin.PinnedModuleNotFoundError):
            submit(Shipped(b"", payload)).result(60)
        with pytest.raises(BundleError):
            submit(Shipped(bundle[:-7], payload)).result(60)
        with pytest.raises(ShippedError):
            submit(Shipped(b"", b"cnowhere_at_all\nthing\n.")).result(60)
        assert backend.submit(max, 1, 2).result(60) == 2


def test_results_go_from_worker_to_worker_shipped(workspace: Repo, tmp_path: Path) -> None:
    """A worker that never had the code takes what another made of it; opened by Dask itself it would hang there."""
    distributed = pytest.importorskip("distributed")
    trainer = zenml_pin.load(zenml_pin.pin("trainers.step.MyTrainer"))
    train = zenml_pin.ship(trainer().run_fn, onward=True)
    predict = zenml_pin.ship(sys.modules[trainer.__module__].Line.predict)
    with (
        cluster(tmp_path / "two", workers=2) as made,
        distributed.Client(made.address, set_as_default=False) as client,
    ):
        client.wait_for_workers(2, timeout=60)
        first, second = client.scheduler_info()["workers"]
        line = client.submit(train, {"train": [{"x": 1, "y": 2}] * 500}, workers=[first])

        predicted = client.submit(predict, line, [{"x": 3}], workers=[second]).result(60)

    assert predicted == [pytest.approx(6)]


def test_results_go_from_worker_to_worker_on_ray(workspace: Repo, ray: BaseBackend) -> None:
    """With the remote function of the documentation; what a call returns stays shipped for the next one."""
    import ray as library

    trainer = zenml_pin.load(zenml_pin.pin("trainers.step.MyTrainer"))
    train = zenml_pin.ship(trainer().run_fn, onward=True)
    predict = zenml_pin.ship(sys.modules[trainer.__module__].Line.predict)
    call = library.remote(lambda shipped, *args: shipped(*args))

    line = call.remote(train, {"train": [{"x": 1, "y": 2}] * 500})

    assert library.get(call.remote(predict, line, [{"x": 3}]), timeout=60) == [pytest.approx(6)]
    assert type(library.get(line, timeout=60).open()).__module__ == trainer.__module__


def test_cluster_that_is_not_there_is_an_error() -> None:
    """Within the time that the user gave; so is one without workers."""
    pytest.importorskip("distributed")
    with pytest.raises(BackendError, match="does not answer"), DaskBackend("tcp://127.0.0.1:9", timeout=1):
        pass


def test_process_has_one_ray_cluster_at_a_time(ray: BaseBackend) -> None:
    """The backend uses the connection to its own cluster and leaves it open, and refuses that to another one."""
    import ray as library

    settings = b"\0\0\0\4\0\0\0\0\0"
    with (
        one_answer(settings) as address,
        pytest.raises(BackendError, match="connected to another Ray cluster"),
        RayBackend(address),
    ):
        pass
    with ray as backend:
        assert backend.submit(max, 1, 2).result(60) == 2
    assert library.is_initialized()


def test_cluster_without_workers_is_an_error(tmp_path: Path) -> None:
    """It says so within the time that the user gave, where Dask itself would wait for ever."""
    pytest.importorskip("distributed")
    with (
        cluster(tmp_path / "empty", workers=0) as made,
        pytest.raises(BackendError, match="does not answer"),
        DaskBackend(made.address, timeout=1),
    ):
        pass


def test_lost_scheduler_is_a_failed_run(workspace: Repo, tmp_path: Path) -> None:
    """The run ends at once and says where to look; the rest did not run."""
    pytest.importorskip("distributed")
    with (
        cluster(tmp_path / "lost", workers=1) as made,
        pytest.raises(StepFailedError, match="CancelledError") as caught,
    ):
        pipeline("lost", kills=made.scheduler.pid).run(DaskBackend(made.address))

    assert "scheduler" in caught.value.hint
    assert Repository.get_instance().get_runs("lost")[0].outcome == "failed"


def test_many_tasks_of_many_pins_survive_a_lost_worker(
    tmp_path: Path, announce: Callable[[str], None]
) -> None:
    """500 tasks of 50 pins, a worker killed in the middle: every result is right, and none is lost."""
    pytest.importorskip("distributed")
    with cluster(tmp_path / "cluster", workers=3) as made, DaskBackend(made.address) as backend:
        backend._client.wait_for_workers(3, timeout=60)
        right = _run_many(backend, init(tmp_path / "repo"), lambda: made.workers[0].pid)
        alive = [worker.poll() is None for worker in made.workers]

    assert alive == [False, True, True]
    announce(f"Dask: 500 tasks of 50 pins, one of three workers killed: {right} right, {500 - right} lost")


def test_many_tasks_on_ray_survive_a_lost_worker(
    tmp_path: Path, ray: BaseBackend, announce: Callable[[str], None]
) -> None:
    """The same on Ray, which starts another worker."""
    with ray as backend:
        killed = backend.submit(os.getpid).result(60)
        right = _run_many(backend, init(tmp_path / "repo"), lambda: killed)

        # The raylet takes note of its end at some time.
        deadline = time.monotonic() + 60
        while Path(f"/proc/{killed}").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not Path(f"/proc/{killed}").exists()
    announce(f"Ray: 500 tasks of 50 pins, one of two workers killed: {right} right, {500 - right} lost")


def _run_many(backend: BaseBackend, repo: Repo, worker: Callable[[], int]) -> int:
    """Run 500 tasks of 50 pins and kill a worker in the middle; return how many gave what they must.

    The second half of the tasks waits for that moment: workers have work then, however fast they are.
    """
    killed = Path(repo.path).parent / "killed"
    pins = [
        commit(repo, {"made": {"__init__.py": "", "it.py": _made(number, killed)}}) for number in range(50)
    ]
    classes = [zenml_pin.load(f"made.it.Made@{pin}", repo=repo.path) for pin in pins]
    futures = {backend.submit(classes[task % 50]().run, task): task for task in range(500)}
    results: dict[int, Any] = {}
    for future in as_completed(futures, timeout=300):
        results[futures[future]] = future.result()
        if len(results) == 100:
            os.kill(worker(), signal.SIGKILL)
            killed.touch()

    assert results == {task: (task % 50, task) for task in range(500)}
    return len(results)


def _made(number: int, killed: Path) -> str:
    return (
        "import os, time\n\nclass Made:\n    def run(self, task):\n"
        f"        while task >= 250 and not os.path.exists({str(killed)!r}):\n            time.sleep(0.01)\n"
        f"        return {number}, task\n"
    )


def test_loky_maps_what_is_shipped(workspace: Repo) -> None:
    """joblib's own pool, with no set-up: a shipped method over many arguments."""
    import joblib

    trainer = zenml_pin.load(zenml_pin.pin("trainers.step.MyTrainer"))
    rows = {"train": [{"x": 1, "y": 2}]}
    shipped = zenml_pin.ship(trainer().run_fn)

    lines = joblib.Parallel(2)(joblib.delayed(shipped)(rows) for _ in range(4))

    assert {type(line).__module__ for line in lines} == {trainer.__module__}
