"""Runs with the libraries that the commit locks: classes that cannot be imported here run in their environment."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.locked_document import locked_document
from tests.support.repositories import Repo, commit, write
from tests.support.tiny_wheels import Wheels
from zenml_pin.backends import EnvBackend
from zenml_pin.cli import main
from zenml_pin.errors import PinnedImportError
from zenml_pin.pipelines.repository import Repository
from zenml_pin.workspace.config import init_workspace

TRAINER = """\
import tiny
from zenml_pin.steps import BaseTrainerStep


class MyTrainer(BaseTrainerStep):
    def __init__(self, epochs=1, kind=None):
        self.epochs = epochs

    def run_fn(self, splits):
        print("training")
        return [tiny.RATE * self.epochs, len(splits["train"])]
"""
EVALUATOR = """\
import tiny
from zenml_pin.steps import BaseEvaluatorStep


class MyEvaluator(BaseEvaluatorStep):
    def run_fn(self, model):
        return {"rate": model[0], "rows": model[1], "library": tiny.VERSION}
"""
PLAIN = """\
from zenml_pin.steps import BaseTrainerStep


class Plain(BaseTrainerStep):
    def run_fn(self, splits):
        return 1
"""
FUNCTIONS = """\
import tiny


def train(splits, epochs=1):
    return [tiny.RATE * epochs, len(splits["train"])]


async def judge(model):
    return {"rate": model[0], "rows": model[1], "library": tiny.VERSION}
"""


@pytest.fixture
def document(repo: Repo, wheels: Wheels, monkeypatch: pytest.MonkeyPatch) -> str:
    """A workspace whose only document has pins of a commit that locks `tiny` 1.0; HEAD locks 2.0."""
    init_workspace(repo.path)
    first = wheels.line("tiny", "1.0", code="RATE = 0.5\n")
    second = wheels.line("tiny", "2.0", code="RATE = 0.1\n")
    files = {
        "trainers": {"__init__.py": "", "step.py": TRAINER, "judge.py": EVALUATOR, "plain.py": FUNCTIONS}
    }
    old = commit(repo, {**files, "requirements.txt": first, "rows.csv": "x\n1\n2\n"})
    new = commit(repo, {"requirements.txt": second}, base=old)
    monkeypatch.chdir(repo.path)
    mine, both = document_of("mine", old, old), document_of("both", old, new)
    functions = f"trainers.plain.train@{old}", f"trainers.plain.judge@{old}"
    plain = locked_document("plain", *functions, "{epochs: 3}")
    commit(repo, {"pipelines": {"mine.yaml": mine, "both.yaml": both, "plain.yaml": plain}}, base=new)
    return "pipelines/mine.yaml"


def document_of(name: str, training: str, evaluator: str) -> str:
    """Return a document with pins of two commits."""
    sources = f"trainers.step.MyTrainer@{training}", f"trainers.judge.MyEvaluator@{evaluator}"
    return locked_document(name, *sources, "{epochs: 3}")


def outcome(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    """Run a pipeline by the command line; return the run."""
    assert main(["run", *words, "--format", "json"]) == 0
    run: dict[str, Any] = json.loads(capsys.readouterr().out)["run"]
    return run


@pytest.mark.slow
def test_a_run_uses_the_libraries_that_its_commit_locks(
    document: str, repo: Repo, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without `--env` the import fails; nothing is installed then. The record says what ran."""
    with pytest.raises(PinnedImportError):
        Repository.get_instance(repo.path).get_pipeline_by_name("mine")
    assert main(["run", document]) == 1
    assert "tiny" in capsys.readouterr().err

    run = outcome(capsys, document, "--env")

    assert run["metrics"] == {"rate": 1.5, "rows": 2, "library": "1.0"}
    assert run["backend"].startswith("zenml_pin.backends.EnvBackend@")
    assert all("@" in step["source"] for step in run["steps"])
    (recorded,) = Repository.get_instance(repo.path).get_runs("mine")[:1]
    assert recorded.environment["packages"] == {"tiny": "1.0"}
    assert recorded.environment["environments"][0]["lock"] == "requirements.txt"


@pytest.mark.slow
def test_a_run_is_reproduced_with_the_libraries_of_its_commit(
    document: str, repo: Repo, capsys: pytest.CaptureFixture[str]
) -> None:
    """With `--env` to the same metrics; without it the steps cannot be imported, and the message names the library."""
    outcome(capsys, document, "--env")

    assert main(["reproduce", "mine", "--env"]) == 0
    assert capsys.readouterr().out.endswith("\nreproduced: 3 outputs are identical\n")
    assert main(["reproduce", "mine"]) == 1
    out, err = capsys.readouterr()
    assert {"[2/3] training not run", "[3/3] evaluator not run"} <= set(err.splitlines())
    assert "package tiny: recorded 1.0, now not installed" in out
    assert out.endswith("\nnot reproduced: training, evaluator not run\n")


