"""Pickling: the same bytes for the same data, code of pins in pickles, and whether all code in a pickle is known.

The order of a set of texts differs between processes, and so would the bytes and their sha256: unchanged data would
be new content with each run. So the values of a set are sorted. Only plain data can be sorted (numbers, text, bytes,
dates, None, enums, and tuples and frozensets of these); a set with any other value is written in its own order.

pickle asks nobody about a set itself. So the containers around sets are copied, with an object in place of each set
that pickles as the set of a sorted list; pickle's `reducer_override` does the same for the state of other objects.

>>> pickle.loads(dumps({"b", "a"})) == {"a", "b"}
True
"""

from __future__ import annotations

import copyreg
import io
import operator
import pickle
from collections.abc import Callable
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from types import BuiltinFunctionType, FunctionType
from typing import Any
from uuid import UUID

from zenml_pin.base.version import PACKAGE
from zenml_pin.errors import PinError
from zenml_pin.pins.code_id import code_id
from zenml_pin.pipelines.runs.run_environment import code_version_of
from zenml_pin.source import NAMESPACE, Source, pinned_root, split_pinned

_PROTOCOL = 5
_SETS = (set, frozenset)
_ATOMS = frozenset({type(None), bool, int, float, complex, str, bytes})
_PLAIN = (type(None), int, float, complex, str, bytes, date, time, timedelta, Decimal, UUID, Enum)


def dumps(value: Any) -> bytes:
    """Return a value as a pickle of protocol 5. Raises what pickle raises.

    Cost: one more call for each value than pickle; where there are sets, containers and objects are searched for them.
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
        pickler = _InOrder(buffer, _PROTOCOL)
        pickler.dump(pickler.ordered(value))
    except RecursionError:
        # pickle's own code allows deeper nesting than the search for sets.
        return pickle.dumps(value, _PROTOCOL)
    return buffer.getvalue()


class _SetFoundError(Exception):
    """The data has a set, which pickle writes unsorted."""


class _Fast(pickle.Pickler):
    """Pickles as usual; raises at the first set of two or more values."""

    def persistent_id(self, value: Any) -> None:
        if type(value) in _SETS and len(value) > 1:
            raise _SetFoundError


class _Ordered:
    """Stands for a set; it pickles as that set, made of a sorted list."""

    def __init__(self, kind: type, items: list[Any]) -> None:
        self._reduced = kind, (items,)

    def __reduce__(self) -> tuple[type, tuple[list[Any]]]:
        return self._reduced


class _InOrder(pickle.Pickler):
    """Writes the values of sets sorted, where they can be sorted."""

    def __init__(self, file: io.BytesIO, protocol: int) -> None:
        super().__init__(file, protocol)
        # By id, with the original, which must live as long as its id is a key here. What is shared stays shared.
        self._known: dict[int, tuple[Any, Any]] = {}

    def reducer_override(self, value: Any) -> Any:
        """Return how to make an object again, with sorted sets in its arguments and its state."""
        if isinstance(value, (type, _Ordered, *_BY_NAME)):
            return NotImplemented
        reduce = copyreg.dispatch_table.get(type(value))
        reduced = value.__reduce_ex__(_PROTOCOL) if reduce is None else reduce(value)
        if not isinstance(reduced, tuple):
            return NotImplemented
        make, args, *rest = reduced
        state, items, pairs, *setter = [*rest, None, None, None][: max(3, len(rest))]
        return (
            make,
            self.ordered(args),
            self.ordered(state),
            None if items is None else map(self.ordered, items),
            None if pairs is None else ((self.ordered(key), self.ordered(item)) for key, item in pairs),
            *setter,
        )

    def ordered(self, value: Any) -> Any:
        """Return a copy of a container with sets inside; any other value as it is."""
        copy = _COPIES.get(type(value))
        if copy is None or not value or _has_only_atoms(value):
            return value
        known = self._known.get(id(value))
        return known[1] if known is not None else copy(self, value)

    def _keep(self, value: Any, copy: Any) -> Any:
        self._known[id(value)] = value, copy
        return copy

    def _dict(self, value: dict[Any, Any]) -> Any:
        copy = self._keep(value, {})
        copy.update((self.ordered(key), self.ordered(item)) for key, item in value.items())
        is_same = all(
            key is other and value[key] is copy[other] for key, other in zip(value, copy, strict=True)
        )
        return self._keep(value, value if is_same else copy)

    def _list(self, value: list[Any]) -> Any:
        copy = self._keep(value, [])
        copy.extend(map(self.ordered, value))
        return self._keep(value, value if all(map(operator.is_, value, copy)) else copy)

    def _tuple(self, value: tuple[Any, ...]) -> Any:
        copy = tuple(map(self.ordered, value))
        return self._keep(value, value if all(map(operator.is_, value, copy)) else copy)

    def _set(self, value: set[Any] | frozenset[Any]) -> Any:
        keyed = [(_key(item), item) for item in value]
        if len(keyed) < 2 or any(key is None for key, _ in keyed):
            return self._keep(value, value)
        items = [self.ordered(item) for _, item in sorted(keyed, key=lambda pair: pair[0] or "")]
        return self._keep(value, _Ordered(type(value), items))


def _has_only_atoms(value: Any) -> bool:
    """Tell whether a container has no sets inside at a glance: most rows of data are like that."""
    is_plain = _ATOMS.issuperset(map(type, value))
    return (
        is_plain
        and type(value) not in _SETS
        and (type(value) is not dict or _ATOMS.issuperset(map(type, value.values())))
    )


_COPIES: dict[type, Callable[[_InOrder, Any], Any]] = {
    dict: _InOrder._dict,
    list: _InOrder._list,
    tuple: _InOrder._tuple,
    set: _InOrder._set,
    frozenset: _InOrder._set,
}
# pickle writes these by their names.
_BY_NAME = (FunctionType, BuiltinFunctionType)


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


def libraries_in(data: bytes) -> frozenset[str] | None:
    """Return "name version" of each library whose classes or functions a pickle names. Opens it.

    Returns:
        None if it names a class or function of unknown code, or cannot be opened.
    """
    search = _Searching(io.BytesIO(data))
    try:
        search.load()
    except Exception:
        return None
    return frozenset(search.libraries)


class _Searching(pickle.Unpickler):
    """Collects versions of libraries; raises LookupError at the first class or function of unknown code."""

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file)
        self.libraries: set[str] = set()

    def find_class(self, module: str, name: str) -> Any:
        value = super().find_class(module, name)
        if not _is_pinned_or_ours(module):
            version = code_version_of(Source(module, "_"))
            if not version:
                raise LookupError(module)
            self.libraries.add(version)
        return value


def _is_pinned_or_ours(module: str) -> bool:
    """Tell whether a module is of a commit or of this package. `zenml_pin.at` also has copies of the working tree."""
    inside = module.startswith(NAMESPACE + ".")
    return split_pinned(module) is not None if inside else module.partition(".")[0] == PACKAGE
