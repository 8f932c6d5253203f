"""Files of a step: the private folder in which it writes one, and private copies of those that it gets.

    class Plot(BaseDeployerStep):
        def run_fn(self, metrics, output_dir):
            path = output_dir / "metrics.png"
            ...
            return path

A step that returns a `pathlib.Path` of a file in this folder returns the file: it is kept as it is, with its suffix,
and later steps get a path of a copy of their own. The folder is made where the step runs, and removed when it has
ended. It is locked as long as its process lives, so that what killed processes left can be told and removed.
"""

from __future__ import annotations

import fcntl
import inspect
import os
import pathlib
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from types import TracebackType
from typing import Any

from zenml_pin.base.files import read_regular
from zenml_pin.errors import ComponentError
from zenml_pin.pipelines.runs.artifacts import FILE, FileContent

# The parameter by which a step gets its folder.
OUTPUT_DIR = "output_dir"
_PREFIX = "zenml-pin-step-"
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_SUFFIX = re.compile(r"((?:\.tar)?\.[A-Za-z0-9_]{1,16})$")
_HINT = f"write it into '{OUTPUT_DIR}' and return its pathlib.Path"


def takes_folder(function: Callable[..., Any]) -> bool:
    """Tell whether a step's function has the parameter for its folder."""
    parameter = inspect.signature(function).parameters.get(OUTPUT_DIR)
    return parameter is not None and parameter.kind in (
        parameter.POSITIONAL_OR_KEYWORD,
        parameter.KEYWORD_ONLY,
    )


class StepFolder:
    """The private folder of one step that runs; made when it is needed, and removed at the end of a block."""

    def __init__(self) -> None:
        self._path = ""
        self._descriptor = -1

    def __enter__(self) -> StepFolder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._path:
            shutil.rmtree(self._path, ignore_errors=True)
            os.close(self._descriptor)

    def output_dir(self) -> pathlib.Path:
        """Return the empty folder in which the step writes."""
        return self._made("output")

    def received(self, name: str, content: FileContent) -> pathlib.Path:
        """Return the path of a copy of a file that the step gets.

        Args:
            name: The input's name; with the file's suffix, that of the copy.
            content: The file's bytes.
        """
        path = self._made("input") / f"{name}{content.kind.removeprefix(FILE)}"
        path.write_bytes(content)
        return path

    def returned(self, value: Any, made_by: str) -> FileContent | None:
        """Return the file that a step returned; None if it returned something else.

        Raises:
            ComponentError: It is a path in the folder, but not that of a file; or it has such paths inside.
        """
        if isinstance(value, pathlib.PurePath) and self._has(value):
            return self._read(pathlib.Path(value), made_by)
        inside = value.values() if type(value) is dict else value if type(value) in (list, tuple) else [value]
        if any(isinstance(item, (str, pathlib.PurePath)) and self._has(item) for item in inside):
            raise ComponentError(
                f"'{made_by}' returned a {type(value).__name__} with paths in its output folder, which is removed now",
                "return the pathlib.Path of one file itself",
            )
        return None

    def _has(self, path: str | pathlib.PurePath) -> bool:
        if not self._path:
            return False
        text = path if isinstance(path, str) else os.path.abspath(path)
        return text.startswith(self._path + os.sep)

    def _read(self, path: pathlib.Path, made_by: str) -> FileContent:
        name = os.path.basename(path)
        if not path.exists():
            raise ComponentError(
                f"'{made_by}' returned '{name}' in its output folder, which does not exist", _HINT
            )
        if not os.path.realpath(path).startswith(self._path + os.sep):
            raise ComponentError(f"'{made_by}' returned '{name}', a link out of its output folder", _HINT)
        data = read_regular(os.fspath(path), sys.maxsize)
        if data is None:
            kind = "folder" if path.is_dir() else "special file"
            raise ComponentError(f"'{made_by}' returned '{name}', a {kind}", f"{_HINT}: one file")
        return FileContent.of(data, kind_of_file(name))

    def _made(self, name: str) -> pathlib.Path:
        if not self._path:
            self._path, self._descriptor = _make()
        path = pathlib.Path(self._path, name)
        path.mkdir(exist_ok=True)
        return path


def kind_of_file(name: str) -> str:
    """Return the kind of the artifact of a file.

    >>> kind_of_file("roc.png"), kind_of_file("data.tar.gz"), kind_of_file("table")
    ('file.png', 'file.tar.gz', 'file')
    """
    match = _SUFFIX.search(name)
    return FILE + (match[1] if match and match.start() else "")


def _make() -> tuple[str, int]:
    """Return a new folder, and the descriptor that keeps it locked."""
    while True:
        path = os.path.realpath(tempfile.mkdtemp(prefix=_PREFIX))
        try:
            descriptor = os.open(path, _FOLDER)
        except FileNotFoundError:
            continue
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        # Another process may have taken it for a folder of a killed one.
        if os.path.isdir(path):
            return path, descriptor
        os.close(descriptor)


def abandoned_folders() -> Iterator[str]:
    """Yield the folders of this user that killed processes have left."""
    parent = tempfile.gettempdir()
    for name in sorted(os.listdir(parent)):
        path = os.path.join(parent, name)
        with suppress(OSError):
            if name.startswith(_PREFIX) and os.lstat(path).st_uid == os.getuid() and not _is_held(path):
                yield path


def _is_held(path: str) -> bool:
    descriptor = os.open(path, _FOLDER)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
