"""Comparing NumPy arrays, and what can be made one, such as a tensor.

NumPy is never imported here: a process that has an array has imported it.
"""

from __future__ import annotations

import math
import sys
from typing import Any

from zenml_pin.pipelines.comparison.walk import Walk, shown

_NUMBERS = frozenset("iufc")
_WHOLE = frozenset("iu")
_TEXTS = frozenset("SU")
_TIMES = frozenset("mM")


def is_array(value: Any) -> bool:
    """Tell whether a value is an array, a NumPy scalar, or another library's array of numbers."""
    numpy = sys.modules.get("numpy")
    if numpy is None or isinstance(value, type):
        return False
    if isinstance(value, (numpy.ndarray, numpy.generic)):
        return True
    return hasattr(type(value), "__array__") and not hasattr(type(value), "__dataframe__")


def unwrapped(value: Any) -> Any:
    """Return a truth value or text of NumPy as Python's own; any other value as it is."""
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, numpy.generic) and value.dtype.kind in "bSU":
        return value.item()
    return value


def compare_arrays(walk: Walk, path: str, recorded: Any, now: Any) -> None:
    """Compare two arrays: shape, then element by element."""
    numpy = sys.modules["numpy"]
    if type(recorded) is not type(now) and not all(
        isinstance(value, (numpy.ndarray, numpy.generic)) for value in (recorded, now)
    ):
        walk.differ(path, "type", type(recorded).__qualname__, type(now).__qualname__)
        return
    try:
        one, other = _array(recorded), _array(now)
    except Exception as error:
        walk.give_up(path, f"a '{type(recorded).__qualname__}' cannot be made an array: {error}")
        return
    if one.shape != other.shape:
        walk.differ(path, "shape", f"shape {one.shape}", f"shape {other.shape}")
        return
    if isinstance(one, numpy.ma.MaskedArray) or isinstance(other, numpy.ma.MaskedArray):
        _masked(walk, path, one, other)
    else:
        _elements(walk, path, one, other)


def _array(value: Any) -> Any:
    numpy = sys.modules["numpy"]
    if isinstance(value, numpy.ma.MaskedArray):
        return value
    # A tensor with a gradient refuses to be an array.
    return numpy.asarray(value.detach() if hasattr(value, "detach") else value)


def _masked(walk: Walk, path: str, one: Any, other: Any) -> None:
    numpy = sys.modules["numpy"]
    masks = [numpy.ma.getmaskarray(side) for side in (one, other)]
    _elements(walk, f"{path}.mask", *masks)
    both = ~(masks[0] | masks[1])
    _elements(walk, path, numpy.ma.getdata(one)[both], numpy.ma.getdata(other)[both])


def _elements(walk: Walk, path: str, one: Any, other: Any) -> None:
    kinds = one.dtype.kind, other.dtype.kind
    if one.dtype.names is not None and one.dtype.names == other.dtype.names:
        for name in one.dtype.names:
            _elements(walk, f"{path}[{name!r}]", one[name], other[name])
        return
    unequal = _find_unequal(walk, one, other)
    if unequal is None:
        if "O" in kinds:
            _one_by_one(walk, path, one, other)
        else:
            walk.differ(path, "type", f"array of {one.dtype}", f"array of {other.dtype}")
        return
    if one.dtype != other.dtype:
        walk.note(path, f"recorded {one.dtype}, now {other.dtype}")
    if unequal.any():
        _tell_farthest(walk, path, one, other, unequal)
    elif _NUMBERS.issuperset(kinds) and one.size:
        far = numpy_distances(one, other)
        walk.equal_within(float(far.max()))


def _find_unequal(walk: Walk, one: Any, other: Any) -> Any:
    """Return which elements are not equal, as an array of bool; None where two kinds cannot be compared so."""
    numpy = sys.modules["numpy"]
    kinds = {one.dtype.kind, other.dtype.kind}
    if kinds <= _WHOLE or kinds == {"b"} or (kinds <= _TEXTS and len(kinds) == 1):
        return one != other
    if kinds <= _TIMES and len(kinds) == 1:
        return (one != other) & ~(numpy.isnat(one) & numpy.isnat(other))
    if kinds <= _NUMBERS:
        wide = numpy.result_type(one, other, numpy.float64)
        left, right = one.astype(wide), other.astype(wide)
        tolerance = walk.tolerance
        with numpy.errstate(all="ignore"):
            return ~numpy.isclose(right, left, tolerance.rtol, tolerance.atol, equal_nan=True)
    return None


def numpy_distances(one: Any, other: Any) -> Any:
    """Return how far the numbers of two arrays are apart: 0 for NaN and NaN, infinity for NaN and a number."""
    numpy = sys.modules["numpy"]
    wide = numpy.result_type(one, other, numpy.float64)
    left, right = one.astype(wide), other.astype(wide)
    with numpy.errstate(all="ignore"):
        far = numpy.abs(right - left)
    is_same = (left == right) | (numpy.isnan(left) & numpy.isnan(right))
    return numpy.where(is_same, 0.0, numpy.where(numpy.isnan(far), numpy.inf, far))


def _tell_farthest(walk: Walk, path: str, one: Any, other: Any, unequal: Any) -> None:
    numpy = sys.modules["numpy"]
    is_number = {one.dtype.kind, other.dtype.kind} <= _NUMBERS
    order = numpy.where(unequal, numpy_distances(one, other), -1.0) if is_number else unequal
    index = numpy.unravel_index(int(numpy.argmax(order)), order.shape)
    place = f"{path}[{', '.join(str(int(i)) for i in index)}]" if index else path
    facts: dict[str, Any] = {"count": int(unequal.sum()), "total": int(unequal.size)}
    if is_number:
        distance, size = float(order[index]), float(abs(one[index]))
        facts["distance"] = distance
        facts["relative"] = distance / size if 0 < size < math.inf else None
    walk.differ(place, "value", shown(one[index]), shown(other[index]), **facts)


def _one_by_one(walk: Walk, path: str, one: Any, other: Any) -> None:
    """Compare arrays of objects."""
    numpy = sys.modules["numpy"]
    for index in numpy.ndindex(one.shape):
        place = f"[{', '.join(map(str, index))}]" if index else ""
        walk.compare(path + place, _plain(one[index]), _plain(other[index]))


def _plain(element: Any) -> Any:
    """Return a NumPy scalar as Python's own value: an array of objects may be compared with one of texts."""
    numpy = sys.modules["numpy"]
    is_scalar = isinstance(element, numpy.generic) and element.dtype.kind not in "mMV"
    return element.item() if is_scalar else element
