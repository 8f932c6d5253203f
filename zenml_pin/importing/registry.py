"""The registry: which commits are loaded, which repositories are attached, and where a commit is looked for.

A commit id names content, so whichever repository holds it may serve it:

    1. the repository (or bundle) that the caller named or that was found from where the caller is
    2. what is attached, and the bundles of folders that are watched
    3. the entries of ZENML_PIN_PATH
    4. the repository at or above the current folder

A repository comes with the bundles of its pipelines folder. A fresh process, as one that unpickles, starts at 3 with no
set-up call (N3). What the place that serves a commit lacks of it, as a bundle that was made for other classes does, is
taken from the others.
"""

from __future__ import annotations

import os
from weakref import WeakValueDictionary

from zenml_pin.base.environment import pin_path
from zenml_pin.base.limits import DEFAULT_LIMITS
from zenml_pin.base.locks import ForkLock
from zenml_pin.errors import (
    BundleError,
    CommitNotFoundError,
    PinError,
    PinnedModuleNotFoundError,
    RemoteError,
)
from zenml_pin.git.any_repository import CombinedSource, get_address, open_repository
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.objects.object_store import Objects
from zenml_pin.importing.finder import loaded_names
from zenml_pin.importing.namespace import Namespace
from zenml_pin.importing.virtual_paths import VIRTUAL_ROOT
from zenml_pin.importing.worktree_guard import Guard
from zenml_pin.source import NAMESPACE, pinned_label, split_pinned
from zenml_pin.workspace.folders import bundles_of, list_bundles

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from zenml_pin.base.limits import Limits
    from zenml_pin.git.any_repository import AnyRepository
    from zenml_pin.git.objects.commit import Commit
    from zenml_pin.git.objects.object_store import ObjectSource

    # Where a commit was looked for, with the error of what could not be opened.
    Searched = dict[str, PinError | None]


