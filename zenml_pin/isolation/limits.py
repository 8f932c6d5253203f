"""Limits: how much time and memory a trial may use.

>>> TrialLimits(seconds=5).megabytes
2048
"""

from __future__ import annotations

import attrs


@attrs.frozen
class TrialLimits:
    """What a trial may use.

    Attributes:
        seconds: Time on the clock.
        megabytes: Memory of each of its processes, as RLIMIT_DATA counts it: allocated memory, not files in memory.

    Raises:
        ValueError: One of them is not above 0.
    """

    seconds: float = attrs.field(default=30.0, converter=float, validator=attrs.validators.gt(0))
    megabytes: int = attrs.field(default=2048, converter=int, validator=attrs.validators.gt(0))
