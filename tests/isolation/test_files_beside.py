"""A trial sees the files beside the code, with any walls: in its own /dev/shm, or in its private folder."""

from __future__ import annotations

import os
from typing import Any

import pytest

from tests.support.isolation.sandboxed_trials import ALL, NAMESPACES, try_code
from tests.support.repositories import Repo

CODE = """
import configparser, glob, os, pathlib, sqlite3
HERE = pathlib.Path(__file__).resolve().parent
parser = configparser.ConfigParser()
assert parser.read(HERE / "settings.ini") == [str(HERE / "settings.ini")]
assert sorted(path.name for path in HERE.glob("*.ini")) == ["settings.ini"]
assert (HERE.parent / "VERSION").read_text() == "7"
assert (HERE / "deep" / "data.bin").read_bytes() == b"\\0" * 10
print(HERE)
"""
FILES: dict[str, Any] = {
    "VERSION": "7",
    "trainers": {"settings.ini": "[a]\nb = 1\n", "deep": {"data.bin": b"\0" * 10}},
}
WALLS = {"all walls": (), "no namespaces": NAMESPACES, "no mounts": ("mounts",), "no walls": ALL}


@pytest.mark.quick(every=4)
@pytest.mark.parametrize("left_out", WALLS.values(), ids=WALLS)
def test_trial_finds_the_files_beside_the_code(repo: Repo, left_out: tuple[str, ...]) -> None:
    """And nothing that this package does for it is reported as the code's."""
    trial = try_code(repo, CODE, left_out=left_out, beside=FILES)

    assert trial.outcome == "loaded", trial.message
    assert not trial.needs_more
    assert {event.what for event in trial.events} <= {"open"}
    assert trial.printed.strip().endswith("/trainers")
    assert not os.path.exists(trial.printed.strip())
