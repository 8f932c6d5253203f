"""The built-in steps and datasources, in plain Python."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from zenml_pin.datasources import BaseDatasource, MemoryDatasource
from zenml_pin.errors import ComponentError
from zenml_pin.steps import (
    BaseTrainerStep,
    CategoricalSplit,
    HashSplit,
    MetricsEvaluator,
    RandomSplit,
    StandardPreprocesser,
)

SHARES = {"train": 0.7, "eval": 0.3}
RANDOM = [2, 4, 7]
HASHED = [2, 5, 6]
WHOLE = [2, 6]


def test_random_split_keeps_each_row_once() -> None:
    """In the given shares, in order, and always the same; another seed gives another split."""
    rows = list(range(1000))
    splits = RandomSplit(SHARES).run_fn(rows)

    assert sorted(splits["train"] + splits["eval"]) == rows
    assert len(splits["train"]) == 700
    assert splits["train"] == sorted(splits["train"])
    assert splits == RandomSplit(SHARES).run_fn(rows)
    assert splits != RandomSplit(SHARES, seed=1).run_fn(rows)


def test_random_split_is_the_same_everywhere() -> None:
    """A seed and a number of rows give the same split on every Python and machine."""
    assert RandomSplit(SHARES, seed=7).run_fn(list(range(10)))["eval"] == RANDOM


def test_hash_split_is_the_same_everywhere() -> None:
    """By the text of the column, or of the whole row."""
    rows = [{"id": i, "x": "é"} for i in range(10)]

    assert [row["id"] for row in HashSplit(SHARES, column="id").run_fn(rows)["eval"]] == HASHED
    assert [row["id"] for row in HashSplit(SHARES).run_fn(rows)["eval"]] == WHOLE


def test_hash_split_keeps_a_row_where_it_is() -> None:
    """Other rows do not matter, nor do other columns."""
    rows = [{"id": i, "x": i % 7} for i in range(1000)]
    few, many = (HashSplit(SHARES, column="id").run_fn(data) for data in (rows[:100], rows))

    assert {row["id"] for row in few["train"]} == {row["id"] for row in many["train"] if row["id"] < 100}
    assert 600 < len(many["train"]) < 800
    assert sum(map(len, many.values())) == 1000


def test_categorical_split_goes_by_values() -> None:
    """Other values are left out, or have their own split."""
    rows = [{"c": "BE"}, {"c": "FR"}, {"c": "DE"}, {"c": "US"}]
    split_map: dict[str, list[Any]] = {"train": ["BE", "FR"], "eval": ["DE"]}

    assert CategoricalSplit("c", split_map).run_fn(rows) == {"train": rows[:2], "eval": rows[2:3]}
    assert CategoricalSplit("c", split_map, unknown="eval").run_fn(rows)["eval"] == rows[2:]


@pytest.mark.parametrize("kind", [RandomSplit, HashSplit])
@pytest.mark.parametrize(
    "shares", [{}, {"train": 0.5}, {"a": 1.5, "b": -0.5}, {"a": float("nan"), "b": 0.5}, {"a": "1"}]
)
def test_shares_add_up_to_one(kind: Any, shares: dict[str, Any]) -> None:
    """Otherwise data would be lost."""
    with pytest.raises(ComponentError, match=r"add up to|not numbers"):
        kind(shares)


def test_none_as_a_seed_is_refused() -> None:
    """None would give another split each time."""
    with pytest.raises(ComponentError, match="seed None is not an integer"):
        RandomSplit(SHARES, seed=None)  # type: ignore[arg-type]


def test_a_value_is_in_one_split() -> None:
    """Otherwise the last split would win; and a text is not a list of its letters."""
    with pytest.raises(ComponentError, match="'BE' is in two splits, 'train' and 'eval'"):
        CategoricalSplit("c", {"train": ["BE"], "eval": ["DE", "BE"]})
    with pytest.raises(ComponentError, match="has the text 'BE' as its values"):
        CategoricalSplit("c", {"train": "BE"})  # type: ignore[dict-item]


ABSENT: dict[str, Any] = {
    "hash split": lambda rows: HashSplit(SHARES, column="z").run_fn(rows),
    "categorical split": lambda rows: CategoricalSplit("z", {"train": [1]}).run_fn(rows),
    "preprocesser": lambda rows: StandardPreprocesser(features=["z"]).run_fn({"train": rows}),
    "evaluator": lambda rows: MetricsEvaluator("z").run_fn(Model(), {"eval": rows}),
}


@pytest.mark.parametrize("call", ABSENT.values(), ids=ABSENT)
def test_an_absent_column_is_named(call: Any) -> None:
    """The error lists the existing columns."""
    with pytest.raises(ComponentError, match="there is no column 'z'") as caught:
        call([{"a": 1, "y": 0}])
    assert caught.value.hint == "columns are a, y"


def test_standard_preprocesser_scales_by_the_training_split() -> None:
    """Labels and text do not change; a missing value becomes the mean; the given rows stay unchanged."""
    splits: dict[str, list[dict[str, Any]]] = {
        "eval": [{"a": 5, "b": "x", "y": 3}],
        "train": [{"a": 1, "b": "x", "y": 0}, {"a": 3, "b": "y", "y": 1}, {"a": None, "b": "z", "y": 1}],
    }
    scaled = StandardPreprocesser(labels=["y"]).run_fn(splits)

    assert [row["a"] for row in scaled["train"]] == [-1.0, 1.0, 0.0]
    assert scaled["eval"] == [{"a": 3.0, "b": "x", "y": 3}]
    assert splits["eval"][0]["a"] == 5


def test_standard_preprocesser_knows_what_has_no_scale() -> None:
    """A constant becomes 0, despite rounding errors; nan counts as missing, as in pandas."""
    rows: list[dict[str, Any]] = [{"c": 0.1, "n": 1.0}, {"c": 0.1, "n": float("nan")}, {"c": 0.1, "n": 3.0}]

    scaled = StandardPreprocesser().run_fn({"train": rows})["train"]

    assert [row["c"] for row in scaled] == [0.0, 0.0, 0.0]
    assert [row["n"] for row in scaled] == [-1.0, 0.0, 1.0]
    with pytest.raises(ComponentError, match="'x' of column 'n' is not a number"):
        StandardPreprocesser().run_fn({"train": rows, "eval": [{"c": 1, "n": "x"}]})


class Model:
    """Predicts a column."""

    def predict(self, rows: list[dict[str, Any]]) -> list[Any]:
        """Return the column; the label is not in the row."""
        assert "y" not in rows[0]
        return [row["a"] for row in rows]


# Truth, prediction, and the accuracy, precision, recall and f1 that scikit-learn computes.
CLASSES: dict[str, tuple[list[Any], list[Any], tuple[float, ...]]] = {
    "two": ([1, 0, 1, 0], [1, 1, 0, 0], (0.5, 0.5, 0.5, 0.5)),
    "two, unequal": ([0, 1, 1, 1], [0, 0, 1, 1], (0.75, 1.0, 2 / 3, 0.8)),
    "two, none found": ([1, 0], [0, 0], (0.5, 0.0, 0.0, 0.0)),
    "two, none there": ([0, 0], [0, 1], (0.5, 0.0, 0.0, 0.0)),
    "truth values": ([True, False], [True, True], (0.5, 0.5, 1.0, 2 / 3)),
    "three": ([0, 1, 2, 0, 1, 2], [0, 2, 1, 0, 0, 1], (1 / 3, 2 / 9, 1 / 3, 4 / 15)),
    "texts": (["a", "b", "c"], ["a", "b", "c"], (1.0, 1.0, 1.0, 1.0)),
    "one that was never there": (["a", "a", "b"], ["a", "c", "b"], (2 / 3, 2 / 3, 0.5, 5 / 9)),
}


@pytest.mark.parametrize("name", CLASSES)
def test_metrics_of_classes(name: str) -> None:
    """For 0 and 1, those of the second class; otherwise the means over all classes."""
    truth, predicted, expected = CLASSES[name]
    rows = [{"a": prediction, "y": wanted} for wanted, prediction in zip(truth, predicted, strict=True)]

    metrics = MetricsEvaluator("y").run_fn(Model(), {"train": [], "eval": rows})

    assert metrics.pop("rows") == len(rows)
    assert list(metrics) == ["accuracy", "precision", "recall", "f1"]
    assert tuple(metrics.values()) == pytest.approx(expected)


NUMBERS: dict[str, tuple[list[float], list[float], tuple[float, ...]]] = {
    "some": ([3, -0.5, 2, 7], [2.5, 0.0, 2, 8], (0.5, 0.375, 0.6123724357, 0.9486081370)),
    "worse than the mean": ([1, 2, 3], [3, 2, 1], (4 / 3, 8 / 3, 1.6329931619, -3.0)),
    "a constant, met": ([0.1] * 3, [0.1] * 3, (0.0, 0.0, 0.0, 1.0)),
    "a constant, missed": ([0.1] * 3, [0.1, 0.1, 1.0], (0.3, 0.27, 0.5196152423, 0.0)),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_metrics_of_numbers(name: str) -> None:
    """Errors, and the share of variance that is explained."""
    truth, predicted, expected = NUMBERS[name]
    rows = [{"a": prediction, "y": wanted} for wanted, prediction in zip(truth, predicted, strict=True)]

    metrics = MetricsEvaluator("y", task="regression").run_fn(Model(), {"test": rows})

    assert metrics.pop("rows") == len(rows)
    assert list(metrics) == ["mae", "mse", "rmse", "r2"]
    assert tuple(metrics.values()) == pytest.approx(expected)


UNMEASURED: dict[str, tuple[dict[str, Any], str]] = {
    "no rows": ({"eval": []}, "no rows to measure on"),
    "no split": ({}, "there is no split 'eval'"),
    "no label": ({"eval": [{"a": 1, "y": None}]}, "1 rows have no 'y'"),
}


@pytest.mark.parametrize("name", UNMEASURED)
def test_data_without_a_metric_is_refused(name: str) -> None:
    """Before the model predicts."""
    splits, reason = UNMEASURED[name]

    with pytest.raises(ComponentError, match=reason):
        MetricsEvaluator("y").run_fn(Model(), splits)


class Named(BaseDatasource):
    """It does not call super().__init__."""

    def __init__(self, name: str, rows: int = 1) -> None:
        self.rows = rows


def test_datasources_have_names_and_ids() -> None:
    """With and without an argument for the name; each object has its own id."""
    assert (Named("mine").name, MemoryDatasource([1]).name) == ("mine", "MemoryDatasource")
    assert Named("mine").id != Named("mine").id


@dataclass(frozen=True)
class Frozen(BaseDatasource):
    """Attributes of it cannot be set."""

    rows: int = 1


class Fixed(BaseDatasource):
    """It decides its name itself."""

    @property
    def name(self) -> str:  # type: ignore[override]
        return "fixed"


def test_a_datasource_may_refuse_to_be_changed() -> None:
    """It still has a name and an id, and accepts those of a document."""
    assert (Frozen(2).name, Fixed().name) == ("Frozen", "fixed")
    for datasource in (Frozen(2), Fixed()):
        datasource.identify("other", "1")
        assert (datasource.name, datasource.id) == (
            "fixed" if isinstance(datasource, Fixed) else "other",
            "1",
        )


def test_a_step_without_run_fn_says_so() -> None:
    """When it is called, with its name."""

    class Empty(BaseTrainerStep):
        pass

    with pytest.raises(NotImplementedError, match="Empty has no run_fn"):
        Empty().run_fn()
