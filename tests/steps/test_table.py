"""CSV files as rows: types, encodings, and errors in a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from zenml_pin.datasources import CSVDatasource
from zenml_pin.errors import ComponentError
from zenml_pin.steps import CSVDataStep


def _file(folder: Path, text: str | bytes) -> str:
    path = folder / "data.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


COLUMNS: dict[str, tuple[list[str], list[Any]]] = {
    "whole numbers": (["1", "-2", "0"], [1, -2, 0]),
    "numbers": (["1", "2.5", "-1e3", ".5"], [1.0, 2.5, -1000.0, 0.5]),
    "codes": (["01234", "56789"], ["01234", "56789"]),
    "numbers with gaps": (["1", "", "3"], [1, None, 3]),
    "texts": (["1", "a", ""], ["1", "a", ""]),
    "nothing": (["", ""], ["", ""]),
    "other digits": (["\u0661", "1_000"], ["\u0661", "1_000"]),
    "no numbers": (["nan", "inf", "0x1"], ["nan", "inf", "0x1"]),
    "long numbers": (["123456789012345678901"], [123456789012345678901]),
    "letters": (["é", "日本"], ["é", "日本"]),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_has_the_type_of_its_cells(tmp_path: Path, name: str) -> None:
    """All cells count; types are compared, not only values."""
    cells, expected = COLUMNS[name]
    path = _file(tmp_path, "\r\n".join(["c,d", *(f"{cell},x" for cell in cells)]))

    rows = CSVDatasource(path=path).process()

    assert rows is not None
    assert repr([row["c"] for row in rows]) == repr(expected)


def test_a_schema_decides(tmp_path: Path) -> None:
    """For its columns; the others get their type from their cells."""
    path = _file(tmp_path, "n,zip,f\n1,01234,1\n2,,1\n")

    assert CSVDataStep(path, {"n": "str", "zip": "int"}).run_fn() == [
        {"n": "1", "zip": 1234, "f": 1},
        {"n": "2", "zip": None, "f": 1},
    ]


TEXTS: dict[str, tuple[bytes, dict[str, str]]] = {
    "byte order mark": ("\ufeffname,n\né,1".encode(), {}),
    "Latin-1": ("name,n\né,1".encode("latin-1"), {"encoding": "latin-1"}),
    "UTF-16": ("name,n\né,1".encode("utf-16"), {"encoding": "utf-16"}),
    "semicolons": ("name;n\né;1".encode(), {"delimiter": ";"}),
    "empty lines": ("name,n\n\né,1\n\n".encode(), {}),
    "old line ends": ("name,n\ré,1\r".encode(), {}),
}


@pytest.mark.parametrize("name", TEXTS)
def test_files_are_written_in_many_ways(tmp_path: Path, name: str) -> None:
    """The rows are the same."""
    data, options = TEXTS[name]

    assert CSVDatasource("d", _file(tmp_path, data), **options).process() == [{"name": "é", "n": 1}]  # type: ignore[arg-type]


def test_a_cell_in_quotes_may_contain_anything(tmp_path: Path) -> None:
    """Delimiters, quotes and line ends."""
    path = _file(tmp_path, 'a,b\r\n"x, ""y""\r\nz",1\r\n')

    assert CSVDataStep(path).run_fn() == [{"a": 'x, "y"\r\nz', "b": 1}]


WRONG: dict[str, tuple[str | bytes, dict[str, Any], str]] = {
    "cell too many": ("a,b\n1,2\n1,2,3\n", {}, "has 3 cells on line 3, and 2 columns"),
    "cell too few": ("a,b\n\n1\n", {}, "has 1 cells on line 3, and 2 columns"),
    "same name": ("a,b,a\n1,2,3\n", {}, "has two columns 'a'"),
    "empty": ("", {}, "has no header line"),
    "no UTF-8": (b"a\n\xe9\n", {}, "cannot be read as utf-8"),
    "no encoding": ("a\n1\n", {"encoding": "klingon"}, "cannot be read as klingon: unknown encoding"),
    "no delimiter": ("a\n1\n", {"delimiter": ""}, "cannot be read: "),
    "open quote": ('a,b\n1,"2\n', {}, "cannot be read: unexpected end of data"),
    "long cell": ("a\n" + "x" * 200_000, {}, "cannot be read: field larger than field limit"),
    "unknown type": ("a\n1\n", {"schema": {"a": "date"}}, "column 'a' has the type 'date'"),
    "unknown column": ("a\n1\n", {"schema": {"A": "int"}}, "has no column 'A'"),
    "no int": (
        "a\n1\nx\n",
        {"schema": {"a": "int"}},
        "has 'x' in column 'a' on line 3, which is not of type int",
    ),
    "too long an int": (
        "a\n" + "9" * 5000,
        {},
        r"has '9{40}\.\.\.' in column 'a' on line 2, which is not of type int",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_errors_have_their_location(tmp_path: Path, name: str) -> None:
    """No row is dropped, cut or filled up silently."""
    text, options, reason = WRONG[name]

    with pytest.raises(ComponentError, match=reason):
        CSVDatasource("d", _file(tmp_path, text), **options).process()


def test_a_header_alone_gives_no_rows(tmp_path: Path) -> None:
    """A file that does not exist raises Python's own error."""
    assert CSVDataStep(_file(tmp_path, "a,b\n")).run_fn() == []
    with pytest.raises(FileNotFoundError):
        CSVDataStep(str(tmp_path / "absent.csv")).run_fn()
