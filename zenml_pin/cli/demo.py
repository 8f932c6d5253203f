"""The demo: one trainer in three versions, in a new repository in a temporary folder.

The demo checks every line that it prints; the exit code is 1 if one of them is not true.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile

from zenml_pin.errors import UncommittedChangesError, UnpinnedWarning
from zenml_pin.git import new_repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.pipelines import TrainingPipeline

_AUTHOR = "Ada Lovelace <ada@example.org>"
_TIME = 1610366400
_FOLDER = "trainers/my_awesome_trainer"
_FILE = f"{_FOLDER}/my_trainer_step.py"
_NAME = "trainers.my_awesome_trainer.my_trainer_step.MyAwesomeTrainer"
_CODE = """\
from trainers.my_awesome_trainer.optimizer import LEARNING_RATE
from zenml_pin.steps import BaseTrainerStep


class Line:
    def __init__(self):
        self.slope = self.offset = 0.0

    def predict(self, rows):
        return [self.slope * row["x"] + self.offset for row in rows]


class MyAwesomeTrainer(BaseTrainerStep):
    epochs = {epochs}
    learning_rate = LEARNING_RATE

    def run_fn(self, splits):
        line = Line()
        for row in splits["train"] * self.epochs:
            error = line.slope * row["x"] + line.offset - row["y"]
            line.slope -= self.learning_rate * error * row["x"]
            line.offset -= self.learning_rate * error
        return line
"""
_PIPELINE = "My Awesome Pipeline"


def show() -> int:
    """Show pinning, loading side by side and the refusal; return the exit code."""
    # The working tree's own import must not leave bytecode there: the last step compares every byte.
    sys.dont_write_bytecode = True
    with tempfile.TemporaryDirectory(prefix="zenml-pin-demo-") as folder:
        before = os.getcwd()
        os.chdir(folder)
        try:
            return _Demo(folder).run()
        finally:
            os.chdir(before)


class _Demo:
    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._failed = 0
        self._metrics: dict[str, float] = {}

    def run(self) -> int:
        import warnings

        from zenml_pin import resolver

        self._say(f"A repository in {self._folder}")
        new_repository.init(self._folder)
        self._save(1)
        first_commit = new_repository.commit(
            self._folder, _contents(1), "version 1\n", author=_AUTHOR, time=_TIME
        )
        first = resolver.pin(_NAME)
        self._check(str(first) == f"{_NAME}@{first_commit}", f"version 1 is committed and pinned: {first}")
        self._start(first.dotted)
        self._save(2)
        new_repository.commit(self._folder, _contents(2), "version 2\n", author=_AUTHOR, time=_TIME + 60)
        second = resolver.pin(_NAME)
        self._check(second != first and second.is_pinned, f"version 2 is committed and pinned: {second}")
        self._save(3)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", UnpinnedWarning)
            third = resolver.pin(_NAME)
        self._check(
            not third.is_pinned and "my_trainer_step.py" in str(caught[0].message),
            f"version 3 is only edited, so it stays unpinned: {third}",
        )
        before = _snapshot(self._folder)
        self._say("Loading the first pin is refused now, because the folder has uncommitted changes:")
        try:
            resolver.load(first)
            self._check(False, "it was loaded")
        except UncommittedChangesError as error:
            self._check("my_trainer_step.py" in error.message, error.message)
        self._say("All three side by side, in one process:")
        for version, source in enumerate([first, second, third], 1):
            cls = resolver.load(source, allow_dirty=True)
            values = f"epochs = {cls.epochs}, learning_rate = {cls.learning_rate}"
            expected = f"epochs = {version * 10}, learning_rate = 0.{version}"
            self._check(values == expected, f"{values}   {source}")
        same = _snapshot(self._folder) == before
        self._check(same, f"no byte of the worktree or .git has changed ({len(before)} files and folders)")
        self._reload(str(first))
        return 1 if self._failed else 0

    def _start(self, trainer: str) -> None:
        """Run a pipeline with version 1, as a user's script does."""
        from zenml_pin.workspace.config import init_workspace

        init_workspace(self._folder)
        self._metrics = self._build().run().metrics
        self._check(
            os.listdir("pipelines") == ["My_Awesome_Pipeline.yaml"],
            f"a pipeline ran with version 1 and was saved: mse = {self._metrics['mse']:.6f}",
        )

    def _reload(self, source: str) -> None:
        """Run the pipeline of version 1 again, by its name, while version 2 is checked out."""
        from zenml_pin.pipelines.repository import Repository

        self._save(2)
        self._say("HEAD and the working tree have version 2 now. The pipeline is loaded by its name:")
        loaded = Repository.get_instance(self._folder).get_pipeline_by_name(_PIPELINE)
        run = loaded.run()
        self._check(
            run.metrics == self._metrics and run.steps[2].source == source,
            f"it ran version 1 again, with the same metrics: mse = {run.metrics['mse']:.6f}",
        )
        self._reproduce(run.id)
        other = self._build().run()
        self._check(
            other.number == 2 and other.metrics != self._metrics,
            f"the same script gives a second document, with version 2: mse = {other.metrics['mse']:.6f}",
        )

    def _reproduce(self, run_id: str) -> None:
        """Run what a run recorded once more, and compare every output."""
        from zenml_pin.pipelines import reproduce

        reproduction = reproduce(run_id, repo=self._folder)
        self._check(reproduction.is_reproduced, f"its run is {reproduction.summary}")

    def _build(self) -> TrainingPipeline:
        from zenml_pin import resolver
        from zenml_pin.datasources import MemoryDatasource
        from zenml_pin.pipelines import TrainingPipeline
        from zenml_pin.steps import MetricsEvaluator, RandomSplit

        rows = [{"x": x / 10, "y": 3 * x / 10 + 1} for x in range(20)]
        # A script would import the class. Here its file has just changed, so it comes from its pin.
        trainer = resolver.load(resolver.pin(_NAME))
        pipeline = TrainingPipeline(name=_PIPELINE, enable_cache=False)
        pipeline.add_datasource(MemoryDatasource(rows, name="a line"))
        pipeline.add_split(RandomSplit({"train": 0.7, "eval": 0.3}))
        pipeline.add_trainer(trainer())
        return pipeline.add_evaluator(MetricsEvaluator("y", task="regression"))

    def _save(self, version: int) -> None:
        """Write a version into the working tree."""
        for path, text in _contents(version).items():
            os.makedirs(os.path.dirname(os.path.join(self._folder, path)), exist_ok=True)
            with open(os.path.join(self._folder, path), "w", encoding="utf-8") as file:
                file.write(text)

    def _say(self, text: str) -> None:
        print(text)

    def _check(self, holds: bool, text: str) -> None:
        self._failed += not holds
        print(f"  {'ok' if holds else 'NOT TRUE'}  {text}")


def _contents(version: int) -> dict[str, str]:
    return {
        "trainers/__init__.py": "",
        f"{_FOLDER}/__init__.py": "",
        f"{_FOLDER}/optimizer.py": f"LEARNING_RATE = 0.{version}\n",
        _FILE: _CODE.format(epochs=version * 10),
    }


def _snapshot(folder: str) -> dict[str, tuple[int, int, int, str]]:
    """Return mode, size, mtime and content hash of everything below a folder, `.git` included."""
    entries = {}
    for holder, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = os.path.join(holder, name)
            info = os.lstat(path)
            digest = ""
            if name in files:
                with open(path, "rb") as file:
                    digest = hashlib.sha256(file.read()).hexdigest()
            entries[path] = info.st_mode, info.st_size, info.st_mtime_ns, digest
    return entries
