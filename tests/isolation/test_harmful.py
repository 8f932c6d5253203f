"""Code that means harm: each case is stopped and told, or is on the list of what is not promised."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.isolation.harm_targets import KEY, Targets, targets
from tests.support.isolation.harmful_code import CASES, NOT_GIVEN, Case
from tests.support.isolation.sandboxed_trials import ALL, NAMESPACES, as_module, try_code
from zenml_pin.isolation.trial import Trial
from zenml_pin.isolation.walls_here import standing_walls

# Stopped, and told by nothing: what they look for is not there, or another error than a denial answers them.
UNTOLD = {
    "read: sqlite3 attach",
    "read: files of others in /dev/shm",
    "read: descriptors that were left open",
    "read: secrets of the environment",
    "read: the environment of another process",
    "read: the command line of another process",
    "read: the memory of another process",
    "read: the root of another process",
    "write: mkfifo",
    "process: a signal by descriptor",
    "process: its priority",
    "process: its processors",
    "process: clone3",
    "roundabout: a certificate",
    "roundabout: shared memory by its name",
    "roundabout: a copy of a database",
    "root: a device",
    "root: precedence over all processes",
}


@contextmanager
def aims_at(place: Path) -> Iterator[Targets]:
    """What the cases aim at, and a parent with a secret in its environment and an open descriptor."""
    with targets(place) as made, pytest.MonkeyPatch.context() as patch:
        patch.setenv("FAKE_TOKEN", KEY)
        descriptor = os.open(made.home / ".ssh" / "id", os.O_RDONLY)
        os.set_inheritable(descriptor, True)
        try:
            yield made
        finally:
            os.close(descriptor)


@pytest.fixture(scope="module")
def aims() -> Iterator[Targets]:
    """One of each for all cases: that none is changed is what they show."""
    with tempfile.TemporaryDirectory() as folder, aims_at(Path(folder)) as made:
        yield made


@pytest.fixture
def new_aims(disk_path: Path) -> Iterator[Targets]:
    """One of each for a case that reaches them."""
    with aims_at(disk_path) as made:
        yield made


def attempt(aims: Targets, case: Case, **options: tuple[str, ...] | int) -> Trial:
    """Run a case; it must come to its end."""
    trial = try_code(aims.repo, as_module(case.code, aims), **options)  # type: ignore[arg-type]
    assert trial.outcome == "loaded", trial.message
    assert "REACHED" in trial.printed or "STOPPED" in trial.printed
    return trial


def is_stopped(trial: Trial) -> bool:
    """Tell whether a case did not reach what it aims at."""
    return "REACHED" not in trial.printed


def is_told(trial: Trial, case: Case, aims: Targets) -> bool:
    """Tell whether an event tells of a case."""
    wanted = case.told
    for name, value in aims.names.items():
        wanted = wanted.replace(f"{{{name}}}", str(value))
    return any(wanted in event.text for event in trial.events)


def can_be_told(case: Case) -> bool:
    """Tell whether a refused system call can be told here: a filter that is around this test itself answers first."""
    own = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return "(" not in case.told or ("seccomp" in standing_walls().names and int(own.get("Seccomp", 0)) == 0)


# The quick suite tries every fourth case, `.ci/run` all of them.
SOME_QUICK = [
    pytest.param(name, marks=() if number % 4 == 0 else pytest.mark.slow) for number, name in enumerate(CASES)
]


@pytest.mark.quick(every=9)
@pytest.mark.parametrize("name", SOME_QUICK)
def test_harmful_code_is_stopped_and_told(aims: Targets, name: str) -> None:
    """With the walls that this machine has; a case that needs a missing wall is skipped, with its reason."""
    case = CASES[name]
    walls = standing_walls()
    if case.walls and not set(case.walls) & set(walls.names):
        pytest.skip(f"not promised here: {walls.text}")
    before = aims.content()

    trial = attempt(aims, case)

    assert is_stopped(trial), trial.printed
    assert KEY not in trial.printed
    assert aims.content() == before
    assert aims.is_sleeping()
    assert not aims.was_contacted()
    assert is_told(trial, case, aims) or not case.told or not can_be_told(case), trial.events


def test_what_is_not_told_is_on_a_list() -> None:
    """Every other case is told, and there are more than sixty."""
    assert {name for name, case in CASES.items() if not case.told} == UNTOLD & set(CASES)
    assert len(set(CASES) - UNTOLD) > 60


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(CASES) - NOT_GIVEN))
def test_case_reaches_its_aim_without_walls(new_aims: Targets, name: str) -> None:
    """So that the walls are what stops it, and the case means what it says."""
    trial = attempt(new_aims, CASES[name], left_out=ALL)

    assert not is_stopped(trial), trial.printed
    assert trial.denied == ()


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_landlock_and_seccomp_alone(aims: Targets, name: str) -> None:
    """As in a container that forbids namespaces."""
    case = CASES[name]
    names = set(standing_walls().names) - set(NAMESPACES)
    if case.walls and not set(case.walls) & names:
        pytest.skip(f"not promised here: {standing_walls().text}")
    trial = attempt(aims, case, left_out=NAMESPACES)

    assert is_stopped(trial), trial.printed
    assert aims.is_sleeping()
    assert not aims.was_contacted()
