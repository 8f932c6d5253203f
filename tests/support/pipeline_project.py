"""A user's project: a repository that is a workspace, with a trainer in it."""

from __future__ import annotations

import importlib
import os
import sys
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.repositories import Repo, commit, write
from zenml_pin.datasources import MemoryDatasource
from zenml_pin.pipelines import TrainingPipeline
from zenml_pin.pipelines.repository import Repository
from zenml_pin.steps import MetricsEvaluator, RandomSplit
from zenml_pin.workspace.config import init_workspace

ROWS = [{"x": x, "y": 2 * x + 1} for x in range(20)]
TRAINER = """\
from zenml_pin.steps import BaseTrainerStep


class Line:
    def __init__(self, slope):
        self.slope = slope

    def predict(self, rows):
        return [self.slope * row["x"] + 1 for row in rows]


class MyTrainer(BaseTrainerStep):
    def __init__(self, epochs=1, **options):
        self.epochs = epochs

    def run_fn(self, splits):
        return Line({slope})
"""


def trainer(slope: float = 1.0, **changes: str) -> str:
    """Return the trainer's code."""
    text = TRAINER.replace("{slope}", repr(slope))
    for old, new in changes.items():
        text = text.replace(old, new)
    return text


@dataclass(frozen=True)
class Project:
    """A workspace at the root of a repository, which is the current folder."""

    repo: Repo

    def commit_trainer(self, slope: float) -> str:
        """Commit a version of the trainer; return the commit's id."""
        return commit(self.repo, {"trainers": {"__init__.py": "", "step.py": trainer(slope)}})

    def edit_trainer(self, slope: float) -> None:
        """Change the trainer in the working tree only."""
        write(self.repo, {"trainers": {"step.py": trainer(slope)}})

    def trainer_class(self, name: str = "MyTrainer", module: str = "trainers.step") -> Any:
        """Import a class as a script does."""
        importlib.invalidate_caches()
        return getattr(importlib.import_module(module), name)

    def pipeline(self, name: str = "mine", step: Any = None, **options: Any) -> TrainingPipeline:
        """Build a pipeline as a script does."""
        training = TrainingPipeline(name=name, **options).add_datasource(MemoryDatasource(ROWS, name="line"))
        training.add_split(RandomSplit({"train": 0.5, "eval": 0.5}))
        training.add_trainer(self.trainer_class()(epochs=3) if step is None else step)
        return training.add_evaluator(MetricsEvaluator("y", task="regression"))

    def documents(self) -> list[str]:
        """Return the names of the documents' files."""
        return sorted(name for name in os.listdir("pipelines") if name.endswith(".yaml"))

    @property
    def repository(self) -> Repository:
        """The `Repository` object of the workspace."""
        return Repository.get_instance(self.repo.path)


@pytest.fixture
def project(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A workspace with a committed trainer of slope 1."""
    init_workspace(repo.path)
    workspace_project = Project(repo)
    workspace_project.commit_trainer(1.0)
    monkeypatch.chdir(repo.path)
    sys.path.insert(0, repo.path)
    # Python keeps the old bytecode of a file that is saved twice within a second.
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    return workspace_project
