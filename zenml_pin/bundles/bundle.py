"""Bundle: pins in one file, in git's own format. Their classes load from the file, without a repository.

    Bundle.create("trainers.step.MyTrainer@<commit id>", "pins.bundle")
    zenml_pin.load("trainers.step.MyTrainer@<commit id>", repo="pins.bundle")

    refs/zenml-pin/<commit id>         a commit that the bundle was made for
    refs/zenml-pin/files/<tree id>     other files in the bundle
    refs/zenml-pin/source-roots/<id>   source roots that a caller gave (`carried_roots`)
    HEAD, refs/heads/pin-<8 digits>    with `full`, so that `git clone` has a branch to check out

Refs are for git and for people; a load looks commits up by id.
"""

from __future__ import annotations

import os
from types import MappingProxyType

from zenml_pin import resolver
from zenml_pin.at import registry
from zenml_pin.base.atomic import write_whole
from zenml_pin.base.limits import DEFAULT_LIMITS
from zenml_pin.bundles.attached_files import FILES, files_to_objects, read_files
from zenml_pin.bundles.carried_roots import roots_to_objects
from zenml_pin.bundles.needed_objects import ids_of_files, ids_of_history, ids_of_pin, read_all
from zenml_pin.errors import UnsupportedError
from zenml_pin.git.bundle import SUBSET, BundleRepository, open_bundle, open_bundle_file, write_bundle
from zenml_pin.pins.choosing_roots import with_roots
from zenml_pin.pins.lookup import find_repository, read_source
from zenml_pin.pins.origin import origin_of
from zenml_pin.source import Source, split_pin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from zenml_pin.base.limits import Limits
    from zenml_pin.bundles.needed_objects import Wanted
    from zenml_pin.bundles.report import BundleReport
    from zenml_pin.git.any_repository import AnyRepository
    from zenml_pin.git.objects.commit_files import CommitTree
    from zenml_pin.pins.lookup import Repo

    Pinnable = type | Callable[..., Any] | Source | str

REFS = "refs/zenml-pin/"


class Bundle:
    """An open bundle. Use it as a repository: `load(source, repo=bundle)`, `attach(bundle)`.

    Attributes:
        place: The repository that reads commits from the bundle.
    """

    def __init__(self, place: BundleRepository) -> None:
        self.place = place

    @classmethod
    def create(
        cls,
        sources: Pinnable | Iterable[Pinnable],
        path: str | os.PathLike[str] | None = None,
        *,
        repo: Repo = None,
        full: bool = False,
        files: Mapping[str, bytes] | None = None,
    ) -> Bundle:
        """Make a bundle of pins. The same pins give the same bytes. Runs nothing.

        Args:
            sources: Pinned sources. A class, a function, or a source without a pin, is pinned to HEAD first.
            path: The file to write, whole or not at all; by default the bundle is in memory only.
            repo: The repository to ask first, as in `load`.
            full: Add the whole tree of each commit and its whole history, so that `git clone` accepts the bundle.
            files: Other files to add, by path.

        Raises:
            UncommittedChangesError, UnpinnedError: A class or function cannot be pinned.
            CommitNotFoundError, ObjectNotFoundError: A commit is missing here, or some of its objects.
            PinnedModuleNotFoundError, PinnedAttributeError: A commit has no such module or class.
        """
        listed = [sources] if isinstance(sources, (str, Source)) or callable(sources) else list(sources)
        wanted = {_wanted(_pinned(source, repo)): _first_repository(source, repo) for source in listed}
        repository = BundleRepository(write_pins(wanted, full, files or {}))
        if path is None:
            return cls(repository)
        write_whole(path, repository.data)
        return cls.open(path)

    @classmethod
    def open(cls, path_or_bytes: str | os.PathLike[str] | bytes, *, limits: Limits | None = None) -> Bundle:
        """Open a bundle, of this package or of `git bundle`.

        Raises:
            BundleError: The file is damaged, is not a bundle, or uses a feature that is not supported.
            LimitError: The bundle is too large.
        """
        if isinstance(path_or_bytes, bytes):
            return cls(open_bundle(path_or_bytes, limits or DEFAULT_LIMITS))
        return cls(open_bundle_file(os.path.realpath(path_or_bytes), limits or DEFAULT_LIMITS))

    @property
    def data(self) -> bytes:
        """The bytes of the bundle."""
        return self.place.data

    @property
    def files(self) -> dict[str, bytes]:
        """The other files in the bundle, by path."""
        objects = self.place.objects
        tree_ids = [name for ref, name in self.place.header.refs.items() if ref.startswith(FILES)]
        all_files = (read_files(objects, tree_id, objects.limits.bundle) for tree_id in tree_ids)
        return {path: data for files in all_files for path, data in files.items()}

    def verify(self) -> BundleReport:
        """Report the content commit by commit. Runs nothing.

        An open bundle is undamaged: opening it has hashed each object.
        """
        from zenml_pin.bundles.report import report_on

        return report_on(self.place, tuple(self.files))

    def __repr__(self) -> str:
        return f"Bundle({self.place.root!r})"


