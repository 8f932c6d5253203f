"""The scale of a timeline: from times to positions in percent, and the positions of its calendar marks.

>>> scale = Scale.over([1609459200, 1640995200], 1672531200)
>>> scale.position(1609459200), scale.head, [text for _, text in scale.ticks]
('1.00%', '98.00%', ['2021', '2022'])
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import attrs

from zenml_pin.base.dates import when

_FIRST, _LAST = 1.0, 98.0
# As many labels as a phone has room for.
_MAX_TICKS = 4
_DAY = 86_400
# Steps in months, then in seconds for what is shorter.
_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120, 240)
_SECONDS = (60, 300, 900, 3600, 10_800, 21_600, 43_200, _DAY, 2 * _DAY, 7 * _DAY, 14 * _DAY)


@attrs.frozen
class Scale:
    """A scale from one time to another.

    Attributes:
        start, stop: The times at its ends, in seconds since the epoch.
        head: The position of HEAD, in percent; None without a HEAD.
        ticks: The positions of calendar marks, each with its text.
    """

    start: int
    stop: int
    head: str | None
    ticks: tuple[tuple[str, str], ...] = ()

    @classmethod
    def over(cls, times: Iterable[int], head_time: int | None) -> Scale:
        """Return a scale over times. Leaves out times outside the calendar, which hostile commits may have."""
        known = [time for time in times if time > 0 and when(time) is not None]
        has_head = head_time is not None and head_time > 0 and when(head_time) is not None
        ends = [*known, *([head_time] if has_head and head_time is not None else [])]
        start, stop = min(ends, default=0), max(ends, default=0)
        plain = cls(start, stop, None)
        head = plain.position(head_time) if has_head and head_time is not None else None
        limit = 88.0 if head is not None else _LAST
        marks = [(plain.position(time), text) for time, text in _ticks(start, stop)]
        ticks = [
            (position, text)
            for position, text in marks
            if position is not None and float(position[:-1]) < limit
        ]
        return attrs.evolve(plain, head=head, ticks=tuple(ticks))

    def position(self, time: int) -> str | None:
        """Return the position of a time, in percent; None if it is outside the scale."""
        if not self.start <= time <= self.stop:
            return None
        share = (time - self.start) / (self.stop - self.start) if self.stop > self.start else 1.0
        return f"{_FIRST + (_LAST - _FIRST) * share:.2f}%"


def _ticks(start: int, stop: int) -> Iterator[tuple[int, str]]:
    if stop <= start:
        return
    for step in _SECONDS:
        if (stop - start) / step <= _MAX_TICKS:
            text = "%d %b" if step >= _DAY else "%d %b %H:%M"
            yield from _by_seconds(start, stop, step, text)
            return
    for months in _MONTHS:
        if (stop - start) / (months * 30.4 * _DAY) <= _MAX_TICKS:
            break
    yield from _by_months(start, stop, months)


def _by_seconds(start: int, stop: int, step: int, text: str) -> Iterator[tuple[int, str]]:
    for time in range(-(-start // step) * step, stop + 1, step):
        yield time, datetime.fromtimestamp(time, UTC).strftime(text)


def _by_months(start: int, stop: int, months: int) -> Iterator[tuple[int, str]]:
    first = datetime.fromtimestamp(start, UTC)
    number = -(-(first.year * 12 + first.month - 1) // months) * months
    while number // 12 <= 9999:
        moment = datetime(number // 12, number % 12 + 1, 1, tzinfo=UTC)
        time = int(moment.timestamp())
        if time > stop:
            return
        if time >= start:
            yield time, moment.strftime("%Y" if months >= 12 else "%b %Y")
        number += months
