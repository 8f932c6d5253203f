"""Pipelines that use pandas and scikit-learn are reproduced: their tables and models are the recorded ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.pipeline_project import Project
from tests.support.repositories import commit
from zenml_pin.pipelines import TrainingPipeline, reproduce

TABLE = """\
import pandas
from zenml_pin.datasources import BaseDatasource
from zenml_pin.steps import BaseEvaluatorStep, BasePreprocesserStep, BaseTrainerStep


class Table(BaseDatasource):
    def __init__(self, path):
        self.path = path

    def process(self):
        return pandas.read_csv(self.path, parse_dates=["day"])


class Prepare(BasePreprocesserStep):
    def run_fn(self, splits):
        return {name: frame.assign(z=frame["x"] / frame["x"].std()) for name, frame in splits.items()}


class Mean(BaseTrainerStep):
    def run_fn(self, splits):
        return splits["train"].groupby("kind")["z"].agg(["mean", "count"])


class Rows(BaseEvaluatorStep):
    def run_fn(self, model):
        return {"mean": model["mean"].iloc[0], "rows": int(model["count"].sum())}
"""
LEARN = """\
import numpy
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from zenml_pin.datasources import BaseDatasource
from zenml_pin.steps import BaseEvaluatorStep, BaseTrainerStep


class Cloud(BaseDatasource):
    def __init__(self, rows):
        self.rows = rows

    def process(self):
        x = numpy.random.default_rng(0).standard_normal((self.rows, 3))
        return {"x": x, "y": x @ [1.0, -2.0, 0.5] > 0}


class Learner(BaseTrainerStep):
    def __init__(self, seed=None):
        self.seed = seed

    def run_fn(self, data):
        line = make_pipeline(StandardScaler(), LogisticRegression())
        forest = RandomForestClassifier(3, random_state=self.seed)
        return {"line": line.fit(data["x"], data["y"]), "forest": forest.fit(data["x"], data["y"])}


class Accuracy(BaseEvaluatorStep):
    def run_fn(self, data, model):
        return {name: one.score(data["x"], data["y"]) for name, one in model.items()}
"""
CSV = "x,kind,day\n1.5,a,2026-01-01\n2.5,b,2026-01-02\n4.0,a,\n"


def outcomes(reproduction: Any) -> dict[str, str]:
    """Return how each step came out."""
    return {step.key: step.outcome for step in reproduction.steps}


def classes(project: Project, code: str, *names: str) -> list[Any]:
    """Commit some classes and import them as a script does."""
    commit(project.repo, {"work": {"__init__.py": "", "parts.py": code}})
    return [project.trainer_class(name, "work.parts") for name in names]


def test_a_pandas_pipeline_is_reproduced(project: Project) -> None:
    """Identical; after an edit of the file the cell is named, and the steps are still identical."""
    pytest.importorskip("pandas")
    table, prepare, mean, rows = classes(project, TABLE, "Table", "Prepare", "Mean", "Rows")
    Path("table.csv").write_text(CSV)
    pipeline = TrainingPipeline(name="table").add_datasource(table("table.csv"))
    pipeline.add_preprocesser(prepare()).add_trainer(mean()).add_evaluator(rows()).run()

    same = reproduce("table")
    Path("table.csv").write_text(CSV.replace("2.5", "2.75"))
    other = reproduce("table")

    assert set(outcomes(same).values()) == {"identical"}
    assert outcomes(other) == {
        "datasource": "different",
        "preprocesser": "identical",
        "training": "identical",
        "evaluator": "identical",
    }
    assert other.steps[0].comparison is not None
    assert list(map(str, other.steps[0].comparison.differences)) == [
        "['x'][1]: 1 of 3 elements differ; the farthest: recorded 2.5, now 2.75 (0.25 apart, 0.1 of it)"
    ]


@pytest.mark.slow
def test_a_scikit_learn_pipeline_is_reproduced(project: Project) -> None:
    """Identical from a seed; without one the forest is named, and the line beside it is not."""
    pytest.importorskip("sklearn")
    cloud, learner, accuracy = classes(project, LEARN, "Cloud", "Learner", "Accuracy")
    for name, seed in (("seeded", 1), ("unseeded", None)):
        pipeline = TrainingPipeline(name=name).add_datasource(cloud(60))
        pipeline.add_trainer(learner(seed)).add_evaluator(accuracy()).run()

    same, other = reproduce("seeded"), reproduce("unseeded")

    assert set(outcomes(same).values()) == {"identical"}
    assert outcomes(other) == {"datasource": "identical", "training": "different", "evaluator": "identical"}
    assert other.steps[1].comparison is not None
    assert all(
        difference.path.startswith("['forest']") for difference in other.steps[1].comparison.differences
    )
    assert "chance" in other.explanation[0]
