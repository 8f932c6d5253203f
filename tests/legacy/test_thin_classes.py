"""Thin classes load, keep their arguments, and say which library they need."""

from __future__ import annotations

import inspect
import pickle
from typing import Any

import pytest

from zenml_pin.errors import UnsupportedError
from zenml_pin.importing import zenml_names
from zenml_pin.legacy import exceptions, naming, steps
from zenml_pin.legacy.feed_forward import TFFeedForwardTrainer, TorchFeedForwardTrainer
from zenml_pin.pipelines.base import BasePipeline
from zenml_pin.steps import StandardPreprocesser
from zenml_pin.steps.component import Component
from zenml_pin.steps.preprocesser import labels_of

ROWS = [{"x": 1, "kind": kind, "sick": 0} for kind in "aabbc"]


def _components() -> list[type[Any]]:
    homes = {home for home in zenml_names._homes().values() if home.startswith("zenml_pin.legacy.")}
    found = [zenml_names.get_named("", name) for name in zenml_names._homes()]
    mine = [cls for cls in found if isinstance(cls, type) and f"{cls.__module__}:{cls.__name__}" in homes]
    return sorted({cls for cls in mine if issubclass(cls, Component)}, key=lambda cls: cls.__name__)


@pytest.mark.parametrize("cls", _components(), ids=lambda cls: cls.__name__)
def test_it_keeps_its_arguments(cls: type[Any]) -> None:
    """As attributes and for documents, also those of a class that derives from it."""
    required = {"categorical_column": "kind", "categories": ["a"], "split_map": {}, "split_ratio": {"t": 1.0}}
    names = inspect.signature(cls).parameters
    args = {name: value for name, value in required.items() if name in names}

    class Mine(cls):  # type: ignore[misc]
        def __init__(self, epochs: int = 3, **options: Any) -> None:
            super().__init__(**options)

    for made in (cls(**args, lr=0.5), Mine(5, **args, lr=0.5)):
        assert made.args["lr"] == 0.5
        assert isinstance(made, BasePipeline) or pickle.loads(pickle.dumps(cls(**args))).args == args
    assert Mine(5, **args).args == {"epochs": 5, **args}


CALLS: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {
    "run_fn": ((), {"splits": {}}),
    "process": ((), {}),
    "submit": ((print,), {}),
}


@pytest.mark.parametrize(
    "cls", [cls for cls in _components() if zenml_names.is_thin(cls.__name__)], ids=lambda cls: cls.__name__
)
def test_what_it_cannot_do_is_an_error(cls: type[Any]) -> None:
    """Which names the library that ZenML's own class worked with."""
    for method, (args, options) in CALLS.items():
        if hasattr(cls, method):
            with pytest.raises(UnsupportedError, match="needs"):
                getattr(cls(), method)(*args, **options)


def test_trainers_have_what_old_code_reads() -> None:
    """The attributes of ZenML's own base classes, with their defaults."""
    trainer = TFFeedForwardTrainer(epochs=7, split_mapping=None)
    torch = TorchFeedForwardTrainer(serving_model_dir="model")

    assert (trainer.epochs, trainer.batch_size, trainer.hidden_layers, trainer.log_dir) == (7, 8, [10], None)
    assert trainer.split_mapping["train_splits"] == ["train"]
    assert (torch.hidden_layers, torch.input_units, torch.serving_model_dir) == ([64, 32, 16], 8, "model")
    assert trainer.args == {"epochs": 7, "split_mapping": None}


def test_splits_by_categories_work() -> None:
    """They need no library, so they do what they did."""
    domain = steps.CategoricalDomainSplit("kind", {"train": ["a"], "eval": ["b"]}, "eval")
    ratio = steps.CategoricalRatioSplit("kind", ["a", "b"], {"train": 0.5, "eval": 0.5})

    assert {name: len(rows) for name, rows in domain.run_fn(ROWS).items()} == {"train": 2, "eval": 3}
    assert {name: len(rows) for name, rows in ratio.run_fn(ROWS).items()} == {"train": 2, "eval": 2}
    assert {row["kind"] for row in ratio.run_fn(ROWS)["train"]} in ({"a"}, {"b"})
    assert steps.NoSplit().run_fn(ROWS) == {"train": ROWS}


def test_a_feed_forward_trainer_knows_features_and_labels() -> None:
    """From the preprocesser's labels, else from ZenML's names, else the last column."""
    rows = [{"sick": 1, "age": 3.5}]
    trainer = TorchFeedForwardTrainer()
    named = {"train": [{"age_xf": 3, "sick_xl": 1, "other": 2}]}

    prepared = StandardPreprocesser(["age"], ["sick"]).run_fn({"train": rows})

    assert trainer.columns(prepared, "train_splits") == ({"age": [0.0]}, {"sick": [1.0]})
    assert labels_of(pickle.loads(pickle.dumps(prepared))) == ["sick"]
    assert trainer.columns(named, "train_splits")[1] == {"sick_xl": [1.0]}
    assert trainer.columns({"train": rows}, "train_splits")[1] == {"age": [3.5]}


def test_exceptions_and_names_are_those_of_zenml() -> None:
    """Old scripts catch the exceptions, old trainers ask for the names of columns."""
    assert "houses" in str(exceptions.AlreadyExistsException("houses", "datasource"))
    assert naming.check_if_transformed_feature(naming.transformed_name("age"))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("library", ["torch", "tensorflow"])
def test_a_feed_forward_trainer_trains_where_its_library_is_installed(library: str) -> None:
    """The model comes back, and has learned on which side of a line a point is."""
    module = pytest.importorskip(library)
    cls = TorchFeedForwardTrainer if library == "torch" else TFFeedForwardTrainer
    points = [(x / 10, y / 10) for x in range(10) for y in range(10)]
    rows = [{"a": a, "b": b, "side": int(a + b > 1)} for a, b in points]
    trainer = cls(loss="binary_crossentropy", epochs=30, lr=0.01, dropout_chance=0.0)

    model: Any = trainer.run_fn(splits={"train": rows, "eval": rows[:20]})

    if library == "torch":
        answers = model(module.tensor(points)).tolist()
    else:
        columns = {name: module.constant([[row[name]] for row in rows]) for name in ("a", "b")}
        answers = model(columns)["side"].numpy().tolist()
    right = sum((answer[0] > 0.5) == bool(row["side"]) for answer, row in zip(answers, rows, strict=True))
    assert right > 85
