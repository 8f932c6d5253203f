"""The registry: which commits are loaded, which repositories are attached, and where a commit is looked for.

A commit id names content, so whichever repository holds it may serve it:

    1. the repository that the caller named or that was found from where the caller is
    2. the repositories that are attached
    3. the entries of ZENML_PIN_PATH
    4. the repository at or above the current folder

A fresh process, as one that unpickles, starts at 3 with no set-up call (N3).
"""

from __future__ import annotations

import os
from threading import RLock

from zenml_pin.environment import pin_path
from zenml_pin.errors import CommitNotFoundError, PinError, PinnedModuleNotFoundError
from zenml_pin.git.layout import get_layout
from zenml_pin.git.limits import DEFAULT_LIMITS
from zenml_pin.git.objects import Objects
from zenml_pin.git.repository import GitRepository
from zenml_pin.git.snapshot import CommitTree
from zenml_pin.importing.finder import loaded_names
from zenml_pin.importing.guard import Guard
from zenml_pin.importing.paths import VIRTUAL_ROOT
from zenml_pin.importing.pin import Pin
from zenml_pin.source import is_commit_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from zenml_pin.git.limits import Limits


class Registry:
    """Pins by label and open repositories by git directory. Safe for threads."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._pins: dict[str, Pin] = {}
        self._open: dict[str, GitRepository] = {}
        self._attached: list[GitRepository] = []

    def open(self, path: str) -> GitRepository:
        """Return the repository at or above a path, the same object for the same repository.

        Raises:
            NotARepositoryError: There is none.
        """
        layout = get_layout(path)
        key = os.path.join(layout.gitdir, layout.worktree or "")
        with self._lock:
            known = self._open.get(key)
            if known is None or known.layout != layout:
                known = self._open[key] = GitRepository(layout)
            return known

    def attach(self, repository: GitRepository) -> None:
        """Look for commits in a repository from now on, as often as it is attached."""
        with self._lock:
            self._attached.append(repository)

    def detach(self, repository: GitRepository) -> None:
        """Take back one `attach`."""
        with self._lock:
            self._attached.remove(repository)

    def places(self) -> list[str]:
        """Return the roots of the attached repositories, so that another process can attach them too."""
        with self._lock:
            return list(dict.fromkeys(repository.root for repository in self._attached))

    def get_pin(
        self,
        commit_id: str,
        repository: GitRepository | None = None,
        limits: Limits | None = None,
        materialize: str | None = None,
    ) -> Pin:
        """Return the pin of a commit, the same object for the same commit.

        Args:
            commit_id: The commit's full id.
            repository: Asked first, and attached when it holds the commit.
            limits: Sizes for what is read through this pin until the next call; the usual ones by default.
            materialize: A directory in which the commit's files are to lie as well.

        Raises:
            CommitNotFoundError: No known repository holds it; the places searched are in the error.
            UnsupportedError: It is to be materialized and cannot be, or its modules are loaded another way.
        """
        with self._lock:
            pin = self._pins.get("g" + commit_id)
            if pin is None:
                pin = self._pins["g" + commit_id] = self._make(commit_id, repository)
            _limit(pin, limits or DEFAULT_LIMITS)
            if materialize is not None:
                from zenml_pin.importing.materialized import materialized

                pin = self._pins["g" + commit_id] = materialized(pin, materialize)
            return pin

    def use(self, pin: Pin) -> None:
        """Serve a materialized commit from its folder, also when it was released meanwhile.

        Raises:
            UnsupportedError: Its modules are loaded another way.
        """
        with self._lock:
            known = self._pins.get("g" + pin.label, pin)
            if pin.folder is not None and known.folder != pin.folder:
                from zenml_pin.importing.materialized import refuse_loaded

                refuse_loaded(known)
            if pin.folder is not None:
                self._pins["g" + pin.label] = pin

    def release(self, pin: Pin) -> None:
        """Serve a commit from memory again once none of its modules is loaded."""
        with self._lock:
            known = self._pins.get("g" + pin.label)
            if known is not None and known.folder is not None and not loaded_names(pin.root):
                del self._pins["g" + pin.label]

    def add(self, pin: Pin, label: str) -> None:
        """Make a pin known that is no commit's."""
        with self._lock:
            self._pins[label] = pin

    def forget(self, label: str) -> None:
        """Drop a pin; its repository stays attached."""
        with self._lock:
            self._pins.pop(label, None)

    def find_pin(self, label: str) -> Pin | None:
        """Return the pin of a label, "g" and a commit id, for the finder; None when it is no label.

        Raises:
            PinnedModuleNotFoundError: The commit was not found.
        """
        known = self._pins.get(label)
        if known is not None:
            return known
        if not label.startswith("g") or not is_commit_id(label[1:]):
            return None
        try:
            return self.get_pin(label[1:])
        except CommitNotFoundError as error:
            raise PinnedModuleNotFoundError(
                error.message, error.hint, name=f"zenml_pin.at.{label}"
            ) from error

    def pin_of_entry(self, entry: str) -> Pin | None:
        """Return the pin that a virtual `__path__` entry belongs to."""
        commit_id = entry[len(VIRTUAL_ROOT) + 1 :].partition("/")[0]
        return self._pins.get("g" + commit_id)

    def close(self) -> None:
        """Close all packs; they open again when they are read."""
        with self._lock:
            for repository in self._open.values():
                repository.close()

    def _make(self, commit_id: str, first: GitRepository | None) -> Pin:
        searched: list[str] = []
        for repository in self._candidates(first, searched):
            if repository.root in searched:
                continue
            searched.append(repository.root)
            if repository.objects.find_any(commit_id, repository.objects.limits.tree) is None:
                continue
            tree = CommitTree(repository.objects, commit_id)
            if repository not in self._attached:
                self._attached.append(repository)
            guard = Guard(repository.layout.worktree, lambda folder: self._holds(folder, commit_id))
            return Pin(tree, repository.root, guard)
        raise CommitNotFoundError(commit_id, searched)

    def _holds(self, folder: str, commit_id: str) -> bool:
        """Tell whether a folder is the working tree of a repository that has a commit; a damaged copy counts."""
        try:
            repository = self.open(folder)
        except PinError:
            return False
        if repository.layout.worktree != os.path.realpath(folder):
            return False
        try:
            return repository.objects.find_any(commit_id, repository.objects.limits.tree) is not None
        except PinError:
            return True

    def _candidates(self, first: GitRepository | None, searched: list[str]) -> Iterator[GitRepository]:
        if first is not None:
            yield first
        yield from reversed(self._attached)
        for path in (*pin_path(), os.getcwd()):
            try:
                yield self.open(path)
            except PinError:
                searched.append(path)


def _limit(pin: Pin, limits: Limits) -> None:
    tree = pin.tree
    if isinstance(tree, CommitTree) and tree.objects.limits != limits:
        tree.objects = Objects(tree.objects.source, limits)
