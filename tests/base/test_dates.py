"""Days and counts as people read them; any time in a commit can be shown."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from tests.support.repositories import Repo, git, put, put_tree
from zenml_pin.base.dates import day, minute, show_date, subject, when
from zenml_pin.base.text import count

NO_CALENDAR = {
    "far future": (10**20, 0),
    "far past": (-(10**20), 0),
    "a day of zone": (0, 24 * 60),
    "endless zone": (0, -(10**20)),
}


@pytest.mark.parametrize(("seconds", "zone"), NO_CALENDAR.values(), ids=NO_CALENDAR)
def test_time_outside_the_calendar_stays_a_number(seconds: int, zone: int) -> None:
    """A commit may have any time."""
    assert when(seconds, zone) is None
    assert {day(seconds, zone), minute(seconds, zone), show_date(seconds, zone)} == {f"@{seconds}"}


@given(st.integers(), st.integers())
def test_any_time_is_shown_on_one_line(seconds: int, zone: int) -> None:
    """Each format begins with the same day."""
    shown = [minute(seconds, zone), show_date(seconds, zone)]

    assert all(text.startswith(day(seconds, zone)) and text.isprintable() for text in shown)


# git itself refuses a time that its zone puts before 1970.
TIMES = [86400, 951782400, 1610366400, 2**31, 2**32 + 1, 32503680000]
ZONES = [0, 60, -210, 345, 765, -720]


@pytest.mark.git
@pytest.mark.parametrize("zone", ZONES)
def test_dates_are_those_that_git_shows(repo: Repo, zone: int) -> None:
    """In ISO form, in the time zone of the commit."""
    tree = put_tree(repo, {})
    sign, (hours, minutes) = "-" if zone < 0 else "+", divmod(abs(zone), 60)
    for seconds in TIMES:
        person = f"A <a@b> {seconds} {sign}{hours:02}{minutes:02}"
        commit_id = put(repo, "commit", f"tree {tree}\nauthor {person}\ncommitter {person}\n\nx\n".encode())

        assert show_date(seconds, zone) == git("log", "-1", "--format=%ci", commit_id, cwd=repo.path).strip()


def test_counts_have_their_noun() -> None:
    """One has no "s", and thousands have a comma."""
    assert [count(number, "pin") for number in (0, 1, 2, 12345)] == [
        "0 pins",
        "1 pin",
        "2 pins",
        "12,345 pins",
    ]


@pytest.mark.parametrize(
    ("message", "line"), [("one\n\ntwo\n", "one"), ("\n\none\n", "one"), ("one", "one"), ("", ""), ("\n", "")]
)
def test_subject_is_the_first_line_that_has_text(message: str, line: str) -> None:
    """As `git log --oneline` shows it."""
    assert subject(message) == line
