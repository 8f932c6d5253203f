"""The stack of a folder's tables: `tables.list` names them, the oldest first. A newer table overrides older ones.

git may replace several tables by one at any time, and remove them; then the list is read again. Tables do not change,
so the tables of one list are the state of one moment.

Sources: git's Documentation/technical/reftable.
"""

from __future__ import annotations

import os

from zenml_pin.base.files import read_regular
from zenml_pin.base.stat_memo import remember
from zenml_pin.errors import UnsupportedError
from zenml_pin.git.reftable.table import Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from zenml_pin.base.stat_memo import Memo
    from zenml_pin.git.reftable.block import RefValue

    T = TypeVar("T")

_LIST_LIMIT = 2**20
# For each further try, a writer must have replaced the tables between two calls.
_TRIES = 100
# The number of refs whose values are kept; a check reads HEAD and its branch.
_KEPT = 256
# Marks a ref that is not known yet. Threads share the memo, so one look-up must tell whether it is.
_UNKNOWN: Any = object()
_lists: Memo[tuple[str, ...]] = {}
_values: Memo[dict[tuple[bytes, str], RefValue]] = {}


class Snapshot:
    """The tables of one moment.

    Args:
        folder: Where they are.
        names: The names of their files, the oldest first.
    """

    def __init__(self, folder: str, names: tuple[str, ...]) -> None:
        self.names = names
        self._folder = folder

    def find(self, name: bytes, object_format: str) -> RefValue:
        """Return the value of a ref, None if there is no such ref."""
        key = name, object_format
        files = (_list_path(self._folder), *(os.path.join(self._folder, table) for table in self.names))
        known = remember(_values, files, dict)
        value: RefValue = known.get(key, _UNKNOWN)
        if value is _UNKNOWN:
            value = self._find(name, object_format)
            if len(known) >= _KEPT:
                known.clear()
            known[key] = value
        return value

    def scan(self, prefix: bytes, object_format: str) -> dict[bytes, bytes]:
        """Return the values of the refs that start with a prefix."""
        values: dict[bytes, RefValue] = {}
        for table in self.names:
            values |= self._read(table, object_format, lambda table: dict(table.scan(prefix)))
        return {name: value for name, value in values.items() if value is not None}

    def _find(self, name: bytes, object_format: str) -> RefValue:
        for table in reversed(self.names):
            has_ref, value = self._read(table, object_format, lambda table: table.find(name))
            if has_ref:
                return value
        return None

    def _read(self, name: str, object_format: str, action: Callable[[Table], T]) -> T:
        path = os.path.join(self._folder, name)
        try:
            with Table(path, object_format) as table:
                return action(table)
        except FileNotFoundError:
            raise
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise UnsupportedError(f"reftable '{path}' cannot be read: {reason}") from error


class Stack:
    """The tables of a folder, as they are when the first ref is read.

    Args:
        folder: The folder `reftable`.
        object_format: "sha1" or "sha256".
    """

    def __init__(self, folder: str, object_format: str) -> None:
        self._folder = folder
        self._object_format = object_format
        self._snapshot: Snapshot | None = None

    def find(self, name: str) -> bytes | None:
        """Return the value of a ref, hexadecimal digits or "ref: " and a name; None if there is no such ref.

        Raises:
            UnsupportedError: A table is missing, damaged or unreadable.
        """
        return self._read(lambda snapshot: snapshot.find(os.fsencode(name), self._object_format))

    def scan(self, prefix: str) -> dict[str, bytes]:
        """Return the values of the refs that start with a prefix.

        Raises:
            UnsupportedError: A table is missing, damaged or unreadable.
        """
        values = self._read(lambda snapshot: snapshot.scan(os.fsencode(prefix), self._object_format))
        return {os.fsdecode(name): value for name, value in values.items()}

    def _read(self, action: Callable[[Snapshot], T]) -> T:
        for _ in range(_TRIES):
            snapshot = self._snapshot
            if snapshot is None:
                path = _list_path(self._folder)
                names = remember(_lists, (path,), lambda: _read_list(self._folder))
                snapshot = self._snapshot = Snapshot(self._folder, names)
            try:
                return action(snapshot)
            except FileNotFoundError as error:
                self._snapshot = Snapshot(self._folder, _read_list(self._folder))
                if self._snapshot.names == snapshot.names:
                    raise UnsupportedError(f"reftable '{error.filename}' is missing") from error
        raise UnsupportedError(f"the tables in '{self._folder}' change all the time")


def _read_list(folder: str) -> tuple[str, ...]:
    path = _list_path(folder)
    try:
        text = read_regular(path, _LIST_LIMIT)
    except (OSError, OverflowError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is too long"
        raise UnsupportedError(f"'{path}' cannot be read: {reason}") from error
    if text is None:
        raise UnsupportedError(f"'{path}', which names the tables of all refs, is missing")
    # A hostile list could name a file outside of the folder.
    names = (line for line in text.split(b"\n") if b"/" not in line and line not in (b"", b".", b".."))
    return tuple(map(os.fsdecode, names))


def _list_path(folder: str) -> str:
    return os.path.join(folder, "tables.list")
