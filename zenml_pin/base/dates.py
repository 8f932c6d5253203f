r"""Facts of commits as people read them: days, times, and the subject of a message.

>>> day(1610366400), subject("fix: a typo\n\nIn the README.")
('2021-01-11', 'fix: a typo')
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone


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
