"""Comparing two values of any kind, and saying where they differ.

numbers       by value, whatever their type, within a tolerance; True is not a number
texts, ...    equal as Python says
containers    item by item; the order of a dict counts only in an OrderedDict
NumPy         element by element; another dtype with the same numbers is a note
pandas        column by column, and the index
any other     what pickle would store of it: its class and its state, attribute by attribute

>>> result = compare_values({"accuracy": 0.93, "rows": 200}, {"accuracy": 0.92, "rows": 200})
>>> print(*result.differences)
['accuracy']: recorded 0.93, now 0.92 (0.01 apart, 0.011 of it)
"""

from __future__ import annotations

import math
import re
from collections import OrderedDict
from collections.abc import Callable
from datetime import date, time, timedelta, tzinfo
from enum import Enum
from numbers import Number
from pathlib import PurePath
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any
from uuid import UUID

from zenml_pin.base.text import count
from zenml_pin.pipelines.comparison import arrays, tables
from zenml_pin.pipelines.comparison.objects import state_of
from zenml_pin.pipelines.comparison.result import ValueComparison
from zenml_pin.pipelines.comparison.tolerance import Tolerance, distance_of, size_of
from zenml_pin.pipelines.comparison.walk import Walk, kind_name, shorten, shown

_PLAIN = (
    str,
    bool,
    date,
    time,
    timedelta,
    tzinfo,
    Enum,
    UUID,
    PurePath,
    range,
    slice,
    re.Pattern,
    type(None),
)
_NAMED = (type, FunctionType, BuiltinFunctionType, ModuleType)
_ATOMS = frozenset({type(None), bool, int, float, str, bytes})


def compare_values(recorded: Any, now: Any, tolerance: Tolerance | None = None) -> ValueComparison:
    """Compare a recorded value with the one of now. Equal values are called equal, never identical.

    Args:
        recorded: The recorded value.
        now: The other one.
        tolerance: When numbers are equal.
    """
    walk = Walk(tolerance or Tolerance(), _compare)
    try:
        walk.compare("", recorded, now)
    except RecursionError:
        walk.give_up("", "the values nest too deep")
    return walk.result()


def _compare(walk: Walk, path: str, recorded: Any, now: Any) -> None:
    if type(recorded) is type(now) and type(recorded) in _ATOMS and recorded == now:
        # Most values of data; the rest costs ten times as much.
        return
    recorded, now = arrays.unwrapped(recorded), arrays.unwrapped(now)
    if is_number(recorded) and is_number(now):
        _numbers(walk, path, recorded, now)
        return
    for accepts, compare in _KINDS:
        if accepts(recorded) and accepts(now):
            compare(walk, path, recorded, now)
            return
    if not _has_one_class(walk, path, recorded, now):
        return
    if isinstance(recorded, _PLAIN) or tables.is_scalar(recorded):
        if recorded != now:
            walk.differ(path, "value", shown(recorded), shown(now))
    elif isinstance(recorded, _NAMED):
        _named(walk, path, recorded, now)
    elif walk.enter(recorded, now):
        _contents(walk, path, recorded, now)


def is_number(value: Any) -> bool:
    """Tell whether a value is a number; True and False are not."""
    return isinstance(value, Number) and not isinstance(value, bool)


def _has_one_class(walk: Walk, path: str, recorded: Any, now: Any) -> bool:
    """Tell whether two values have the same class; if not, note it."""
    if type(recorded) is type(now):
        return True
    names = kind_name(recorded), kind_name(now)
    if names[0] == names[1]:
        names = (f"{type(recorded).__module__}.{names[0]}", f"{type(now).__module__}.{names[1]}")
    is_container = isinstance(recorded, (list, tuple, dict, set)) or isinstance(now, (list, tuple, dict, set))
    values = ("", "") if is_container else (f" {shown(recorded)}", f" {shown(now)}")
    is_shown = not any(text.endswith(" object") for text in values)
    texts = [f"{name}{text}" if is_shown else name for name, text in zip(names, values, strict=True)]
    walk.differ(path, "type", *texts)
    return False


def _numbers(walk: Walk, path: str, recorded: Any, now: Any) -> None:
    if walk.tolerance.are_close(recorded, now):
        distance = distance_of(recorded, now)
        # NaN and NaN, or two infinite numbers, are equal and no distance apart.
        walk.equal_within(distance if distance < math.inf else 0.0)
        return
    distance = distance_of(recorded, now)
    size = size_of(recorded)
    relative = distance / size if 0 < size < math.inf else None
    walk.differ(path, "value", shown(recorded), shown(now), distance=distance, relative=relative)


def _named(walk: Walk, path: str, recorded: Any, now: Any) -> None:
    """Compare what pickle stores by its name."""
    names = [getattr(value, "__qualname__", value.__name__) for value in (recorded, now)]
    modules = [getattr(value, "__module__", "") for value in (recorded, now)]
    if (names[0], modules[0]) != (names[1], modules[1]):
        texts = [f"{module}.{name}" for module, name in zip(modules, names, strict=True)]
        walk.differ(path, "value", *texts)


