"""When two numbers are equal, and how far they are apart.

    |now - recorded|  <=  atol + rtol * |recorded|

as NumPy's `isclose` has it. Two integers are equal only if they are the same. NaN equals NaN.

>>> Tolerance().are_close(0.1 + 0.2, 0.3), Tolerance(rtol=0.1).are_close(100, 101)
(True, False)
"""

from __future__ import annotations

import math
from numbers import Integral
from typing import Any

import attrs

from zenml_pin.errors import UnsupportedError


def _is_usable(instance: object, attribute: attrs.Attribute[float], value: float) -> None:
    if not 0 <= value < math.inf:
        raise UnsupportedError(f"{attribute.name} is {value}", "give a number from 0 on, such as 1e-6")


@attrs.frozen
class Tolerance:
    """How far two numbers may be apart that count as equal.

    Attributes:
        rtol: Relative to the recorded number.
        atol: Absolute.
    """

    rtol: float = attrs.field(default=1e-9, validator=_is_usable)
    atol: float = attrs.field(default=1e-12, validator=_is_usable)

    def are_close(self, recorded: Any, now: Any) -> bool:
        """Tell whether two numbers are equal."""
        if recorded == now or (recorded != recorded and now != now):
            return True
        if isinstance(recorded, Integral) and isinstance(now, Integral):
            return False
        distance = distance_of(recorded, now)
        # Nothing is close to an infinite number.
        return distance < math.inf and distance <= self.atol + self.rtol * size_of(recorded)


def distance_of(recorded: Any, now: Any) -> float:
    """Return how far two numbers of any types are apart; infinity where that cannot be computed."""
    try:
        distance = float(abs(now - recorded))
        return distance if distance == distance else math.inf
    except TypeError:
        # Such as a Decimal and a float.
        return _of_floats(recorded, now)
    except (ArithmeticError, ValueError):
        return math.inf


def _of_floats(recorded: Any, now: Any) -> float:
    try:
        return abs(float(now) - float(recorded))
    except (TypeError, ValueError, ArithmeticError):
        return math.inf


def size_of(number: Any) -> float:
    """Return the absolute value of a number as a float."""
    try:
        return float(abs(number))
    except (ArithmeticError, ValueError):
        return math.inf
