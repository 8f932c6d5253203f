"""The registry: which commits are loaded, which repositories are attached, and where to look for a commit.

A commit id names content, so every repository, bundle or server that has the commit may serve it. The search order is:

    1. the repository (or bundle) that the caller names, or the one at or above the caller's folder
    2. attached repositories, and the bundles in watched folders
    3. the entries of ZENML_PIN_PATH
    4. the repository at or above the current folder

A repository includes the bundles of its pipelines folder. A fresh process, such as one that unpickles, starts at 3
without a set-up call (N3). Objects that the serving repository lacks come from the others: a bundle that was made for
other classes has only some of a commit's objects.

"Repository" means any of the three in this file (`AnyRepository`).
"""

from __future__ import annotations

import os
import sys
from _weakref import ref  # weakref takes it from there, and needs a millisecond to import

from zenml_pin.base.environment import materialize_directory
from zenml_pin.base.limits import DEFAULT_LIMITS
from zenml_pin.base.locks import ForkLock
from zenml_pin.git.any_repository import OPENED, CombinedSource
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.objects.object_store import Objects
from zenml_pin.importing.finder import loaded_names
from zenml_pin.importing.namespace import Namespace
from zenml_pin.importing.virtual_paths import VIRTUAL_ROOT
from zenml_pin.importing.worktree_guard import Guard, split_real
from zenml_pin.load_errors import (
    CommitNotFoundError,
    PinError,
    PinnedModuleNotFoundError,
    RemoteError,
    UnknownRootsError,
)
from zenml_pin.source import NAMESPACE, pinned_label, split_pin, split_pinned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from zenml_pin.base.limits import Limits
    from zenml_pin.git.any_repository import AnyRepository
    from zenml_pin.git.objects.commit import Commit
    from zenml_pin.git.objects.object_store import ObjectSource
    from zenml_pin.importing.other_repositories import Searched


