"""A hostile case: the repository to make, the call, and the expected outcome.

    Case(make, expected)          loads `pkg.step.A`, unless the case has its own call
    Case(make, expected, ask)

`make` gets an empty repository and returns a commit's id. The expected outcome is a value or the class of a PinError.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import zenml_pin
from tests.support.repositories import FILE, FOLDER, Repo, put, put_commit, put_entries, set_head
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.repository import GitRepository
from zenml_pin.git.revision import resolve_revision

STEP = b"class A:\n    epochs = 1\n"
EVIL = b"class A:\n    epochs = 666\n"
EPOCHS = 1

Make = Callable[[Repo], str]
Ask = Callable[[Repo, str], object]
Entries = list[tuple[int, str, str]]


def load(repo: Repo, commit_id: str) -> object:
    """Load the class as users do; a folder that is not clean is allowed, because these cases are not about that."""
    source = f"pkg.step.A@{commit_id}"
    return vars(zenml_pin.load(source, repo=repo.path, allow_dirty=True)).get("epochs")


def cat(path: str) -> Ask:
    """Read a file of the commit."""

    def ask(repo: Repo, commit_id: str) -> object:
        with GitRepository.open(repo.path) as repository:
            return CommitTree(repository.objects, commit_id).read(path)

    return ask


def ls(repo: Repo, commit_id: str) -> object:
    """List all paths of the commit."""
    with GitRepository.open(repo.path) as repository:
        return sorted(entry.path for entry in CommitTree(repository.objects, commit_id).iter_entries())


def resolve(revision: str) -> Ask:
    """Find the commit that a revision names; return True if it is the one that `make` returned."""

    def ask(repo: Repo, commit_id: str) -> object:
        with GitRepository.open(repo.path) as repository:
            return resolve_revision(repository, revision) == commit_id

    return ask


@dataclass(frozen=True)
class Case:
    """One hostile repository and its expected outcome."""

    make: Make
    expected: object
    ask: Ask = load


Cases = dict[str, Case]


def commit_of(repo: Repo, root: str) -> str:
    """Commit a root tree and move HEAD to it. No other repository of the process has this commit."""
    commit_id = put_commit(repo, root, message=repo.path)
    set_head(repo, commit_id)
    return commit_id


def step_entry(repo: Repo) -> tuple[int, str, str]:
    """Return the entry of a sound `step.py`."""
    return FILE, "step.py", put(repo, "blob", STEP)


def sound(repo: Repo) -> str:
    """Commit only the sound `pkg/step.py`."""
    return folder(lambda repo: [])(repo)


def folder(entries: Callable[[Repo], Entries]) -> Make:
    """Commit `pkg/` with a sound `step.py` and more entries."""
    return lambda repo: commit_of(
        repo, put_entries(repo, [(FOLDER, "pkg", put_entries(repo, [step_entry(repo), *entries(repo)]))])
    )


def root(entries: Callable[[Repo], Entries]) -> Make:
    """Commit a root with a sound `pkg/` and more entries."""
    return lambda repo: commit_of(
        repo,
        put_entries(repo, [(FOLDER, "pkg", put_entries(repo, [step_entry(repo)])), *entries(repo)]),
    )


def only(entries: Callable[[Repo], Entries]) -> Make:
    """Commit `pkg/` with only these entries."""
    return lambda repo: commit_of(
        repo, put_entries(repo, [(FOLDER, "pkg", put_entries(repo, entries(repo)))])
    )


def raw_tree(data: Callable[[bytes], bytes]) -> Make:
    """Commit `pkg/` as raw bytes, made from the sound file's binary id."""

    def make(repo: Repo) -> str:
        blob = bytes.fromhex(put(repo, "blob", STEP))
        return commit_of(repo, put_entries(repo, [(FOLDER, "pkg", put(repo, "tree", data(blob)))]))

    return make
