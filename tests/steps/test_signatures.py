"""Signatures: a mistyped argument is an error where it is written, and tools see what a class takes."""

from __future__ import annotations

import inspect
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import zenml_pin
from zenml_pin.backends import LocalBackend
from zenml_pin.datasources import BaseDatasource, CSVDatasource, MemoryDatasource
from zenml_pin.errors import ComponentError
from zenml_pin.pipelines import DataPipeline, TrainingPipeline
from zenml_pin.steps import BaseStep, BaseTrainerStep, RandomSplit, StandardPreprocesser
from zenml_pin.steps.component import build


class Classify(BaseTrainerStep):
    """A step without arguments."""

    def run_fn(self, data: Any) -> int:
        """Return a model."""
        return len(data)


class MyAwesomeTrainer(BaseTrainerStep):
    """A trainer as ZenML documented it."""

    def run_fn(self, *args: Any, **kwargs: Any) -> Any:
        """Return a model."""
        return self.args


class Ritual(BaseTrainerStep):
    """A trainer that passes on what it gets, as ZenML required."""

    def __init__(self, epochs: int = 1, **kwargs: Any) -> None:
        self.epochs = epochs
        super().__init__(epochs=epochs, **kwargs)

    def run_fn(self, data: Any) -> int:
        """Return a model."""
        return self.epochs


class Rows(BaseDatasource):
    """A datasource without an __init__."""

    def process(self) -> list[int]:
        """Return the data."""
        return [1]


class Own(TrainingPipeline):
    """A pipeline with an argument of its own."""

    def __init__(self, size: int, **kwargs: Any) -> None:
        self.size = size
        super().__init__(size=size, **kwargs)  # type: ignore[call-arg]


class Plain(TrainingPipeline):
    """A pipeline class without an __init__."""


MISTYPED = {
    "pipeline": (
        lambda: TrainingPipeline(nam="x"),  # type: ignore[call-arg]
        "'TrainingPipeline' does not take an argument 'nam'",
        "'name'?",
    ),
    "switch": (
        lambda: DataPipeline(name="x", enable_cach=False),  # type: ignore[call-arg]
        "'DataPipeline' does not take an argument 'enable_cach'",
        "'enable_cache'?",
    ),
    "pipeline of a user": (
        lambda: Plain(nam="x"),  # type: ignore[call-arg]
        "'Plain' does not take an argument 'nam'",
        "'name'?",
    ),
    "step": (lambda: Classify(bogus=3), "'Classify' does not take an argument 'bogus'", "write an __init__"),
    "built-in step": (
        lambda: StandardPreprocesser(feature=["x"]),  # type: ignore[call-arg]
        "'StandardPreprocesser' does not take an argument 'feature'",
        "'features'?",
    ),
    "datasource": (lambda: Rows(nam="x"), "'Rows' does not take an argument 'nam'", "'name'?"),
    "backend": (lambda: LocalBackend(workers=3), "'LocalBackend' does not take an argument 'workers'", ""),
}


@pytest.mark.parametrize(("make", "message", "hint"), MISTYPED.values(), ids=MISTYPED)
def test_a_mistyped_argument_is_a_type_error(make: Any, message: str, hint: str) -> None:
    """When the object is built, with the near miss; a cache that was meant to be off is not silently on."""
    with pytest.raises(TypeError, match=message) as caught:
        make()

    assert isinstance(caught.value, ComponentError)
    assert hint in caught.value.hint


def test_what_zenml_allowed_is_allowed() -> None:
    """A step without `__init__` whose `run_fn` takes any keyword, and an `__init__` that passes on its `**kwargs`."""
    assert MyAwesomeTrainer(loss="mse", epochs=20).args == {"loss": "mse", "epochs": 20}
    assert Ritual(epochs=2, loss="mse").args == {"epochs": 2, "loss": "mse"}
    assert (Own(3, name="x").name, Own(3, name="x").args) == ("x", {"size": 3, "name": "x"})
    assert Rows(name="mine").name == "mine"


