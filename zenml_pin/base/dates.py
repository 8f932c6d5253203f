"""Facts as people read them: days, times, counts, and the subject of a commit message.

>>> count(1, "pin"), count(2000, "pin"), day(1610366400)
('1 pin', '2,000 pins', '2021-01-11')
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone


def count(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural unless the number is 1."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def day(seconds: int, minutes: int = 0) -> str:
    """Return the day of a commit in its own time zone; "@seconds" where the calendar does not have that day."""
    moment = when(seconds, minutes)
    return f"@{seconds}" if moment is None else moment.strftime("%Y-%m-%d")


def minute(seconds: int, minutes: int = 0) -> str:
    """Return the time of a commit to the minute, with its time zone; "@seconds" where the calendar does not have it."""
    moment = when(seconds, minutes)
    return f"@{seconds}" if moment is None else moment.strftime("%Y-%m-%d %H:%M %z")


def when(seconds: int, minutes: int = 0) -> datetime | None:
    """Return the time of a commit in its own time zone; None where the calendar does not have it.

    Args:
        seconds: Since the epoch, UTC.
        minutes: The time zone, in minutes east of UTC.
    """
    try:
        return datetime.fromtimestamp(seconds, timezone(timedelta(minutes=minutes)))
    except (ValueError, OverflowError, OSError):
        return None


def subject(message: str) -> str:
    """Return the first line of a commit's message."""
    return message.lstrip("\n").partition("\n")[0]


def show_date(seconds: int, minutes: int) -> str:
    """Return the time of a commit as git shows it in ISO form; "@seconds" where the calendar does not have it."""
    moment = when(seconds, minutes)
    return f"@{seconds}" if moment is None else moment.strftime("%Y-%m-%d %H:%M:%S %z")