def _pinned(source: Pinnable, repo: Repo) -> Source:
    """Return a source that is pinned to a commit.

    Raises:
        UnsupportedError: The source is pinned to a release: that is installed, not bundled.
    """
    if isinstance(source, str):
        source = read_source(source, repo)
    pinned = resolver.pin(source, repo=repo, strict=True)
    pinned = with_roots(pinned, find_repository(repo))
    if pinned.commit_id is None:
        raise UnsupportedError(
            f"'{pinned}' is not in a commit, so it cannot be in a bundle",
            "install the release that it names instead",
        )
    return pinned


def _first_repository(source: Pinnable, repo: Repo) -> AnyRepository | None:
    """Return the repository to ask first: the given one, else that of a class's file or of the current folder."""
    return find_repository(repo, None if isinstance(source, (str, Source)) else origin_of(source).file)


def _wanted(source: Source) -> Wanted:
    return source.pin, source.module, source.name


def write_pins(
    wanted: Mapping[Wanted, AnyRepository | None],
    full: bool = False,
    files: Mapping[str, bytes] = MappingProxyType({}),
    whole: bool = False,
) -> bytes:
    """Return the bytes of a bundle.

    Args:
        wanted: Modules, or classes, of commits, each with the repository to ask first.
        full: As in `Bundle.create`.
        files: As in `Bundle.create`.
        whole: Whether the bundle has all files of the commits, so that they can be materialized.

    Raises:
        CommitNotFoundError, ObjectNotFoundError: A commit is missing here, or some of its objects.
        PinnedModuleNotFoundError, PinnedAttributeError: A commit has no such module or class.
    """
    trees = [_tree(pin, first) for (pin, _, _), first in wanted.items()]
    formats = {tree.objects.source.object_format for tree in trees} or {"sha1"}
    if len(formats) > 1 or not (wanted or files):
        reason = "commits of one hash, sha1 or sha256, not of both" if wanted else "at least one pin"
        raise UnsupportedError(f"a bundle holds {reason}", "make one for each" if wanted else "name a source")
    ids: set[str] = set()
    for target, tree in zip(wanted, trees, strict=True):
        ids |= ids_of_pin(tree.objects.source, target)
        ids |= ids_of_history(tree.objects, tree.commit_id) if full else set()
        ids |= ids_of_files(tree.objects.source, tree.commit_id) if whole else set()
    # The first tree's objects are enough: a repository takes objects that it lacks from the other known ones.
    objects = read_all(trees[0].objects, ids) if trees else {}
    refs = _refs(trees, full)
    roots_objects, roots_refs = roots_to_objects((pin for pin, _, _ in wanted), *formats)
    objects |= roots_objects
    refs |= roots_refs
    if files:
        tree_id, file_objects = files_to_objects(files, *formats)
        objects |= file_objects
        refs[FILES + tree_id] = tree_id
    return write_bundle(objects, refs, filter="" if full else SUBSET, object_format=formats.pop())


def _tree(pin: str, first: AnyRepository | None) -> CommitTree:
    # Not the namespace's: it keeps to the repository where the commit was first found, which may be gone by now.
    commit_id, _ = split_pin(pin) or (pin, None)
    return registry.find_tree(commit_id, first)


def _refs(trees: list[CommitTree], full: bool) -> dict[str, str]:
    ids = {tree.commit_id for tree in trees}
    refs = {f"{REFS}{commit_id}": commit_id for commit_id in ids}
    if full and ids:
        refs |= {f"refs/heads/pin-{commit_id[:8]}": commit_id for commit_id in ids}
        refs["HEAD"] = max(trees, key=lambda tree: (tree.commit.time, tree.commit_id)).commit_id
    return refs
