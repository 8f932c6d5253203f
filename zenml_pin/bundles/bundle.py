"""Bundle: pins in one file that git knows how to read, from which their classes load wherever it is.

    Bundle.create("trainers.step.MyTrainer@<commit id>", "pins.bundle")
    zenml_pin.load("trainers.step.MyTrainer@<commit id>", repo="pins.bundle")

    refs/zenml-pin/<commit id>         a commit that it was made for
    refs/zenml-pin/files/<tree id>     files that travel with it
    HEAD, refs/heads/pin-<8 digits>    with `full`, so that `git clone` finds what to check out

Refs are for git and for people; what is loaded is looked up by id.
"""

from __future__ import annotations

import os
from types import MappingProxyType

from zenml_pin import resolver
from zenml_pin.at import registry
from zenml_pin.base.atomic import write_whole
from zenml_pin.base.limits import DEFAULT_LIMITS
from zenml_pin.bundles.attached_files import FILES, files_to_objects, read_files
from zenml_pin.bundles.needed_objects import ids_of_history, ids_of_pin, read_all
from zenml_pin.errors import UnsupportedError
from zenml_pin.git.bundle import SUBSET, BundleRepository, open_bundle, open_bundle_file, write_bundle
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.pins.lookup import find_repository
from zenml_pin.pins.origin import origin_of
from zenml_pin.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from zenml_pin.base.limits import Limits
    from zenml_pin.bundles.needed_objects import Wanted
    from zenml_pin.bundles.report import BundleReport
    from zenml_pin.git.any_repository import AnyRepository
    from zenml_pin.pins.lookup import Repo

    Pinnable = type | Source | str

REFS = "refs/zenml-pin/"


class Bundle:
    """A bundle, open. It is taken wherever a repository is: `load(source, repo=bundle)`, `attach(bundle)`.

    Attributes:
        place: What it serves commits from.
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
        """Make a bundle of pins, the same bytes for the same pins. Runs nothing.

        Args:
            sources: Pinned sources; a class, or a source without a pin, is pinned to HEAD first, or refused.
            path: Where to write it, whole or not at all; without one it is in memory alone.
            repo: The repository to ask first, as in `load`.
            full: Put in the whole tree of each commit and all history before it, so that `git clone` takes it.
            files: Other files to carry, by path.

        Raises:
            UncommittedChangesError, UnpinnedError: A class cannot be pinned.
            CommitNotFoundError, ObjectNotFoundError: A commit is not here, or not whole.
            PinnedModuleNotFoundError, PinnedAttributeError: A commit has no such module or class.
        """
        listed = [sources] if isinstance(sources, (str, Source, type)) else list(sources)
        wanted = {_wanted(_pinned(source, repo)): _at_hand(source, repo) for source in listed}
        place = BundleRepository(write_pins(wanted, full, files or {}))
        if path is None:
            return cls(place)
        write_whole(path, place.data)
        return cls.open(path)

    @classmethod
    def open(cls, path_or_bytes: str | os.PathLike[str] | bytes, *, limits: Limits | None = None) -> Bundle:
        """Open a bundle, of this package or of `git bundle`.

        Raises:
            BundleError: It is damaged, is none, or uses what is not supported.
            LimitError: It is too large.
        """
        if isinstance(path_or_bytes, bytes):
            return cls(open_bundle(path_or_bytes, limits or DEFAULT_LIMITS))
        return cls(open_bundle_file(os.path.realpath(path_or_bytes), limits or DEFAULT_LIMITS))

    @property
    def data(self) -> bytes:
        """Its bytes."""
        return self.place.data

    @property
    def files(self) -> dict[str, bytes]:
        """The other files that it carries, by path."""
        claimed = [name for ref, name in self.place.header.refs.items() if ref.startswith(FILES)]
        limits = self.place.objects.limits
        held = (read_files(self.place.objects, name, limits.bundle) for name in claimed)
        return {path: data for files in held for path, data in files.items()}

    def verify(self) -> BundleReport:
        """Say commit by commit what is in it. Runs nothing; that it is open already means that nothing is damaged."""
        from zenml_pin.bundles.report import report_on

        return report_on(self.place, tuple(self.files))

    def __repr__(self) -> str:
        return f"Bundle({self.place.root!r})"


def _pinned(source: Pinnable, repo: Repo) -> Source:
    """Return a source that names a commit.

    Raises:
        UnsupportedError: It is pinned to a release, which needs no carrying.
    """
    if isinstance(source, str):
        source = Source.parse(source)
    pinned = resolver.pin(source, repo=repo, strict=True)
    if pinned.commit_id is None:
        raise UnsupportedError(
            f"'{pinned}' is in no commit, so no bundle can hold it",
            "install the release that it names instead",
        )
    return pinned


def _at_hand(source: Pinnable, repo: Repo) -> AnyRepository | None:
    """Return the place to ask first: the named one, else that of a class's file, else the one here."""
    return find_repository(repo, origin_of(source).file if isinstance(source, type) else None)


def _wanted(pin: Source) -> Wanted:
    return pin.commit_id or "", pin.module, pin.name


def write_pins(
    wanted: Mapping[Wanted, AnyRepository | None],
    full: bool = False,
    files: Mapping[str, bytes] = MappingProxyType({}),
) -> bytes:
    """Return the bytes of a bundle.

    Args:
        wanted: The modules, or classes, of commits, and which place to ask first for each.
        full: As in `Bundle.create`.
        files: As in `Bundle.create`.

    Raises:
        CommitNotFoundError, ObjectNotFoundError: A commit is not here, or not whole.
        PinnedModuleNotFoundError, PinnedAttributeError: A commit has no such module or class.
    """
    trees = [_tree(commit_id, first) for (commit_id, _, _), first in wanted.items()]
    formats = {tree.objects.source.object_format for tree in trees} or {"sha1"}
    if len(formats) > 1 or not (wanted or files):
        reason = "commits of one hash, sha1 or sha256, not of both" if wanted else "at least one pin"
        raise UnsupportedError(f"a bundle holds {reason}", "make one for each" if wanted else "name a source")
    ids: set[str] = set()
    for pin, tree in zip(wanted, trees, strict=True):
        ids |= ids_of_pin(tree.objects.source, pin)
        ids |= ids_of_history(tree.objects, tree.commit_id) if full else set()
    # Any of them has them all: what one place lacks, it takes from the others.
    held = read_all(trees[0].objects, ids) if trees else {}
    refs = _refs(trees, full)
    if files:
        tree_id, made = files_to_objects(files, *formats)
        held |= made
        refs[FILES + tree_id] = tree_id
    return write_bundle(held, refs, filter="" if full else SUBSET, object_format=formats.pop())


def _tree(commit_id: str, first: AnyRepository | None) -> CommitTree:
    tree = registry.get_namespace(commit_id, first).tree
    assert isinstance(tree, CommitTree)
    return tree


def _refs(trees: list[CommitTree], full: bool) -> dict[str, str]:
    ids = {tree.commit_id for tree in trees}
    refs = {f"{REFS}{commit_id}": commit_id for commit_id in ids}
    if full and ids:
        refs |= {f"refs/heads/pin-{commit_id[:8]}": commit_id for commit_id in ids}
        refs["HEAD"] = max(trees, key=lambda tree: (tree.commit.time, tree.commit_id)).commit_id
    return refs
