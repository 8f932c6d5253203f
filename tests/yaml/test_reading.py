"""Reading and writing YAML: plain data with positions, and no harm from a hostile file."""

from __future__ import annotations

import os
import tracemalloc
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, strategies as st

from tests.support.call_limit import at_most
from tests.support.refused_yaml import REFUSED_YAML
from zenml_pin.base.limits import Limits
from zenml_pin.errors import DocumentError
from zenml_pin.yaml.nodes import show_key_path
from zenml_pin.yaml.reading import read, read_yaml_file
from zenml_pin.yaml.writing import MAX_DEPTH, dump


@pytest.fixture(params=["C loader", "Python loader"], autouse=True)
def loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test runs with the C loader and without it."""
    if request.param == "Python loader":
        monkeypatch.delattr(yaml, "CSafeLoader", raising=False)


@pytest.mark.quick(every=3)
@pytest.mark.parametrize("name", REFUSED_YAML)
def test_hostile_text_is_refused_with_its_location(name: str) -> None:
    """The error has file, line and key path, and takes little work."""
    text, line, key_path, reason = REFUSED_YAML[name]

    with at_most(calls=3_000_000), pytest.raises(DocumentError) as caught:
        read(text, "p.yaml")

    error = caught.value
    assert error.path == "p.yaml"
    assert error.message.startswith("p.yaml")
    assert reason in error.message
    if line:
        assert error.line == line
        assert f"p.yaml:{line}:{error.column}: " in error.message
    if key_path:
        assert error.key_path == key_path


READ = {
    "nothing": ("", None),
    "comment": ("# nothing here\n", None),
    "carriage returns": ("a:\r\n  b: 1\r\n", {"a": {"b": 1}}),
    "byte order mark": ("\ufeffa: 1", {"a": 1}),
    "non-ASCII": ("größe: 日本 😀\n", {"größe": "日本 😀"}),
    "alias": ("a: &a [1, {b: 2}]\nc: *a", {"a": [1, {"b": 2}], "c": [1, {"b": 2}]}),
    "scalars": (
        "[1, 1.5, true, null, ~, 2021-01-11, 'x', 0x10, .inf]",
        [1, 1.5, True, None, None, date(2021, 1, 11), "x", 16, float("inf")],
    ),
    "keys": ("{2: a, true: b, null: c}", {2: "a", True: "b", None: "c"}),
    "quoted": ("['true', '1', \"null\", '<<', '=']", ["true", "1", "null", "<<", "="]),
    "version": ("version: '1'", {"version": "1"}),
    "64 levels": ("[" * MAX_DEPTH + "]" * MAX_DEPTH, None),
}


@pytest.mark.parametrize("name", READ)
def test_plain_data_is_read(name: str) -> None:
    """Accepted texts have the value that PyYAML's safe_load gives."""
    text, expected = READ[name]

    data = read(text).data

    if expected is not None:
        assert data == expected
    assert data == yaml.safe_load(text)


def test_repeated_aliases_are_copied() -> None:
    """A change in one position of the data changes no other."""
    data = read("a: &a [1]\nb: *a").data

    data["a"].append(2)

    assert data == {"a": [1, 2], "b": [1]}


def test_error_points_at_the_value_or_the_nearest_around_it() -> None:
    """Lines and columns count from 1, in characters, not bytes."""
    text = read("größe: {名: 1}\nb: [x, {c: 2}]\n", "p.yaml")

    assert text.error("is wrong", ("größe", "名")).message == "p.yaml:1:12: größe.名: is wrong"
    assert text.error("is wrong", ("b", 1, "c")).message == "p.yaml:2:12: b[1].c: is wrong"
    assert text.error("is missing", ("b", 1, "d", "e")).message == "p.yaml:2:8: b[1].d.e: is missing"
    assert text.error("is odd").message == "p.yaml:1:1: is odd"


@pytest.mark.parametrize(
    ("key_path", "shown"),
    [((), ""), (("a", 0, 1), "a[0][1]"), (("$class",), "$class"), (("a.b", True, None), "'a.b'.True.None")],
)
def test_key_path_reads_as_people_write_it(key_path: tuple[Any, ...], shown: str) -> None:
    """Names with dots, positions in brackets, and other keys in quotes."""
    assert show_key_path(key_path) == shown


