"""`store gc` that is killed at any write, beside two processes that run pipelines in the same store.

Nothing that is referred to is lost, nothing is half removed, no run fails, and the next cleaning ends the work. What
refers to what is read here with sqlite3, re and hashlib alone.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.pipeline_project import ROWS, trainer
from tests.support.repositories import commit, init
from tests.support.thorough import usually
from tests.support.trust.injected_faults import INJECTED, WRITES, Operator, can_trace
from tests.support.trust.operations_under_faults import DONE, INTERRUPTED, REFUSED, SYSTEM
from tests.support.trust.repository_under_faults import build
from tests.support.trust.runs_in_processes import STOP, Runner
from zenml_pin.datasources import MemoryDatasource
from zenml_pin.pipelines import TrainingPipeline
from zenml_pin.steps import MetricsEvaluator, RandomSplit
from zenml_pin.workspace.config import init_workspace

KILL = f"inject={WRITES},unlink,unlinkat,rmdir:signal=KILL:when=%d"
SHA256 = re.compile(r"[0-9a-f]{64}")
STEPS = 4


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    """The process that cleans."""
    reason = can_trace()
    if reason is not None:
        pytest.skip(reason)
    with Operator(str(build(tmp_path_factory.mktemp("warm") / "repo", "warm"))) as new_operator:
        yield new_operator


@pytest.fixture
def template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with two documents, five runs of each, other data in the store, and a document that is gone."""
    path = tmp_path / "template"
    repo = init(path)
    init_workspace(str(path))
    commit(repo, {"trainers": {"__init__.py": "", "step.py": trainer(1.0)}})
    monkeypatch.chdir(path)
    monkeypatch.syspath_prepend(str(path))
    for name in ("one", "two", "gone"):
        for _ in range(3):
            _pipeline(name).run(use_cache=False)
    (path / "pipelines" / "gone.yaml").unlink()
    for name in [name for name in sys.modules if name.partition(".")[0] == "trainers"]:
        del sys.modules[name]
    return path


def _pipeline(name: str) -> TrainingPipeline:
    from trainers.step import MyTrainer  # type: ignore[import-not-found]

    rows = [{**row, "name": name} for row in ROWS]
    training = TrainingPipeline(name=name).add_datasource(MemoryDatasource(rows))
    training.add_split(RandomSplit({"train": 0.5, "eval": 0.5})).add_trainer(MyTrainer())
    return training.add_evaluator(MetricsEvaluator("y", task="regression"))


def faults_of(repo: Path) -> list[str]:
    """Return what is wrong with a store: what is referred to and lost, half removed, or damaged."""
    store, wrong = repo / ".zenml" / "local_store", []
    intact = set()
    for path in (store / "artifacts").rglob("*.*"):
        if not path.name.startswith(".zenml-pin-"):
            intact.add(path.stem)
            if hashlib.sha256(path.read_bytes()).hexdigest() != path.stem:
                wrong.append(f"'{path.name}' is damaged")
    with closing(sqlite3.connect(store / "runs.sqlite")) as base:
        if base.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            wrong.append("the record is damaged")
        runs: dict[str, str] = dict(base.execute("SELECT id, outcome FROM runs").fetchall())
        steps = base.execute("SELECT run, inputs, output, args FROM steps").fetchall()
    for run, outcome in runs.items():
        count = sum(step[0] == run for step in steps)
        if outcome == "succeeded" and count != STEPS:
            wrong.append(f"run {run} has {count} steps")
    wrong += [f"a step of {run} has no run" for run, *_ in steps if run not in runs]
    named = {name for _, inputs, output, args in steps for name in _names(inputs, output or "", args)}
    for document in (repo / "pipelines").glob("*.yaml"):
        named.update(re.findall(r"\$artifact: ['\"]?([0-9a-f]{64})", document.read_text()))
    wrong += [f"artifact {name} is lost" for name in named - intact]
    return wrong


def _names(inputs: str, output: str, args: str) -> list[str]:
    artifacts = re.findall(r'"\$artifact": "([0-9a-f]{64})"', args)
    return [*json.loads(inputs).values(), *SHA256.findall(output), *artifacts]


@pytest.mark.slow
def test_a_cleaning_that_is_killed_at_any_write_loses_nothing(
    template: Path, operator: Operator, tmp_path: Path, announce: Callable[[str], None]
) -> None:
    """Killed at each of its first calls that write or remove, then at every third one, or at all; two processes run."""
    repo, wrong, runs, moment, kills = tmp_path / "repo", [], 0, 0, 0
    code: int | None = -9
    with Runner("one") as one, Runner("two") as two:
        while code == -9:
            moment += 1 if moment < 10 else usually(3, 1)
            shutil.rmtree(repo, ignore_errors=True)
            shutil.copytree(template, repo)
            for runner in (one, two):
                runner.start(repo)
            came = operator.do("store gc", str(repo), inject=KILL % moment)
            code = came.code
            kills += code == -9
            (repo / STOP).touch()
            results = [runner.result() for runner in (one, two)]
            runs += sum(int(result) for result in results if result.isdigit())
            wrong += [f"at {moment}: a run: {result}" for result in results if not result.isdigit()]
            wrong += [f"at {moment}: {line}" for line in faults_of(repo)]
            again = operator.do("store gc", str(repo))
            wrong += [f"at {moment}, cleaned: {line}" for line in faults_of(repo)]
            if again.code != DONE or _leftovers(repo):
                wrong.append(f"at {moment}: the next cleaning: {again} {_leftovers(repo)}")

    announce(
        f"store gc: killed at {kills} of about {moment} writes beside {runs} runs; {len(wrong)} lost or half removed"
    )
    assert wrong == []
    assert code == DONE
    assert kills > 15


@pytest.mark.slow
@pytest.mark.parametrize("fault", [fault for fault in INJECTED if fault not in ("kill -9", "EMFILE")])
def test_a_cleaning_that_meets_an_error_of_the_system_loses_nothing(
    template: Path, operator: Operator, tmp_path: Path, fault: str
) -> None:
    """It is refused with an error of ours or done, and the next one ends the work."""
    wrong = []
    for moment in (1, 2, 3, 5, 8, 13, 21, 34):
        repo = tmp_path / f"repo{moment}"
        shutil.copytree(template, repo)
        came = operator.do("store gc", str(repo), inject=INJECTED[fault] % moment)
        wrong += [f"at {moment}: {line}" for line in faults_of(repo)]
        if came.code not in (DONE, REFUSED, SYSTEM, INTERRUPTED):
            wrong.append(f"at {moment}: {came}")
        if operator.do("store gc", str(repo)).code != DONE or faults_of(repo) or _leftovers(repo):
            wrong.append(f"at {moment}: the next cleaning")

    assert wrong == []


def _leftovers(repo: Path) -> list[str]:
    """Return half written files, and artifacts that neither a row nor a document has."""
    store = repo / ".zenml" / "local_store"
    texts = [document.read_text() for document in (repo / "pipelines").glob("*.yaml")]
    with closing(sqlite3.connect(store / "runs.sqlite")) as base:
        texts += [str(row) for row in base.execute("SELECT inputs, output, args FROM steps")]
    named = set(SHA256.findall(" ".join(texts)))
    files = [path for path in (store / "artifacts").rglob("*.*") if path.is_file()]
    return [path.name for path in files if path.stem not in named]
