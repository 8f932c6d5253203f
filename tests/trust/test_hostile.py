"""P1, P9: a hostile repository gives the right answer or the one expected error.

The tables are the list; each case makes its own repository, which is read through the public calls, with a limit
on memory and on time.
"""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.support.forget_caches import forgotten
from tests.support.repositories import Repo
from tests.support.time_limit import time_limit
from tests.support.trust import (
    hostile_commits,
    hostile_configs,
    hostile_files,
    hostile_links,
    hostile_packs,
    hostile_trees,
)
from tests.support.trust.hostile_case import Case, Cases
from zenml_pin.errors import PinError

TABLES: dict[str, Cases] = {
    "trees": hostile_trees.CASES,
    "links": hostile_links.CASES,
    "commits and refs": hostile_commits.CASES,
    "packs and bombs": hostile_packs.CASES,
    "settings": hostile_configs.CASES,
    "files": hostile_files.CASES,
}
# Each case reads a working tree in every way, a hundred and fifty times.
_SLOW = {"files"}


@contextmanager
def little_memory(room: int = 2**30) -> Iterator[None]:
    """Let the process grow by only one gigabyte: a bomb that explodes is a MemoryError."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    with open("/proc/self/statm", "rb") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + room, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _params() -> Iterator[object]:
    for table, cases in TABLES.items():
        marks = [pytest.mark.slow] if table in _SLOW else []
        for name, case in cases.items():
            yield pytest.param(case, id=f"{table}: {name}", marks=marks)


@pytest.mark.quick(every=5)
@pytest.mark.parametrize("case", list(_params()))
def test_hostile_repository_has_its_outcome(repo: Repo, case: Case) -> None:
    """The value, or an error of that class with one line."""
    commit_id = case.make(repo)

    with forgotten(), little_memory(), time_limit():
        if isinstance(case.expected, type) and issubclass(case.expected, PinError):
            with pytest.raises(case.expected) as caught:
                case.ask(repo, commit_id)
            assert isinstance(caught.value, PinError)
            assert caught.value.message.isprintable()
        else:
            assert case.ask(repo, commit_id) == case.expected


def test_the_tables_are_long_enough(announce: Callable[[str], None]) -> None:
    """The counts are for CI; the test above checks each case."""
    counts = ", ".join(f"{len(cases)} {table}" for table, cases in TABLES.items())
    total = sum(map(len, TABLES.values()))
    announce(f"hostile repositories with their expected outcome: {total} ({counts})")

    assert total >= 150
