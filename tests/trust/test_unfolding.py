"""Trees that repeat each other: eleven trees stand for ten thousand million files. No walk goes through all of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import zenml_pin
from tests.support.repositories import FILE, FOLDER, Repo, put, put_commit, put_entries, set_head
from tests.support.trust.hostile_case import STEP
from zenml_pin.bundles.bundle import Bundle
from zenml_pin.cli import main
from zenml_pin.errors import LimitError, PinError, UncommittedChangesError, UnsupportedError
from zenml_pin.verification import verify

NAME = "pkg.step.A"
MOST = 20_000


@pytest.fixture
def unfolding(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> str:
    """The source of a class whose folder has such trees beside it."""
    monkeypatch.setattr("zenml_pin.git.objects.walk.MOST_PATHS", MOST)
    inner = put_entries(repo, [(FILE, "x.py", put(repo, "blob", b"x = 1\n"))])
    for _ in range(10):
        inner = put_entries(repo, [(FOLDER, f"d{number}", inner) for number in range(10)])
    unit = put_entries(repo, [(FOLDER, "many", inner), (FILE, "step.py", put(repo, "blob", STEP))])
    head = put_commit(repo, put_entries(repo, [(FOLDER, "pkg", unit)]))
    set_head(repo, head)
    Path(repo.join("pkg")).mkdir()
    Path(repo.join("pkg", "step.py")).write_bytes(STEP)
    return f"{NAME}@{head}"


def _entries(repo: Repo, source: str) -> None:
    with zenml_pin.checkout("HEAD", repo=repo.path) as tree:
        for _ in tree.entries():
            pass


REFUSED: dict[str, tuple[Callable[[Repo, str], object], type[PinError]]] = {
    "pin": (lambda repo, source: zenml_pin.pin(NAME, repo=repo.path, strict=True), UncommittedChangesError),
    "load": (lambda repo, source: zenml_pin.load(source, repo=repo.path), UncommittedChangesError),
    "materialize": (
        lambda repo, source: zenml_pin.load(
            source, repo=repo.path, allow_dirty=True, materialize=repo.join(".git", "files")
        ),
        UnsupportedError,
    ),
    "entries": (_entries, UnsupportedError),
    "a bundle": (lambda repo, source: Bundle.create([source], repo=repo.path), UnsupportedError),
}


@pytest.mark.parametrize(("call", "error"), REFUSED.values(), ids=REFUSED)
def test_a_walk_ends(
    repo: Repo, unfolding: str, call: Callable[[Repo, str], object], error: type[PinError]
) -> None:
    """After a limited number of files and folders, the error has the folder's name and the count."""
    with pytest.raises(error, match=f"unfolds to more than {MOST} paths"):
        call(repo, unfolding)


def test_a_folder_that_unfolds_is_not_clean(repo: Repo, unfolding: str) -> None:
    """A folder that cannot be compared is not committed, with the reason."""
    answer = zenml_pin.status("pkg", repo=repo.path)

    assert not answer.clean
    assert "unfolds" in answer.changes[0].reason


@pytest.mark.parametrize("command", ["ls", "diff", "doctor", "status"])
def test_a_command_ends(repo: Repo, unfolding: str, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Its exit code is that for unreadable input, or for a finding."""
    arguments = {"ls": [unfolding], "diff": [unfolding]}.get(command, [])

    assert main(["-C", repo.path, command, *arguments]) in (1, 2)
    captured = capsys.readouterr()
    assert "unfolds to more than" in captured.out + captured.err


def test_a_class_beside_them_is_loaded(repo: Repo, unfolding: str) -> None:
    """A load reads its own imports. Verification counts the trees, reads each once, and says so."""
    assert zenml_pin.load(unfolding, repo=repo.path, allow_dirty=True).__name__ == "A"
    assert "unfold" in verify(unfolding, repo=repo.path).findings[0]


@pytest.mark.slow
def test_folders_nested_thousands_deep_cause_no_recursion(repo: Repo) -> None:
    """Each walk has its own stack."""
    inner = put_entries(repo, [(FILE, "x.py", put(repo, "blob", b""))])
    for _ in range(5000):
        inner = put_entries(repo, [(FOLDER, "d", inner)])
    unit = put_entries(repo, [(FOLDER, "deep", inner), (FILE, "step.py", put(repo, "blob", STEP))])
    source = f"{NAME}@{put_commit(repo, put_entries(repo, [(FOLDER, 'pkg', unit)]))}"

    with pytest.raises(LimitError, match="levels of folders"):
        Bundle.create([source], repo=repo.path)
