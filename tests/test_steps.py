"""The built-in steps and datasources, in plain Python."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from zenml_pin.datasources import BaseDatasource, CSVDatasource, MemoryDatasource
from zenml_pin.errors import ComponentError
from zenml_pin.steps import (
    BaseTrainerStep,
    CategoricalSplit,
    CSVDataStep,
    HashSplit,
    MetricsEvaluator,
    RandomSplit,
    StandardPreprocesser,
)

SHARES = {"train": 0.7, "eval": 0.3}


def test_random_split_keeps_each_row_once() -> None:
    """In its shares, in order, the same way each time; another seed gives another split."""
    rows = list(range(1000))
    splits = RandomSplit(SHARES).run_fn(rows)

    assert sorted(splits["train"] + splits["eval"]) == rows
    assert len(splits["train"]) == 700
    assert splits["train"] == sorted(splits["train"])
    assert splits == RandomSplit(SHARES).run_fn(rows)
    assert splits != RandomSplit(SHARES, seed=1).run_fn(rows)


def test_hash_split_keeps_a_row_where_it_is() -> None:
    """Whatever comes after it, and by its column alone."""
    rows = [{"id": i, "x": i % 7} for i in range(1000)]
    few, many = (HashSplit(SHARES, column="id").run_fn(data) for data in (rows[:100], rows))

    assert {row["id"] for row in few["train"]} == {row["id"] for row in many["train"] if row["id"] < 100}
    assert 600 < len(many["train"]) < 800
    assert sum(map(len, many.values())) == 1000


def test_categorical_split_goes_by_values() -> None:
    """Other values are left out, or have a split of their own."""
    rows = [{"c": "BE"}, {"c": "FR"}, {"c": "DE"}, {"c": "US"}]
    split_map: dict[str, list[Any]] = {"train": ["BE", "FR"], "eval": ["DE"]}

    assert CategoricalSplit("c", split_map).run_fn(rows) == {"train": rows[:2], "eval": rows[2:3]}
    assert CategoricalSplit("c", split_map, unknown="eval").run_fn(rows)["eval"] == rows[2:]


@pytest.mark.parametrize("shares", [{}, {"train": 0.5}, {"a": 1.5, "b": -0.5}])
def test_shares_add_up_to_one(shares: dict[str, float]) -> None:
    """Else data would be lost."""
    with pytest.raises(ComponentError, match="add up to"):
        RandomSplit(shares)


def test_standard_preprocesser_scales_by_the_training_split() -> None:
    """Labels and text stay; a missing value becomes the mean; the given rows are not changed."""
    splits: dict[str, list[dict[str, Any]]] = {
        "eval": [{"a": 5, "b": "x", "y": 3}],
        "train": [{"a": 1, "b": "x", "y": 0}, {"a": 3, "b": "y", "y": 1}, {"a": None, "b": "z", "y": 1}],
    }
    scaled = StandardPreprocesser(labels=["y"]).run_fn(splits)

    assert [row["a"] for row in scaled["train"]] == [-1.0, 1.0, 0.0]
    assert scaled["eval"] == [{"a": 3.0, "b": "x", "y": 3}]
    assert splits["eval"][0]["a"] == 5


class Model:
    """Predicts a column."""

    def predict(self, rows: list[dict[str, Any]]) -> list[Any]:
        """Return it; the label is not there to look at."""
        assert "y" not in rows[0]
        return [row["a"] for row in rows]


def test_metrics_of_classes() -> None:
    """Of two classes those of the second; of more, means over the classes."""
    rows = [{"a": 1, "y": 1}, {"a": 1, "y": 0}, {"a": 0, "y": 1}, {"a": 0, "y": 0}]
    found = MetricsEvaluator("y").run_fn(Model(), {"train": [], "eval": rows})

    assert found == {"rows": 4, "accuracy": 0.5, "precision": 0.5, "recall": 0.5, "f1": 0.5}
    three = [{"a": c, "y": c} for c in "abc"]
    assert MetricsEvaluator("y").run_fn(Model(), {"test": three})["f1"] == 1


def test_metrics_of_numbers() -> None:
    """Errors, and how much is explained."""
    rows = [{"a": 1.0, "y": 1.0}, {"a": 3.0, "y": 5.0}]
    found = MetricsEvaluator("y", task="regression").run_fn(Model(), {"eval": rows})

    assert found == {"rows": 2, "mae": 1.0, "mse": 2.0, "rmse": 2**0.5, "r2": 0.5}


def test_csv_columns_have_types(tmp_path: Path) -> None:
    """Numbers where all cells are; zip codes stay text; a schema decides otherwise."""
    path = tmp_path / "data.csv"
    path.write_bytes("\ufeffn,f,zip,t\r\n1,1.5,01234,a\r\n2,,56789,é\r\n".encode())
    rows = CSVDatasource("d", str(path)).process()

    assert rows == [
        {"n": 1, "f": 1.5, "zip": "01234", "t": "a"},
        {"n": 2, "f": None, "zip": "56789", "t": "é"},
    ]
    assert CSVDataStep(str(path), {"n": "str", "zip": "int"}).run_fn()[0] == {
        "n": "1",
        "f": 1.5,
        "zip": 1234,
        "t": "a",
    }
    with pytest.raises(ComponentError, match="type 'date'"):
        CSVDataStep(str(path), {"n": "date"}).run_fn()


class Named(BaseDatasource):
    """It calls no super().__init__."""

    def __init__(self, name: str, rows: int = 1) -> None:
        self.rows = rows


def test_datasources_have_names_and_ids() -> None:
    """With and without an argument for it; each object has its own id."""
    assert (Named("mine").name, MemoryDatasource([1]).name) == ("mine", "MemoryDatasource")
    assert Named("mine").id != Named("mine").id


def test_a_step_without_run_fn_says_so() -> None:
    """When it is called, by its name."""

    class Empty(BaseTrainerStep):
        pass

    with pytest.raises(NotImplementedError, match="Empty has no run_fn"):
        Empty().run_fn()
