"""Pickles: the same bytes for the same data, in every process."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections import Counter
from datetime import date
from typing import Any

import pytest

from tests.support.pipeline_project import Project
from tests.support.repositories import commit, get_head
from zenml_pin.pipelines.runs.pickling import dumps

SETS = {
    "texts": '{"a", "b", "c", "d", "e", "f"}',
    "in rows": '[{"tags": {"a", "b", "c"}}, {"tags": frozenset("xyz")}]',
    "mixed": '{None, 1, 2.5, "a", b"b", 1j, date(2021, 1, 11)}',
    "tuples": '{("a", 1), ("b", 2), ("c", ("d", "e"))}',
    "sets of sets": '{frozenset("abc"), frozenset("abd"), frozenset({frozenset("xyz"), "w"})}',
}


@pytest.mark.quick(every=5)
@pytest.mark.parametrize("text", SETS.values(), ids=SETS)
def test_sets_have_one_order(text: str) -> None:
    """Whatever the hashes of texts are in a process."""
    script = f"from datetime import date; from zenml_pin.pipelines.runs.pickling import dumps; print(dumps({text}))"
    outputs = {
        subprocess.run(
            [sys.executable, "-c", script], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True
        ).stdout
        for seed in "1234"
    }

    assert len(outputs) == 1
    assert pickle.loads(eval(outputs.pop())) == eval(text, {"date": date})


class Node:
    """A value that cannot be sorted."""

    def __init__(self) -> None:
        self.near: set[Any] = set()


def test_values_without_an_order_are_kept_too() -> None:
    """Even if they contain the set that contains them."""
    first, second = Node(), Node()
    first.near, second.near = {second, "a", "b"}, {first}

    copy = pickle.loads(dumps(first))

    [near] = [value for value in copy.near if isinstance(value, Node)]
    assert near.near == {copy}
    assert copy.near == {near, "a", "b"}


def test_what_is_shared_stays_shared() -> None:
    """One set in two positions stays one set."""
    letters = {"a", "b"}

    first, second = pickle.loads(dumps([letters, letters]))

    assert first is second


@pytest.mark.slow
def test_deep_data_is_kept() -> None:
    """Deeper than the search for sets can go."""
    value: list[Any] = [{"a", "b"}]
    for _ in range(400):
        value = [value]

    assert pickle.loads(dumps(value)) == value


def test_what_pickle_takes_is_kept_beside_a_set() -> None:
    """Two empty arrays, a frame, buffers, and objects that pickle in their own way: as without the set."""
    numpy = pytest.importorskip("numpy")
    value = [{"a", "b"}, numpy.array([]), numpy.array([]), bytearray(b""), bytearray(b""), numpy.arange(3.0)]

    again = pickle.loads(dumps(value))

    assert again[0] == {"a", "b"}
    assert [item.tolist() for item in (again[1], again[2], again[5])] == [[], [], [0.0, 1.0, 2.0]]


class Shared:
    """An object whose state has sets, and containers that other objects share."""

    def __init__(self, names: set[str], rows: list[Any]) -> None:
        self.names = names
        self.rows = rows


def test_sets_inside_objects_have_one_order_too() -> None:
    """In attributes, slots of subclasses of containers, arguments of partials; what is shared stays shared."""
    from collections import OrderedDict, defaultdict
    from functools import partial

    names, rows = {"a", "b", "c"}, [1, {"x", "y"}]
    rows.append(rows)
    value = {
        "one": Shared(names, rows),
        "two": Shared(names, rows),
        "more": defaultdict(set, k={"p", "q"}),
        "order": OrderedDict(k=({"p", "q"},)),
        "call": partial(sorted, {"p", "q"}),
        "counts": Counter("abb"),
        ("key", frozenset("pq")): names,
    }

    again = pickle.loads(dumps(value))

    assert again["one"].names is again["two"].names is again[("key", frozenset("pq"))]
    assert again["one"].rows is again["two"].rows is again["one"].rows[2]
    assert (again["one"].names, again["one"].rows[1]) == (names, {"x", "y"})
    assert (again["more"], again["more"]["new"], again["order"]) == (
        defaultdict(set, k={"p", "q"}, new=set()),
        set(),
        value["order"],
    )
    assert (again["call"](), again["counts"]) == (["p", "q"], Counter("abb"))


@pytest.mark.slow
def test_a_figure_can_be_kept() -> None:
    """A step may return a Matplotlib figure."""
    figure = pytest.importorskip("matplotlib.figure").Figure()
    figure.add_subplot().plot([1, 2], [3, 4])

    again = pickle.loads(dumps([{"a", "b"}, figure]))[1]

    assert again.axes[0].lines[0].get_ydata().tolist() == [3, 4]


def test_data_without_sets_is_written_as_pickle_does() -> None:
    """Byte for byte."""
    value = {"rows": [{"x": 1.5, "y": "é" * 300, "z": (1, None)}] * 3, "count": Counter("abb"), "one": {1}}

    assert dumps(value) == pickle.dumps(value, 5)


@pytest.mark.slow
def test_data_in_memory_is_the_same_content_in_every_process(project: Project) -> None:
    """A script whose rows contain sets makes one document, however often it runs."""
    script = """\
from trainers.step import MyTrainer
from zenml_pin.datasources import MemoryDatasource
from zenml_pin.pipelines import TrainingPipeline

rows = [{"tags": set("abcdefgh")}]
TrainingPipeline(name="sets").add_datasource(MemoryDatasource(rows)).add_trainer(MyTrainer()).run()
"""
    commit(project.repo, {"script.py": script}, base=get_head(project.repo))

    for seed in "123":
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, "script.py"], cwd=project.repo.path, env=environment, check=True)

    assert project.documents() == ["sets.yaml"]
    assert [run.steps[-1].cached for run in project.repository.get_runs()] == [False, True, True]


def test_a_value_that_metrics_cannot_contain_is_named_as_one(project: Project) -> None:
    """It is not an argument, and a document has nothing to do with it; an array has a remedy of its own."""
    from zenml_pin.errors import ComponentError
    from zenml_pin.pipelines.runs.task import pack

    numpy = pytest.importorskip("numpy")
    for value, hint in ((numpy.eye(2), ".tolist()"), (date(2021, 1, 11), "str()")):
        name = type(value).__name__
        message = rf"^'E' returned a {name} in 'metrics'\['m'\], which metrics cannot contain"
        with pytest.raises(ComponentError, match=message) as caught:
            pack({"m": value}, "metrics", "E")
        assert hint in caught.value.hint
    assert pack({"m": numpy.float64(0.5)}, "metrics", "E") == b'{"m": 0.5}'