class Registry:
    """Namespaces by label and open repositories by address. Safe for threads."""

    def __init__(self) -> None:
        self._lock = ForkLock()
        self._namespaces: dict[str, Namespace] = {}
        self._attached: list[AnyRepository] = []
        self._kept: list[AnyRepository] = []  # For life, once each; `_attached` has them too.
        # What `attach` gave, by the address of the repository.
        self._roots: dict[str | bytes, tuple[str, ...]] = {}
        self._watched: list[str] = []
        self._directory: str | None = None
        # By the id() of a source. `Objects` keeps its source alive, so no other source gets that id.
        self._objects: dict[int, ref[Objects]] = {}

    def open(self, name: str | bytes, limits: Limits = DEFAULT_LIMITS) -> AnyRepository:
        """Return the repository of a path, URL or bundle, as `git.any_repository.OPENED` does."""
        return OPENED.open(name, limits)

    def attach(self, repository: AnyRepository, roots: tuple[str, ...] | None = None) -> None:
        """Look for commits in a repository from now on, until each `attach` has its `detach`.

        Args:
            repository: The repository.
            roots: The source roots of its commits, until the `detach`; None for each commit's own.
        """
        with self._lock:
            self._attached.append(repository)
            if roots is not None:
                self._roots[repository.address] = roots

    def detach(self, repository: AnyRepository) -> None:
        """Undo one `attach`."""
        with self._lock:
            self._attached.remove(repository)
            if self._attached.count(repository) == self._kept.count(repository):
                self._roots.pop(repository.address, None)

    @property
    def has_roots(self) -> bool:
        """Whether any repository was attached with source roots."""
        return bool(self._roots)

    def roots_of(self, repository: AnyRepository) -> tuple[str, ...] | None:
        """Return the source roots that a repository was attached with."""
        return self._roots.get(repository.address)

    def watch(self, folder: str) -> None:
        """Look for commits in the bundles of a folder from now on, also in bundles that are added later."""
        with self._lock:
            if folder not in self._watched:
                self._watched.append(folder)

    def addresses(self) -> list[str | bytes]:
        """Return the addresses of the attached repositories: another process can open and attach the same ones."""
        with self._lock:
            return list(dict.fromkeys(repository.address for repository in self._attached))

    def get_namespace(
        self,
        pin: str,
        repository: AnyRepository | None = None,
        limits: Limits | None = None,
        materialize: str | None = None,
        *,
        is_load: bool = True,
    ) -> Namespace:
        """Return the namespace of a pin; the same object for the same pin.

        Args:
            pin: The commit's full id, with a roots id where a caller gave the source roots.
            repository: The repository to search first; it is attached when it has the commit, and also when the commit
                is loaded from another one, which may be gone before all files are read.
            limits: Sizes above which an object of this namespace is not read, until the next call; by default the
                usual ones.
            materialize: A directory to write the commit's files into as well.
            is_load: Keep the repository after its `detach`, too; an import statement does not.

        Raises:
            CommitNotFoundError: No known repository has it; the error lists the searched ones.
            UnknownRootsError: The source roots of its roots id are not known here.
            UnsupportedError: It cannot be materialized, or its modules are loaded another way.
        """
        with self._lock:
            namespace = self._namespaces.get(pinned_label(pin))
            is_known = namespace is not None
            if namespace is None:
                namespace = self._namespaces[pinned_label(pin)] = self._make(pin, repository)
            # Whether the named one has the commit is not searched for at each later load.
            serving = repository if repository is not None and is_known else namespace.repository
            if is_load or serving not in self._attached:
                self._keep(serving, asked_last=serving is not namespace.repository)
            namespace.limit(limits or DEFAULT_LIMITS)
            if materialize is not None:
                from zenml_pin.importing.materialize import materialized

                namespace = self._namespaces[pinned_label(pin)] = materialized(namespace, materialize)
            return namespace

    def _keep(self, repository: AnyRepository, *, asked_last: bool) -> None:
        """Attach a repository for the life of the process: it has a commit that is loaded, or may have it."""
        if repository not in self._kept:
            self._kept.append(repository)
            # The newest attachment is asked first; one of the same repository may end, and leaves this at its place.
            place = 0 if asked_last else len(self._attached)
            known = repository in self._attached
            self._attached.insert(self._attached.index(repository) if known else place, repository)

    @property
    def directory(self) -> str | None:
        """The directory to write files into of every commit that is loaded from now on; None for none."""
        return self._directory or materialize_directory()

    def materialize_in(self, directory: str | None) -> str | None:
        """Set the directory for every commit that is loaded from now on; return the one that was set before."""
        before, self._directory = self._directory, directory
        return before

    def find_tree(self, commit_id: str, first: AnyRepository | None) -> CommitTree:
        """Return the files of a commit from the first repository that has it, without a namespace for it.

        Raises:
            CommitNotFoundError: No known repository has it.
        """
        return self.find_commit(commit_id, first)[1]

    def find_commit(self, commit_id: str, first: AnyRepository | None) -> tuple[AnyRepository, CommitTree]:
        """Return the first repository that has a commit, and the commit's files, without a namespace for it.

        Raises:
            CommitNotFoundError: No known repository has it.
        """
        with self._lock:
            return self._tree(commit_id, first)

    def use(self, namespace: Namespace) -> None:
        """Serve a materialized commit from its folder, also if it was released in between.

        Raises:
            UnsupportedError: Its modules are loaded another way.
        """
        with self._lock:
            known = self._namespaces.get(pinned_label(namespace.label), namespace)
            if namespace.folder is not None and known.folder != namespace.folder:
                from zenml_pin.importing.materialize import refuse_loaded

                refuse_loaded(known)
            if namespace.folder is not None:
                self._namespaces[pinned_label(namespace.label)] = namespace

    def release(self, namespace: Namespace) -> None:
        """Serve a commit from memory again, if none of its modules is loaded any more."""
        with self._lock:
            known = self._namespaces.get(pinned_label(namespace.label))
            if known is not None and known.folder is not None and not loaded_names(namespace.root):
                del self._namespaces[pinned_label(namespace.label)]

    def pins_of(self, commit_id: str) -> list[str]:
        """Return the pins of a commit that have a namespace: its id, alone and with roots ids."""
        with self._lock:
            return [name.label for name in self._namespaces.values() if name.commit_id == commit_id]

    def add(self, namespace: Namespace, label: str) -> None:
        """Add a namespace that does not belong to a commit."""
        with self._lock:
            self._namespaces[label] = namespace

    def forget(self, label: str) -> None:
        """Drop a namespace; the repository that served it stays attached."""
        with self._lock:
            self._namespaces.pop(label, None)

    def find_namespace(self, label: str) -> Namespace | None:
        """Return the namespace of a label, which is "g" and a pin; None for any other text. The finder calls it.

        Raises:
            PinnedModuleNotFoundError: The commit was not found, or its source roots are not known.
        """
        known = self._namespaces.get(label)
        # The directory for all loads counts where the first module of a commit is loaded.
        if known is not None and (
            known.folder is not None or known.root in sys.modules or not self.directory
        ):
            return known
        pinned = split_pinned(f"{NAMESPACE}.{label}")
        if pinned is None:
            return known
        try:
            return self.get_namespace(pinned[0], materialize=self.directory, is_load=False)
        except (CommitNotFoundError, UnknownRootsError) as error:
            raise PinnedModuleNotFoundError(error.message, error.hint, name=f"{NAMESPACE}.{label}") from error

    def namespace_of_entry(self, entry: str) -> Namespace | None:
        """Return the namespace of a virtual, laid or materialized `__path__` entry; None for every other entry."""
        if entry.startswith(VIRTUAL_ROOT):
            return self._namespaces.get(pinned_label(entry[len(VIRTUAL_ROOT) + 1 :].partition("/")[0]))
        real = split_real(entry)
        return None if real is None else self._namespaces.get(pinned_label(real[0]))

    def _make(self, pin: str, first: AnyRepository | None) -> Namespace:
        commit_id, roots_id = split_pin(pin) or (pin, None)
        repository, tree = self._tree(commit_id, first)
        roots = None
        if roots_id is not None:
            from zenml_pin.importing.given_roots import get_roots

            roots = get_roots(roots_id, tree, self._candidates(first, {}))
        guard = Guard(repository.worktree, lambda folder: self.has_commit(folder, commit_id))
        return Namespace(tree, repository, guard, roots)

    def _tree(self, commit_id: str, first: AnyRepository | None) -> tuple[AnyRepository, CommitTree]:
        repository, commit = self._find(commit_id, first)
        objects = self._objects_of(repository)
        # It was just read from the same source: no need to read it again.
        objects.note(commit)
        return repository, CommitTree(objects, commit_id)

    def _find(self, commit_id: str, first: AnyRepository | None) -> tuple[AnyRepository, Commit]:
        """Return the first repository that has a commit, and the commit."""
        searched: Searched = {}
        without: list[AnyRepository] = []
        for repository in self._candidates(first, searched):
            if repository.root in searched:
                continue
            searched[repository.root] = None
            commit = self._commit_in(repository, commit_id, searched, required=repository is first)
            if commit is not None:
                return repository, commit
            without.append(repository)
        from zenml_pin.importing.other_repositories import hint_on

        raise CommitNotFoundError(commit_id, searched, hint_on(searched, without, first))

    def _commit_in(
        self, repository: AnyRepository, commit_id: str, searched: Searched, *, required: bool
    ) -> Commit | None:
        """Return a repository's commit, or None; None also when its server fails, unless the caller requires it."""
        try:
            return repository.objects.find_commit(commit_id)
        except RemoteError as error:
            if required:
                raise
            searched[repository.root] = error
            return None

    def _objects_of(self, repository: AnyRepository) -> Objects:
        """Return a repository's objects, with all other repositories behind it; the same for all of its commits."""
        source = repository.objects.source
        with self._lock:
            known = self._objects.get(id(source))
            objects = None if known is None else known()
            if objects is None:
                objects = Objects(CombinedSource(source, self._sources), repository.objects.limits)
                living = {key: known for key, known in self._objects.items() if known() is not None}
                self._objects = {**living, id(source): ref(objects)}
            return objects

    def _sources(self) -> Iterator[ObjectSource]:
        return (repository.objects.source for repository in self._candidates(None, {}))

    def has_commit(self, folder: str, commit_id: str) -> bool:
        """Tell whether a folder is the working tree of a repository that has a commit, at least in one of its bundles.

        A damaged copy of the commit counts.
        """
        try:
            repository = self.open(folder)
        except PinError:
            return False
        if repository.worktree != os.path.realpath(folder):
            return False
        try:
            return any(
                candidate.objects.find_any(commit_id, candidate.objects.limits.tree) is not None
                for candidate in self._with_bundles(repository, {})
            )
        except PinError:
            return True

    def _candidates(self, first: AnyRepository | None, searched: Searched) -> Iterator[AnyRepository]:
        """Yield the repositories that may have a commit; `searched` gets those that cannot be opened."""
        if first is not None:
            yield from self._with_bundles(first, searched)
        with self._lock:
            attached, watched = self._attached[::-1], self._watched[::-1]
        yield from dict.fromkeys(attached)
        from zenml_pin.importing.other_repositories import iter_others

        yield from iter_others(watched, searched)

    def _with_bundles(self, repository: AnyRepository, searched: Searched) -> Iterator[AnyRepository]:
        yield repository
        # Most commits are in the first repository, without a look at its bundles.
        from zenml_pin.importing.other_repositories import iter_bundles

        yield from iter_bundles(repository, searched)
