"""pyproject.toml and hatch.toml: the source roots that build backends read there, and the members of workspaces.

`project_files.may_toml_state` lists the keys: a file that contains none of them is not parsed.
"""

from __future__ import annotations

import posixpath
import tomllib
from functools import lru_cache

from zenml_pin.base.values import Value
from zenml_pin.errors import UnsupportedError
from zenml_pin.importing.packaging.statements import Statement, above, line_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any


class Pyproject(Value):
    """What a pyproject.toml says.

    Args:
        setting: Statements of `[tool.zenml_pin] source_roots`.
        backend: The module of the build backend, "" where none is named.
        statements: The source roots that the backend reads here.
        members: The patterns of a workspace's members; None where it is not a workspace.
        excluded: The patterns of folders that are not members.
    """

    setting: tuple[Statement, ...] = ()
    backend: str = ""
    statements: tuple[Statement, ...] = ()
    members: tuple[Statement, ...] | None = None
    excluded: tuple[str, ...] = ()


# An audit reads the same few files for thousands of commits.
@lru_cache(maxsize=256)
def read_pyproject(data: bytes, path: str) -> Pyproject:
    """Return what a pyproject.toml says.

    Raises:
        UnsupportedError: It is malformed; the message has path and line.
    """
    text, table = _parse(data, path)
    backend = _table(table, "build-system").get("build-backend", "")
    backend = backend if isinstance(backend, str) else ""
    tool = _table(table, "tool")
    readers = [read for start, read in _READERS.items() if backend.startswith(start)]
    folders = [folder for read in readers or _READERS.values() for folder in read(tool, bool(readers))]
    members, excluded = _members(tool)
    return Pyproject(
        tuple(_setting(tool, text, path)),
        backend,
        tuple(Statement(folder, line_of(text, *words, folder)) for folder, *words in folders),
        None if members is None else tuple(Statement(item, line_of(text, item)) for item in members),
        tuple(excluded),
    )


def read_hatch(data: bytes, path: str) -> tuple[Statement, ...]:
    """Return what a hatch.toml says.

    Raises:
        UnsupportedError: It is malformed; the message has path and line.
    """
    text, table = _parse(data, path)
    folders = _hatch({"hatch": table}, True)
    return tuple(Statement(folder, line_of(text, *words, folder)) for folder, *words in folders)


def _parse(data: bytes, path: str) -> tuple[str, dict[str, Any]]:
    hint = "name the roots of this commit with source_roots=[...], or --source-root FOLDER"
    try:
        text = data.decode("utf-8").replace("\r\n", "\n")
        return text, tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnsupportedError(f"'{path}', line {line}: it is not UTF-8", hint) from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        reason, _, place = str(error).partition(" (at line ")
        line = int(place.partition(",")[0]) if place else text.count("\n") + 1
        raise UnsupportedError(f"'{path}', line {line}: it is malformed: {reason}", hint) from error


def _setting(tool: dict[str, Any], text: str, path: str) -> Iterator[Statement]:
    value = _table(tool, "zenml_pin").get("source_roots", [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        line = line_of(text, "source_roots")
        raise UnsupportedError(f"'{path}', line {line}: 'source_roots' is not a list of folders")
    yield from (Statement(item, line_of(text, item)) for item in value)


# Each reader yields a folder, and words that are on its line. `is_named` tells whether the file names this backend.


def _setuptools(tool: dict[str, Any], is_named: bool) -> Iterator[tuple[str, ...]]:
    table = _table(tool, "setuptools")
    for package, folder in _table(table, "package-dir").items():
        if isinstance(folder, str) and (root := above(folder, package)) is not None:
            yield root, "package-dir"
    yield from ((folder, "where") for folder in _texts(_table(table, "packages", "find").get("where")))


def _hatch(tool: dict[str, Any], is_named: bool) -> Iterator[tuple[str, ...]]:
    build = _table(tool, "hatch", "build")
    options = {**build, **_table(build, "targets", "wheel")}
    sources = options.get("sources")
    if isinstance(sources, dict):
        for prefix, replacement in sources.items():
            root = (
                above(prefix, replacement.strip("/").replace("/", "."))
                if isinstance(replacement, str)
                else None
            )
            if root is not None:
                yield root, "="
    else:
        yield from ((folder, "sources") for folder in _texts(sources))
    for package in _texts(options.get("packages")):
        yield (posixpath.dirname(package.strip("/")),)


def _poetry(tool: dict[str, Any], is_named: bool) -> Iterator[tuple[str, ...]]:
    packages = _table(tool, "poetry").get("packages")
    for package in packages if isinstance(packages, list) else ():
        if isinstance(package, dict) and not package.get("to"):
            yield from ((folder, "from") for folder in _texts(package.get("from")))


def _pdm(tool: dict[str, Any], is_named: bool) -> Iterator[tuple[str, ...]]:
    for table in (_table(tool, "pdm", "build"), _table(tool, "pdm")):
        yield from ((folder, "package-dir") for folder in _texts(table.get("package-dir")))


def _uv(tool: dict[str, Any], is_named: bool) -> Iterator[tuple[str, ...]]:
    root = _table(tool, "uv", "build-backend").get("module-root", "src" if is_named else None)
    if isinstance(root, str):
        yield root, "module-root"


def _maturin(tool: dict[str, Any], is_named: bool) -> Iterator[tuple[str, ...]]:
    yield from ((folder, "python-source") for folder in _texts(_table(tool, "maturin").get("python-source")))


def _scikit_build(tool: dict[str, Any], is_named: bool) -> Iterator[tuple[str, ...]]:
    packages = _table(tool, "scikit-build", "wheel").get("packages")
    if isinstance(packages, dict):
        for package, folder in packages.items():
            name = package.strip("/").replace("/", ".")
            if isinstance(folder, str) and (root := above(folder, name)) is not None:
                yield (root,)
    elif packages is None and is_named:
        yield from (("src",), ("python",))
    for package in _texts(packages):
        yield (posixpath.dirname(package.strip("/")),)


def _nothing(tool: dict[str, Any], is_named: bool) -> Iterator[tuple[str, ...]]:
    yield from ()


_READERS: dict[str, Callable[[dict[str, Any], bool], Iterator[tuple[str, ...]]]] = {
    "setuptools": _setuptools,
    "hatchling": _hatch,
    "poetry": _poetry,
    "pdm": _pdm,
    "flit": _nothing,
    "uv_build": _uv,
    "maturin": _maturin,
    "scikit_build_core": _scikit_build,
    "mesonpy": _nothing,
}


def _members(tool: dict[str, Any]) -> tuple[list[str] | None, list[str]]:
    """Return the patterns of a workspace's members, None where it is not one, and the patterns of the excluded."""
    for name in ("uv", "rye"):
        workspace = _table(tool, name, "workspace")
        if workspace:
            return _texts(workspace.get("members")), _texts(workspace.get("exclude"))
    return None, []


def _table(table: dict[str, Any], *keys: str) -> dict[str, Any]:
    """Return a table inside another one; {} where there is none."""
    for key in keys:
        value = table.get(key)
        table = value if isinstance(value, dict) else {}
    return table


def _texts(value: object) -> list[str]:
    """Return the texts of a value that is a text or a list; what a backend would refuse is left out."""
    values = value if isinstance(value, list) else [value]
    return [item for item in values if isinstance(item, str)]
