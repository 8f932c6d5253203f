"""Ids of runs: how a person writes one, and how an error of a run names it.

    id = <day> "-" <time> "-" <six hex digits>        20261130-164745-3fa2b1, the time at which the run began, UTC

A person may write the beginning of an id, or its six digits alone; "last" for the newest run, "last~1" for the one
before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from zenml_pin.errors import UnknownNameError, UnsupportedError

_SHOWN = 5
_DIGITS = 6
_RELATIVE = re.compile(r"last(?:~([0-9]{1,9}))?")


def is_relative(text: str) -> bool:
    """Tell whether a text is "last", or "last~" and a number."""
    return _RELATIVE.fullmatch(text) is not None


def choose_id(text: str, ids: Iterable[str]) -> str:
    """Return the id that a text means.

    Args:
        text: What a person wrote.
        ids: The ids of all runs, oldest first.

    Raises:
        UnknownNameError: No run has that id.
        UnsupportedError: Several ids begin with it.
    """
    known = list(ids)
    relative = _RELATIVE.fullmatch(text)
    if relative is not None and int(relative[1] or 0) < len(known):
        return known[-1 - int(relative[1] or 0)]
    if text in known:
        return text
    matching = [name for name in known if text and (name.startswith(text) or name[-_DIGITS:] == text)]
    if len(matching) == 1:
        return matching[0]
    if not matching:
        raise UnknownNameError("run", text, known, hint_of_runs(text, known))
    more = ", ..." if len(matching) > _SHOWN else ""
    raise UnsupportedError(
        f"'{text}' is the beginning of {len(matching)} ids of runs",
        f"write more of it: {', '.join(matching[-_SHOWN:])}{more}",
    )


def hint_of_runs(text: str, known: Iterable[str]) -> str:
    """Return what helps a person who named no run."""
    from difflib import get_close_matches

    near = ", ".join(get_close_matches(text, list(known), 3))
    return f"near misses: {near}; 'zenml-pin runs' lists all" if near else "'zenml-pin runs' lists all"


def name_run(error: BaseException, run_id: str) -> None:
    """Say in an exception which run it ended."""
    error.__dict__["run_id"] = run_id
    error.add_note(f"run {run_id}: 'zenml-pin runs {run_id}' shows it")