def _contents(walk: Walk, path: str, recorded: Any, now: Any) -> None:
    if isinstance(recorded, (bytes, bytearray)):
        _bytes(walk, path, recorded, now)
    elif isinstance(recorded, dict):
        _dicts(walk, path, recorded, now)
        _attributes(walk, path, recorded, now)
    elif isinstance(recorded, (list, tuple)):
        _sequences(walk, path, recorded, now)
        _attributes(walk, path, recorded, now)
    elif isinstance(recorded, (set, frozenset)):
        _sets(walk, path, recorded, now)
    else:
        _objects(walk, path, recorded, now)


def _bytes(walk: Walk, path: str, recorded: Any, now: Any) -> None:
    if recorded == now:
        return
    pairs = zip(recorded, now, strict=False)
    first = next((i for i, (one, other) in enumerate(pairs) if one != other), min(len(recorded), len(now)))
    texts = [count(len(value), "byte") for value in (recorded, now)]
    walk.differ(path, "value", texts[0], f"{texts[1]}, other from byte {first:,} on")


def _dicts(walk: Walk, path: str, recorded: Any, now: Any) -> None:
    if _are_same_atoms(recorded, now):
        return
    for key, value in recorded.items():
        if key in now:
            walk.compare(f"{path}[{key_text(key)}]", value, now[key])
        else:
            walk.differ(f"{path}[{key_text(key)}]", "missing", shown(value), None)
    for key, value in now.items():
        if key not in recorded:
            walk.differ(f"{path}[{key_text(key)}]", "added", None, shown(value))
    is_ordered = isinstance(recorded, OrderedDict) and recorded.keys() == now.keys()
    if is_ordered and list(recorded) != list(now):
        walk.differ(path, "order", "keys in one order", "in another order")


def key_text(key: Any) -> str:
    """Return a key as a path has it."""
    return shorten(repr(key)) if isinstance(key, (str, int, float, bytes, type(None))) else shown(key)


def _are_same_atoms(recorded: dict[Any, Any], now: dict[Any, Any]) -> bool:
    """Tell at a glance that two rows of data are the same; False says nothing."""
    if recorded.keys() != now.keys() or isinstance(recorded, OrderedDict):
        return False
    return all(
        value is now[key] or (type(value) in _ATOMS and type(now[key]) is type(value) and value == now[key])
        for key, value in recorded.items()
    )


def _sequences(walk: Walk, path: str, recorded: Any, now: Any) -> None:
    if len(recorded) != len(now):
        walk.differ(path, "length", count(len(recorded), "item"), count(len(now), "item"))
    names = getattr(recorded, "_fields", None) if isinstance(recorded, tuple) else None
    for position, (value, other) in enumerate(zip(recorded, now, strict=False)):
        if value is not other:
            place = f".{names[position]}" if names is not None else f"[{position}]"
            walk.compare(path + place, value, other)


def _sets(walk: Walk, path: str, recorded: Any, now: Any) -> None:
    missing, added = recorded - now, now - recorded
    if len(missing) == len(added) and all(map(is_number, missing | added)):
        for value, other in zip(*(sorted(side, key=repr) for side in (missing, added)), strict=True):
            walk.compare(f"{path}{{{shown(value)}}}", value, other)
        return
    if missing and added and not all(isinstance(item, (*_PLAIN, *_NAMED, Number, bytes)) for item in missing):
        walk.give_up(path, f"which of {len(missing)} objects in a set belong together is not known")
        return
    for item in sorted(map(shown, missing)):
        walk.differ(path, "missing", item, None)
    for item in sorted(map(shown, added)):
        walk.differ(path, "added", None, item)


def _attributes(walk: Walk, path: str, recorded: Any, now: Any) -> None:
    """Compare the attributes that a subclass of a container has."""
    for name in dict.fromkeys([*getattr(recorded, "__dict__", ()), *getattr(now, "__dict__", ())]):
        _attribute(walk, f"{path}.{name}", vars(recorded), vars(now), name)


def _attribute(walk: Walk, path: str, recorded: Any, now: Any, name: Any) -> None:
    if name not in now:
        walk.differ(path, "missing", shown(recorded[name]), None)
    elif name not in recorded:
        walk.differ(path, "added", None, shown(now[name]))
    else:
        walk.compare(path, recorded[name], now[name])


def _objects(walk: Walk, path: str, recorded: Any, now: Any) -> None:
    """Compare two objects by what pickle stores of them."""
    try:
        states = state_of(recorded), state_of(now)
    except Exception as error:
        walk.give_up(
            path, f"the state of a '{kind_name(recorded)}' cannot be read: {type(error).__name__}: {error}"
        )
        return
    one, other = states
    for name in dict.fromkeys([*one.attributes, *other.attributes]):
        _attribute(walk, f"{path}.{name}", one.attributes, other.attributes, name)
    for name in ("made_from", "state", "items", "pairs"):
        value, counterpart = getattr(one, name), getattr(other, name)
        if value is not None or counterpart is not None:
            place = "" if name == "items" or name == "pairs" else f" ({name})"
            walk.compare(path + place.replace("_", " "), value, counterpart)


_Accepts = Callable[[Any], bool]
_Compare = Callable[[Walk, str, Any, Any], None]
_KINDS: tuple[tuple[_Accepts, _Compare], ...] = (
    (tables.is_frame, tables.compare_frames),
    (tables.is_column, tables.compare_columns),
    (arrays.is_array, arrays.compare_arrays),
)
