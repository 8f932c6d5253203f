"""The cost of hashing every object again: `python -m benchmarks.verifying [FILES]`.

Measured in turns in one run, in a repository with loose objects and in one with a pack, with deltas:

    against trust   all objects read and hashed / the same reads without hashing
    of a load       the share of hashing in the first load of a module in a process

Ratios of medians. There is no bar: promise P1 is worth the cost.
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable

import zenml_pin
from benchmarks.status import git
from tests.support.forget_caches import forget_code
from zenml_pin.git.objects import object_store
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.repository import GitRepository

ROUNDS = 15
SOURCE = "pkg.step0.Step"


def build(root: str, files: int, packed: bool) -> str:
    """Make a repository of modules, the first of which imports the others, and return its commit."""
    os.makedirs(os.path.join(root, "pkg"))
    git(root, "init", "-q", "-b", "main")
    for number in range(files):
        text = "" if number else "".join(f"import pkg.step{other}\n" for other in range(1, files))
        text += f"class Step:\n    epochs = {number}\n" + "    # as long as a module is\n" * 200
        with open(os.path.join(root, "pkg", f"step{number}.py"), "w") as file:
            file.write(text)
    git(root, "add", ".")
    git(root, "-c", "user.name=Ada", "-c", "user.email=ada@example.org", "commit", "-q", "-m", "first")
    if packed:
        git(root, "repack", "-adqf")
    with GitRepository.open(root) as repository:
        commit = repository.head_commit()
    assert commit is not None
    return commit.id


def read_all(root: str, commit_id: str) -> None:
    """Read every file of a commit, as an audit does."""
    with GitRepository.open(root) as repository:
        tree = CommitTree(repository.objects, commit_id)
        for entry in tree.iter_entries():
            repository.objects.blob(entry.id)


def load(root: str, commit_id: str) -> None:
    """Load a class and everything that it imports, as in a new process."""
    zenml_pin.unload(commit_id)
    forget_code()
    zenml_pin.load(f"{SOURCE}@{commit_id}", repo=root, allow_dirty=True)


class Believing:
    """Switch hashing off in a `with` block: objects are read without a check of their ids."""

    def __init__(self) -> None:
        self._find_any = object_store.Objects.find_any

    def __enter__(self) -> None:
        def believe(self: object_store.Objects, name: str, limit: int) -> tuple[str, bytes] | None:
            return next(self.source.copies(name, limit), None)

        object_store.Objects.find_any = believe  # type: ignore[method-assign]

    def __exit__(self, *error: object) -> None:
        object_store.Objects.find_any = self._find_any  # type: ignore[method-assign]


def compare(action: Callable[[], None]) -> tuple[float, float]:
    """Return the median seconds of an action with hashing and without, in turns."""
    rounds = []
    for _ in range(ROUNDS):
        hashed = _seconds(action)
        with Believing():
            rounds.append((hashed, _seconds(action)))
    with_hash, without = zip(*rounds, strict=True)
    return statistics.median(with_hash), statistics.median(without)


def _seconds(action: Callable[[], None]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def main(files: int) -> None:
    """Measure and print the ratios."""
    folder = tempfile.mkdtemp()
    try:
        print(f"{files} modules of 5 KB, medians of {ROUNDS} rounds:")
        for name in ("loose", "packed"):
            root = os.path.join(folder, name)
            commit_id = build(root, files, packed=name == "packed")
            hashed, believed = compare(lambda root=root, at=commit_id: read_all(root, at))  # type: ignore[misc]
            loaded, trusting = compare(lambda root=root, at=commit_id: load(root, at))  # type: ignore[misc]
            print(
                f"  {name:6}  against trust {hashed / believed:.2f}   "
                f"of a load {100 * (loaded - trusting) / loaded:.1f}%"
            )
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