@pytest.mark.slow
class TestRuns:
    """Several environments, the cache, and scripts."""

    def test_each_step_gets_the_libraries_of_its_own_pin(
        self, document: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The trainer's commit locks 1.0, the evaluator's 2.0."""
        run = outcome(capsys, "both", "--env")

        assert run["metrics"] == {"rate": 1.5, "rows": 2, "library": "2.0"}

    def test_the_cache_tells_environments_apart(
        self, document: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """A second run is answered from the cache; other libraries are not."""
        outcome(capsys, document, "--env")

        again = outcome(capsys, document, "--env")
        other = outcome(capsys, "both", "--env")

        cached = {step["key"]: step["cached"] for step in again["steps"]}
        assert cached["training"]
        assert cached["evaluator"]
        assert not {step["key"]: step["cached"] for step in other["steps"]}["evaluator"]

    def test_an_unpinned_step_is_refused_before_anything_runs(
        self, document: str, repo: Repo, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """No commit says which libraries it needs; a class and a function."""
        names = {"loose": "loose.Plain", "plainly": "loose.plain"}
        pipelines = {f"{name}.yaml": locked_document(name, source, None) for name, source in names.items()}
        write(repo, {"pipelines": pipelines, "loose.py": f"{PLAIN}\n\ndef plain(splits):\n    return 1\n"})

        for name, source in names.items():
            assert main(["run", name, "--env"]) == 1
            fact = f"'{source}' is not pinned, so no commit says which libraries it needs"
            assert fact in capsys.readouterr().err

    def test_a_program_gives_the_backend_to_run(self, document: str, repo: Repo) -> None:
        """A class can be loaded, built and submitted without its libraries here."""
        pin = Repository.get_instance(repo.path).get_document("mine").steps["training"].source
        with EnvBackend() as backend:
            trainer = backend.load(pin)
            step = trainer(epochs=2)

            assert repr(step) == "MyTrainer(epochs=2)"
            assert backend.submit(step.run_fn, {"train": [1]}).result() == [1.0, 1]
            assert backend.load(pin) is trainer

    def test_functions_are_steps_there_too(
        self, document: str, repo: Repo, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Of a document, reproduced, and submitted by a program."""
        run = outcome(capsys, "plain", "--env")
        assert run["metrics"] == {"rate": 1.5, "rows": 2, "library": "1.0"}
        assert main(["reproduce", "plain", "--env"]) == 0

        pin = Repository.get_instance(repo.path).get_document("plain").steps["training"].source
        with EnvBackend() as backend:
            train = backend.load(pin)
            assert train.__name__ == "train"
            assert backend.submit(train, {"train": [1]}, 4).result() == [2.0, 1]

    def test_a_changed_folder_is_refused_as_without_env(
        self, document: str, repo: Repo, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """`--allow-dirty` runs the pins."""
        with open(f"{repo.path}/trainers/step.py", "a", encoding="utf-8") as file:
            file.write("# changed\n")

        assert main(["run", document, "--env"]) == 1
        assert "has 1 uncommitted change" in capsys.readouterr().err
        assert outcome(capsys, document, "--env", "--allow-dirty")["metrics"]["rate"] == 1.5


BAD = {
    "an option without --env": (["--env-build"], "--env-build has no effect without --env", 1),
    "a Python that is not installed": (["--env", "--env-python", "3.99"], "needs Python 3.99", 1),
    "a Python that is too old": (["--env", "--env-python", "3.8"], "needs Python 3.8", 1),
    "no version": (["--env", "--env-python", "pypy"], "'pypy' (--env-python) is not a version", 1),
    "no lock": (["--env", "--env-lock", "uv.lock"], "has no file 'uv.lock'", 1),
}


@pytest.mark.parametrize(("words", "reason", "code"), BAD.values(), ids=BAD)
def test_bad_input_is_one_line(
    document: str, capsys: pytest.CaptureFixture[str], words: list[str], reason: str, code: int
) -> None:
    """Nothing is installed."""
    assert main(["run", document, *words]) == code

    lines = capsys.readouterr().err.splitlines()
    assert [line for line in lines if line.startswith("error: ")] == [lines[0]]
    assert reason in lines[0]
