"""When a system call fails: nothing is lost or partly written, nothing hangs, and the next call works.

operation x fault, at the first call that can fail, the second, the third, the fifth, ...
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from tests.support.repositories import git
from tests.support.trust.injected_faults import INJECTED, Operator, can_trace
from tests.support.trust.operations_under_faults import DONE, OPERATIONS
from tests.support.trust.repository_under_faults import Ground, build


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    """The process that carries out the operations."""
    with Operator(str(build(tmp_path_factory.mktemp("warm") / "repo", "warm"))) as new_operator:
        yield new_operator


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory, operator: Operator) -> Ground:
    """The repository in which they run."""
    folder = tmp_path_factory.mktemp("ground")
    return Ground(folder, operator, build(folder / "template", "cold"))


@pytest.mark.slow
@pytest.mark.parametrize("fault", [*INJECTED, "limits"])
def test_nothing_is_lost_and_the_next_call_works(
    ground: Ground, fault: str, announce: Callable[[str], None]
) -> None:
    """Working tree and `.git` stay the same, except for files that an operation writes: those are complete."""
    reason = None if fault == "limits" else can_trace()
    if reason is not None:
        pytest.skip(reason)
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    for operation in OPERATIONS:
        for word, lines in ground.faults(operation, fault):
            counts[word] += 1
            wrong += [f"{operation}: {line}" for line in lines]

    summary = ", ".join(f"{count} {word}" for word, count in sorted(counts.items()))
    announce(
        f"fault {fault}: {len(OPERATIONS)} operations, {counts.total()} tries: {summary}; "
        f"{len(wrong)} lost, half written, hanging or foreign"
    )
    assert wrong == []


# Commands of git for a repository that is in use; new objects come first.
TIDYING = {
    "gc": [["gc", "-q", "--prune=now"]],
    "repack -ad": [["repack", "-adq"]],
    "prune": [["prune", "--expire=now"], ["prune-packed", "-q"], ["pack-refs", "--all"]],
    "fetch": [["fetch", "-q", "../other", "+refs/heads/*:refs/remotes/other/*"]],
}


@contextmanager
def tidying(repo: Path, commands: list[list[str]]) -> Iterator[list[int]]:
    """Let git work on a repository in a block, over and over; yield the number of rounds."""
    other = repo.parent / "other"
    shutil.rmtree(other, ignore_errors=True)
    git("clone", "-q", os.fspath(repo), os.fspath(other), cwd=repo.parent)
    stop, rounds = Event(), [0]

    def work() -> None:
        # One round, also where all operations have ended before git has begun.
        while not (rounds[0] and stop.is_set()):
            for folder, name in ((repo, "side"), (other, "main")):
                commit_id = git("commit-tree", "HEAD^{tree}", "-m", str(rounds[0]), cwd=folder).strip()
                git("update-ref", f"refs/heads/{name}", commit_id, cwd=folder)
            for command in commands:
                git(*command, cwd=repo)
            rounds[0] += 1

    thread = Thread(target=work)
    thread.start()
    try:
        yield rounds
    finally:
        stop.set()
        thread.join()


@pytest.mark.git
@pytest.mark.slow
@pytest.mark.parametrize("command", TIDYING)
def test_operations_go_on_while_git_works(
    ground: Ground, command: str, announce: Callable[[str], None]
) -> None:
    """Meanwhile objects move from files to packs and from pack to pack."""
    repo = ground.copy()
    came: Counter[tuple[str, int | None]] = Counter()
    with tidying(repo, TIDYING[command]) as rounds:
        for _ in range(6):
            for operation in OPERATIONS:
                came[operation, ground.operator.do(operation, os.fspath(repo)).code] += 1

    announce(f"while git {command}: {came.total()} operations, {rounds[0]} rounds of git, 0 failed")
    assert {code for _, code in came} == {DONE}
    assert rounds[0] >= 1
    assert (
        subprocess.run(["git", "fsck", "--strict"], cwd=repo, capture_output=True, check=False).returncode
        == 0
    )