def test_an_argument_in_a_document_that_nobody_knows_stays() -> None:
    """Documents of earlier releases may have one; the object is built, and its record and its pickle keep it."""
    step = build(Classify, {"bogus": 3})
    pipeline = build(Plain, {"name": "x", "nam": "y"})
    scaled = build(StandardPreprocesser, {"features": ["a"], "overwrite": {}})

    assert step.args == pickle.loads(pickle.dumps(step)).args == {"bogus": 3}
    assert (pipeline.name, pipeline.args) == ("x", {"name": "x", "nam": "y"})
    assert (scaled._features, scaled.args) == (["a"], {"features": ["a"], "overwrite": {}})


SHOWN = {
    TrainingPipeline: "(name: 'str | None' = None, enable_cache: 'bool' = True)",
    Own: "(size: 'int', **kwargs: 'Any')",
    Classify: "()",
    MyAwesomeTrainer: "(**options: 'Any')",
    Rows: "(name: 'str | None' = None)",
    StandardPreprocesser: "(features: 'list[str] | None' = None, labels: 'list[str] | None' = None)",
    RandomSplit: "(split_map: 'dict[str, float]', seed: 'int' = 0)",
    LocalBackend: "()",
}


@pytest.mark.parametrize(("cls", "expected"), SHOWN.items(), ids=lambda item: getattr(item, "__name__", ""))
def test_signature_is_what_the_class_takes(cls: Any, expected: str) -> None:
    """What `help`, notebooks and editors show; never the `*args` that every component records."""
    assert str(inspect.signature(cls)) == expected


def test_an_object_that_can_be_called_keeps_its_own_signature() -> None:
    """The signature of a class is not that of its objects."""

    class Called(BaseStep):
        def __call__(self, x: int) -> int:
            return x

    assert list(inspect.signature(Called()).parameters) == ["x"]


REPRS = {
    "Ritual(epochs=2, loss='mse')": lambda: Ritual(epochs=2, loss="mse"),
    "Classify()": lambda: Classify(),
    "RandomSplit(split_map={'train': 0.5, 'eval': 0.5})": lambda: RandomSplit({"train": 0.5, "eval": 0.5}),
    "MemoryDatasource(data=<list>, name='line')": lambda: MemoryDatasource([1, 2], name="line"),
    "CSVDatasource(name='d')": lambda: CSVDatasource("d"),
}


@pytest.mark.parametrize(("expected", "make"), REPRS.items(), ids=REPRS)
def test_a_component_shows_its_arguments(expected: str, make: Any) -> None:
    """As they were given; data is only named by its type."""
    assert repr(make()) == expected


@pytest.mark.slow
def test_mypy_sees_mistyped_arguments(tmp_path: Path) -> None:
    """An editor underlines them."""
    pytest.importorskip("mypy")
    (tmp_path / "script.py").write_text(
        "from zenml_pin.pipelines import TrainingPipeline\n"
        "from zenml_pin.steps import RandomSplit, StandardPreprocesser\n"
        "TrainingPipeline(name='x', enable_cache=False).add_split(RandomSplit({'a': 1.0}, seed=1))\n"
        "TrainingPipeline(nam='x')\n"
        "StandardPreprocesser(feature=[])\n"
        "RandomSplit({'a': 1.0}, sed=1)\n"
    )

    # In the checkout, whose cache of mypy has this package already; and whose settings are strict.
    done = subprocess.run(
        [sys.executable, "-m", "mypy", str(tmp_path / "script.py")],
        cwd=Path(zenml_pin.__file__).parents[1],
        capture_output=True,
        text=True,
    )

    # Its cache keeps the folder in which it saw the same file before.
    lines = [
        line.partition(": error:")[0].rpartition("/")[2]
        for line in done.stdout.splitlines()
        if ": error:" in line
    ]
    assert lines == ["script.py:4", "script.py:5", "script.py:6"], done.stdout