def test_long_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    """100 MB, though sparse, are not read; only the caller's limits change that."""
    path = tmp_path / "large.yaml"
    with path.open("wb") as file:
        file.truncate(100_000_000)
    tracemalloc.start()

    with pytest.raises(
        DocumentError, match="it has 100000000 bytes, more than the limit of 1048576"
    ) as caught:
        read_yaml_file(path)

    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1_000_000
    assert "Limits(document=" in caught.value.hint
    with pytest.raises(DocumentError, match="more than the limit of 5"):
        read("a: 12345", limits=Limits(document=5))


def test_path_that_is_not_a_regular_file_is_refused(tmp_path: Path) -> None:
    """A FIFO does not block the caller."""
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "folder").mkdir()

    for name, reason in {
        "fifo": "not a regular file",
        "folder": "not a regular file",
        "absent": "no such file",
        "a\0b": "cannot be read",
    }.items():
        with pytest.raises(DocumentError, match=reason):
            read_yaml_file(tmp_path / name)


LONG = {"key": "a" * 90_000 + ": [", "tag": "a: !" + "t" * 90_000 + " x", "anchor": "a: *" + "b" * 90_000}


@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
def test_message_stays_short(text: str) -> None:
    """A person reads it, on a terminal."""
    with pytest.raises(DocumentError) as caught:
        read(text, "p.yaml")

    assert len(caught.value.message) < 500


UNWRITABLE = {
    "tuple": ({"a": [(1, 2)]}, "a[0]", "type 'tuple'"),
    "set": ({"a": {"b": {1}}}, "a.b", "type 'set'"),
    "bytes": (b"x", "", "type 'bytes'"),
    "object": ({"a": object()}, "a", "type 'object'"),
    "subclass": ({"a": type("Text", (str,), {})("x")}, "a", "type 'Text'"),
    "half a surrogate": ({"a": "\ud800"}, "a", "surrogate"),
    "tuple as key": ({(1, 2): 3}, "(1, 2)", "type 'tuple'"),
    "huge integer": ([10**5000], "[0]", "an integer of"),
}


@pytest.mark.parametrize("name", UNWRITABLE)
def test_value_that_could_not_be_read_back_is_not_written(name: str) -> None:
    """The error has the key path."""
    data, key_path, reason = UNWRITABLE[name]

    with pytest.raises(DocumentError) as caught:
        dump(data)

    assert caught.value.key_path == key_path
    assert reason in caught.value.message


def test_data_that_contains_itself_is_not_written() -> None:
    """It would have no end."""
    data: list[Any] = []
    data.append(data)

    with pytest.raises(DocumentError, match="more than 64 levels"):
        dump(data)


def test_dump_keeps_order_and_letters_and_writes_repeats_out() -> None:
    """A person reads it and edits it."""
    shared = ["é", "日本"]

    assert dump({"b": shared, "a": shared}) == "b:\n- é\n- 日本\na:\n- é\n- 日本\n"


_TEXTS = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(
    [
        "true",
        "1",
        "1e5",
        "null",
        "~",
        "2021-01-11",
        "a: b",
        "- x",
        "# x",
        "<<",
        "=",
        "'",
        '"',
        " x ",
        "0x1f",
        "\ufeff",
    ]
)
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | _TEXTS
    | st.dates(min_value=date(1000, 1, 1))
    | st.datetimes(min_value=datetime(1000, 1, 1)).map(lambda moment: moment.replace(fold=0))
)
_KEYS = _TEXTS | st.integers() | st.booleans() | st.none()
_DATA = st.recursive(
    _SCALARS,
    lambda children: st.lists(children, max_size=4) | st.dictionaries(_KEYS, children, max_size=4),
    max_leaves=12,
)


@pytest.mark.quick(every=2)
@given(_DATA)
def test_dump_and_read_are_inverse(data: Any) -> None:
    """Every value comes back unchanged, with its type."""
    assert repr(read(dump(data)).data) == repr(data)


@given(st.text() | st.binary() | st.text(alphabet="a:-[]{},&*!'\"#|> \n\t<=?%"))
def test_any_text_is_read_or_refused_at_a_place_inside_it(text: str | bytes) -> None:
    """What is read can be written and read again; every error is ours."""
    try:
        data = read(text, "p.yaml").data
    except DocumentError as error:
        assert error.path == "p.yaml"  # noqa: PT017
        assert 0 <= error.line <= len(text) + 1  # noqa: PT017
        return

    assert repr(read(dump(data)).data) == repr(data)
