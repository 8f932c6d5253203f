"""The whole story of a user: commit, run, change, commit, run, reload both, delete, reload the first."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.support.repositories import Repo, commit, snapshot

TRAINER = """\
from math import exp

from zenml_pin.steps import BaseTrainerStep
from trainers.my_awesome_trainer.model import Logistic


class MyAwesomeTrainer(BaseTrainerStep):
    def __init__(self, loss, last_activation, output_units, metrics, epochs, **kwargs):
        self.epochs = epochs
        super().__init__(loss=loss, last_activation=last_activation, output_units=output_units,
                         metrics=metrics, epochs=epochs, **kwargs)

    def run_fn(self, *args, **kwargs):
        model = Logistic()
        for _ in range(self.epochs):
            for row in kwargs["splits"]["train"]:
                wrong = 1 / (1 + exp(-model.score(row))) - row["label"]
                model.a -= RATE * wrong * row["a"]
                model.b -= RATE * wrong * row["b"]
        return model
"""
MODEL = """\
class Logistic:
    a = b = 0.0

    def score(self, row):
        return self.a * row["a"] + self.b * row["b"]

    def predict(self, rows):
        return [int(self.score(row) > 0) for row in rows]
"""
SCRIPT = """\
from random import Random

from zenml_pin.datasources import MemoryDatasource
from zenml_pin.pipelines import TrainingPipeline
from zenml_pin.steps import MetricsEvaluator, RandomSplit, StandardPreprocesser
from trainers.my_awesome_trainer.my_trainer_step import MyAwesomeTrainer

random = Random(7)
points = [(random.gauss(0, 1), random.gauss(0, 1)) for _ in range(300)]
rows = [{"a": a, "b": b, "label": int(2 * a - b + random.gauss(0, 0.3) > 0)} for a, b in points]

if __name__ == "__main__":
    pipeline = TrainingPipeline(name="My Awesome Pipeline")
    pipeline.add_datasource(MemoryDatasource(rows, name="points"))
    pipeline.add_split(RandomSplit({"train": 0.7, "eval": 0.3}))
    pipeline.add_preprocesser(StandardPreprocesser(features=["a", "b"], labels=["label"]))
    pipeline.add_trainer(MyAwesomeTrainer(
        loss='binary_crossentropy', last_activation='sigmoid', output_units=1, metrics=['accuracy'], epochs=20))
    pipeline.add_evaluator(MetricsEvaluator("label"))
    run = pipeline.run()
    print(run.number, run.metrics["accuracy"])
"""


def files(rate: float) -> dict[str, Any]:
    """Return the project with a trainer of a learning rate."""
    step = TRAINER.replace("RATE", repr(rate))
    folder = {"__init__.py": "", "model.py": MODEL, "my_trainer_step.py": step}
    return {"run.py": SCRIPT, "trainers": {"__init__.py": "", "my_awesome_trainer": folder}}


def python(repo: Repo, *arguments: str) -> str:
    """Run Python in the repository, without git and with warnings as errors; return its output."""
    done = subprocess.run(
        [sys.executable, "-B", "-W", "error", *arguments],
        cwd=repo.path,
        env={"PATH": "", "HOME": repo.path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


RELOAD = """\
from zenml_pin import Repository
pipeline = Repository.get_instance().get_pipeline_by_name("My Awesome Pipeline", number=NUMBER)
pipeline.enable_cache = False
run = pipeline.run()
step = pipeline.steps["training"]
print(run.metrics["accuracy"], run.output("model").a, step.args["metrics"], step.epochs, run.number)
"""


def reload(repo: Repo, number: int) -> list[str]:
    """Load one of the two documents in a fresh process and run it without the cache."""
    return python(repo, "-c", RELOAD.replace("NUMBER", str(number))).split()


def test_the_documented_story(repo: Repo) -> None:
    """Both versions return with their own metrics and outputs, even when the code is deleted."""
    python(repo, "-m", "zenml_pin", "init")
    first = commit(repo, files(0.01))
    ran_first = python(repo, "run.py").split()
    second = commit(repo, files(-0.01))
    ran_second = python(repo, "run.py").split()

    one, two = reload(repo, 1), reload(repo, 2)

    assert ran_first[0] == one[-1] == "1"
    assert ran_second[0] == two[-1] == "2"
    assert float(ran_first[1]) > 0.9 > 0.1 > float(ran_second[1])
    assert [one[0], two[0]] == [ran_first[1], ran_second[1]]
    assert float(one[1]) > 0 > float(two[1])
    assert one[2:4] == ["['accuracy']", "20"]
    name = "trainers.my_awesome_trainer.my_trainer_step.MyAwesomeTrainer"
    texts = [
        Path(repo.join("pipelines", file)).read_text()
        for file in ("My_Awesome_Pipeline.yaml", "My_Awesome_Pipeline-2.yaml")
    ]
    assert f"source: {name}@{first}\n" in texts[0]
    assert f"source: {name}@{second}\n" in texts[1]

    commit(repo, {"readme.txt": "no trainers any more"})
    assert not Path(repo.join("trainers")).exists()
    before = {path: item for path, item in snapshot(repo.path).items() if not path.startswith(".zenml")}
    assert reload(repo, 1) == one
    after = {path: item for path, item in snapshot(repo.path).items() if not path.startswith(".zenml")}
    assert after == before
    listed = python(repo, "-m", "zenml_pin", "runs").splitlines()
    assert [line.split("\t")[1] for line in listed] == ["succeeded"] * 5