class Registry:
    """Pins by label and open places by address. Safe for threads."""

    def __init__(self) -> None:
        self._lock = ForkLock()
        self._pins: dict[str, Namespace] = {}
        self._open: dict[str, tuple[object, AnyRepository]] = {}
        self._attached: list[AnyRepository] = []
        self._watched: list[str] = []
        # By the identity of a source, which its objects keep alive.
        self._objects: WeakValueDictionary[int, Objects] = WeakValueDictionary()

    def open(self, name: str | bytes, limits: Limits = DEFAULT_LIMITS) -> AnyRepository:
        """Return the place that a name means, the same object for the same place.

        Args:
            name: A path at or below a repository's root, of a bundle file, or a URL; or a bundle itself.
            limits: Sizes for what must be read to open it.

        Raises:
            NotARepositoryError: There is none.
            BundleError: It is a bundle, and damaged.
        """
        address = get_address(name, limits)
        with self._lock:
            known = self._open.get(address.key)
            if known is None or known[0] != address:
                known = self._open[address.key] = address, open_repository(address, limits)
            return known[1]

    def attach(self, place: AnyRepository) -> None:
        """Look for commits in a place from now on, as often as it is attached."""
        with self._lock:
            self._attached.append(place)

    def detach(self, place: AnyRepository) -> None:
        """Take back one `attach`."""
        with self._lock:
            self._attached.remove(place)

    def watch(self, folder: str) -> None:
        """Look for commits in the bundles of a folder from now on, in those that come later too."""
        with self._lock:
            if folder not in self._watched:
                self._watched.append(folder)

    def places(self) -> list[str | bytes]:
        """Return the addresses of the attached places, so that another process can open and attach them too."""
        with self._lock:
            return list(dict.fromkeys(place.address for place in self._attached))

    def get_namespace(
        self,
        commit_id: str,
        repository: AnyRepository | None = None,
        limits: Limits | None = None,
        materialize: str | None = None,
    ) -> Namespace:
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
            pin = self._pins.get(pinned_label(commit_id))
            if pin is None:
                pin = self._pins[pinned_label(commit_id)] = self._make(commit_id, repository)
            _limit(pin, limits or DEFAULT_LIMITS)
            if materialize is not None:
                from zenml_pin.importing.materialize import materialized

                pin = self._pins[pinned_label(commit_id)] = materialized(pin, materialize)
            return pin

    def find_tree(self, commit_id: str, first: AnyRepository | None) -> CommitTree:
        """Return the files of a commit from wherever it is found, without making it a pin.

        Raises:
            CommitNotFoundError: No known place holds it.
        """
        with self._lock:
            return self._tree(commit_id, first)[1]

    def use(self, pin: Namespace) -> None:
        """Serve a materialized commit from its folder, also when it was released meanwhile.

        Raises:
            UnsupportedError: Its modules are loaded another way.
        """
        with self._lock:
            known = self._pins.get(pinned_label(pin.label), pin)
            if pin.folder is not None and known.folder != pin.folder:
                from zenml_pin.importing.materialize import refuse_loaded

                refuse_loaded(known)
            if pin.folder is not None:
                self._pins[pinned_label(pin.label)] = pin

    def release(self, pin: Namespace) -> None:
        """Serve a commit from memory again once none of its modules is loaded."""
        with self._lock:
            known = self._pins.get(pinned_label(pin.label))
            if known is not None and known.folder is not None and not loaded_names(pin.root):
                del self._pins[pinned_label(pin.label)]

    def add(self, pin: Namespace, label: str) -> None:
        """Make a pin known that is no commit's."""
        with self._lock:
            self._pins[label] = pin

    def forget(self, label: str) -> None:
        """Drop a pin; the place that served it stays attached."""
        with self._lock:
            self._pins.pop(label, None)

    def find_namespace(self, label: str) -> Namespace | None:
        """Return the pin of a label, "g" and a commit id, for the finder; None when it is no label.

        Raises:
            PinnedModuleNotFoundError: The commit was not found.
        """
        known = self._pins.get(label)
        if known is not None:
            return known
        pinned = split_pinned(f"{NAMESPACE}.{label}")
        if pinned is None:
            return None
        try:
            return self.get_namespace(pinned[0])
        except CommitNotFoundError as error:
            raise PinnedModuleNotFoundError(error.message, error.hint, name=f"{NAMESPACE}.{label}") from error

    def namespace_of_entry(self, entry: str) -> Namespace | None:
        """Return the pin that a virtual `__path__` entry belongs to."""
        commit_id = entry[len(VIRTUAL_ROOT) + 1 :].partition("/")[0]
        return self._pins.get(pinned_label(commit_id))

    def close(self) -> None:
        """Close all packs; they open again when they are read."""
        with self._lock:
            for _, place in self._open.values():
                place.close()

    def _make(self, commit_id: str, first: AnyRepository | None) -> Namespace:
        place, tree = self._tree(commit_id, first)
        if place not in self._attached:
            self._attached.append(place)
        guard = Guard(place.worktree, lambda folder: self._holds(folder, commit_id))
        return Namespace(tree, place, guard)

    def _tree(self, commit_id: str, first: AnyRepository | None) -> tuple[AnyRepository, CommitTree]:
        place, commit = self._find(commit_id, first)
        objects = self._objects_of(place)
        # Read a moment ago, from what these objects read from.
        objects.note(commit)
        return place, CommitTree(objects, commit_id)

    def _find(self, commit_id: str, first: AnyRepository | None) -> tuple[AnyRepository, Commit]:
        """Return a place that holds a commit, and the commit."""
        searched: Searched = {}
        without: list[AnyRepository] = []
        for place in self._candidates(first, searched):
            if place.root in searched:
                continue
            searched[place.root] = None
            commit = self._commit_in(place, commit_id, searched, required=place is first)
            if commit is not None:
                return place, commit
            without.append(place)
        # Only here: a load from a repository needs nothing of bundles.
        from zenml_pin.git.bundle import BundleRepository

        # The place at hand advises, where there is one; what helps with a bundle helps who named it.
        advisers = (
            place
            for place in without
            if place is first or (first is None and not isinstance(place, BundleRepository))
        )
        faults = [
            error.message for error in searched.values() if isinstance(error, (BundleError, RemoteError))
        ]
        remedy = next(filter(None, (place.objects.source.remedy for place in advisers)), "")
        hint = f"{remedy}, or list a repository or a bundle that holds it in ZENML_PIN_PATH" if remedy else ""
        raise CommitNotFoundError(commit_id, searched, "; ".join(faults) or hint)

    def _commit_in(
        self, place: AnyRepository, commit_id: str, searched: Searched, *, required: bool
    ) -> Commit | None:
        """Return a commit that a place holds; one on a server that fails holds none, unless it was named."""
        try:
            return place.objects.find_commit(commit_id)
        except RemoteError as error:
            if required:
                raise
            searched[place.root] = error
            return None

    def _objects_of(self, place: AnyRepository) -> Objects:
        """Return the objects of a place, and of all others what it lacks; the same for all of its commits."""
        source = place.objects.source
        with self._lock:
            objects = self._objects.get(id(source))
            if objects is None:
                objects = Objects(CombinedSource(source, self._sources), place.objects.limits)
                self._objects[id(source)] = objects
            return objects

    def _sources(self) -> Iterator[ObjectSource]:
        return (place.objects.source for place in self._candidates(None, {}))

    def _holds(self, folder: str, commit_id: str) -> bool:
        """Tell whether a folder is the working tree of a repository that has a commit, if only in a bundle of its own.

        A damaged copy counts.
        """
        try:
            repository = self.open(folder)
        except PinError:
            return False
        if repository.worktree != os.path.realpath(folder):
            return False
        try:
            return any(
                place.objects.find_any(commit_id, place.objects.limits.tree) is not None
                for place in self._with_bundles(repository, {})
            )
        except PinError:
            return True

    def _candidates(self, first: AnyRepository | None, searched: Searched) -> Iterator[AnyRepository]:
        """Yield the places in which a commit may be; what cannot be opened is noted in `searched`."""
        if first is not None:
            yield from self._with_bundles(first, searched)
        with self._lock:
            attached, watched = self._attached[::-1], self._watched[::-1]
        yield from attached
        for folder in watched:
            yield from self._open_all(list_bundles(folder), searched)
        for path in (*pin_path(), here()):
            for place in self._open_all([path], searched):
                yield from self._with_bundles(place, searched)

    def _with_bundles(self, place: AnyRepository, searched: Searched) -> Iterator[AnyRepository]:
        yield place
        if place.worktree is not None:
            yield from self._open_all(bundles_of(place.worktree, here()), searched)

    def _open_all(self, paths: Iterable[str], searched: Searched) -> Iterator[AnyRepository]:
        for path in paths:
            try:
                place = self.open(path)
            except PinError as error:
                searched.setdefault(path, error)
            else:
                yield place


def here() -> str:
    """Return the current folder; where it was deleted, a path that holds no repository."""
    try:
        return os.getcwd()
    except FileNotFoundError:
        return os.devnull


def _limit(pin: Namespace, limits: Limits) -> None:
    tree = pin.tree
    if isinstance(tree, CommitTree) and tree.objects.limits != limits:
        tree.objects = Objects(tree.objects.source, limits)
