"""Pickling: the same bytes for the same data, code of pins in pickles, and whether all code in a pickle is known.

The order of a set of texts differs between processes, and so would the bytes and their sha256: unchanged data would
be new content with each run. So the values of a set are sorted. Only plain data can be sorted (numbers, text, bytes,
dates, None, enums, and tuples and frozensets of these); a set with any other value is written in its own order.

>>> pickle.loads(dumps({"b", "a"})) == {"a", "b"}
True
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from zenml_pin.base.version import PACKAGE
from zenml_pin.errors import PinError
from zenml_pin.pins.code_id import code_id
from zenml_pin.pipelines.runs.run_environment import code_version_of
from zenml_pin.source import NAMESPACE, Source, pinned_root, split_pinned

_PROTOCOL = 5
_SETS = (set, frozenset)
_PLAIN = (type(None), int, float, complex, str, bytes, date, time, timedelta, Decimal, UUID, Enum)


def dumps(value: Any) -> bytes:
    """Return a value as a pickle of protocol 5. Raises what pickle raises.

    Cost: one more call for each value than pickle; data with sets is written by pickle's slower Python code.
    """
    buffer = io.BytesIO()
    try:
        _Fast(buffer, _PROTOCOL).dump(value)
    except _SetFoundError:
        return _dumps_in_order(value)
    return buffer.getvalue()


def _dumps_in_order(value: Any) -> bytes:
    buffer = io.BytesIO()
    try:
        _InOrder(buffer, _PROTOCOL).dump(value)
    except RecursionError:
        # pickle's C code allows deeper nesting than its Python code.
        return pickle.dumps(value, _PROTOCOL)
    return buffer.getvalue()


class _SetFoundError(Exception):
    """The data has a set, which pickle's C code writes unsorted."""


class _Fast(pickle.Pickler):
    """Pickles with C code; raises at the first set of two or more values."""

    def persistent_id(self, value: Any) -> None:
        if type(value) in _SETS and len(value) > 1:
            raise _SetFoundError


class _InOrder(pickle._Pickler):
    """Writes the values of sets sorted, where they can be sorted."""

    dispatch: dict[type, Callable[..., None]] = dict(pickle._Pickler.dispatch)  # type: ignore[misc]

    def _save(self, value: Any) -> None:
        keyed = [(_key(item), item) for item in value]
        if any(key is None for key, _ in keyed):
            pickle._Pickler.dispatch[type(value)](self, value)  # type: ignore[arg-type]
        else:
            items = [item for _, item in sorted(keyed, key=lambda pair: pair[0] or "")]
            self.save_reduce(type(value), (items,), obj=value)  # type: ignore[attr-defined]

    dispatch.update(dict.fromkeys(_SETS, _save))


def _key(value: Any) -> str | None:
    """Return the key by which a set's value is sorted; None for a value that is not plain data."""
    kind = f"{type(value).__module__}.{type(value).__qualname__}"
    if isinstance(value, _PLAIN):
        return f"{kind} {value!r}"
    if type(value) not in (tuple, frozenset):
        return None
    keys = [key for key in map(_key, value) if key is not None]
    if len(keys) < len(value):
        return None
    return f"{kind} {sorted(keys) if type(value) is frozenset else keys}"


def loads(data: bytes, home: str) -> Any:
    """Return the value of a pickle. A step at one commit gets classes of other commits with the same code as its own.

    Args:
        data: The pickle.
        home: The name of the module of the step that gets the value.
    """
    split = _split(home)
    return pickle.loads(data) if split is None else _Adopting(io.BytesIO(data), split[0]).load()


class _Adopting(pickle.Unpickler):
    """Takes a class from the step's own commit where that has the same code as the commit in the pickle."""

    def __init__(self, file: io.BytesIO, pin: str) -> None:
        super().__init__(file)
        self._pin = pin

    def find_class(self, module: str, name: str) -> Any:
        split = _split(module)
        if split is not None and _same_code(*split, self._pin):
            module = f"{pinned_root(self._pin)}.{split[1]}"
        return super().find_class(module, name)


def _split(module: str) -> tuple[str, str] | None:
    """Split the name of a pinned module into its pin and the name at the commit; None for any other module."""
    split = split_pinned(module)
    return split if split is not None and split[1] else None


def _same_code(pin: str, module: str, other: str) -> bool:
    if pin == other:
        return False
    try:
        # The code of a module is that of any class in it.
        return code_id(Source.parse(f"{module}._@{pin}")) == code_id(Source.parse(f"{module}._@{other}"))
    except PinError:
        return False


def names_loose_code(data: bytes) -> bool:
    """Tell whether a pickle names a class or function of unknown code, or cannot be opened. Opens it."""
    try:
        _Searching(io.BytesIO(data)).load()
    except Exception:
        return True
    return False


class _Searching(pickle.Unpickler):
    """Raises LookupError at the first class or function of unknown code."""

    def find_class(self, module: str, name: str) -> Any:
        value = super().find_class(module, name)
        if not (_is_pinned_or_ours(module) or code_version_of(Source(module, "_"))):
            raise LookupError(module)
        return value


def _is_pinned_or_ours(module: str) -> bool:
    """Tell whether a module is of a commit or of this package. `zenml_pin.at` also has copies of the working tree."""
    inside = module.startswith(NAMESPACE + ".")
    return split_pinned(module) is not None if inside else module.partition(".")[0] == PACKAGE
