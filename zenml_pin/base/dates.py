"""Words: days and counts as people read them.

>>> count(1, "pin"), count(2000, "pin"), day(1610366400)
('1 pin', '2,000 pins', '2021-01-11')
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone


def count(number: int, noun: str) -> str:
    """Return a number with its noun."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def day(seconds: int, minutes: int = 0) -> str:
    """Return a commit's day where it was made; one that no calendar has stays a number."""
    moment = when(seconds, minutes)
    return f"@{seconds}" if moment is None else moment.strftime("%Y-%m-%d")


def minute(seconds: int, minutes: int = 0) -> str:
    """Return a commit's time to the minute, with its zone."""
    moment = when(seconds, minutes)
    return f"@{seconds}" if moment is None else moment.strftime("%Y-%m-%d %H:%M %z")


def when(seconds: int, minutes: int = 0) -> datetime | None:
    """Return a commit's time where it was made; None for one that no calendar has."""
    try:
        return datetime.fromtimestamp(seconds, timezone(timedelta(minutes=minutes)))
    except (ValueError, OverflowError, OSError):
        return None


def subject(message: str) -> str:
    """Return the first line of a commit's message."""
    return message.lstrip("\n").partition("\n")[0]


def show_date(seconds: int, minutes: int) -> str:
    """Return a commit's time as git shows it in ISO form; one that no calendar has stays a number."""
    try:
        zone = timezone(timedelta(minutes=minutes))
        return datetime.fromtimestamp(seconds, zone).strftime("%Y-%m-%d %H:%M:%S %z")
    except (ValueError, OverflowError, OSError):
        return f"@{seconds}"
