"""Reports: the content of a bundle, commit by commit, for an audit.

All facts come from the objects. The refs only tell which commits the bundle was made for, and which are history; each
commit that they name is looked up. Runs nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import suppress
from typing import Any

import attrs

from zenml_pin.errors import (
    BundleError,
    LimitError,
    ObjectNotFoundError,
    PinError,
    SourceSyntaxError,
    UnsupportedError,
)
from zenml_pin.git.bundle import BundleRepository
from zenml_pin.git.objects.commit import Commit
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.objects.object_store import Objects
from zenml_pin.git.objects.tree import SUBMODULE, Entry
from zenml_pin.git.objects.walk import walk_tree
from zenml_pin.importing.given_roots import roots_id_of, roots_in_bundle
from zenml_pin.importing.source_roots import source_roots, to_dotted
from zenml_pin.pins.definitions import Definitions
from zenml_pin.pins.import_closure import find_closure
from zenml_pin.source import Source

SCHEMA_VERSION = 1
_MOST_FILES = 1_000_000


@attrs.frozen
class CarriedCommit:
    """A commit in a bundle.

    Attributes:
        id, author, time, zone: As in the commit: time in seconds since the epoch UTC, zone in minutes.
        subject: The first line of its message.
        sources: The classes and functions that load from the bundle alone; none of them was run to find out.
        functions: Those of them that are functions.
        missing: Paths that modules in the bundle import and that are not in it; `sources` leaves these modules out.
        objects: How many objects of the commit are in the bundle, with the commit itself.
        size: Bytes of their content.
        is_whole: Whether all files of the commit are in the bundle.
    """

    id: str
    author: str
    time: int
    zone: int
    subject: str
    sources: tuple[Source, ...]
    missing: tuple[str, ...]
    objects: int
    size: int
    is_whole: bool
    functions: tuple[Source, ...] = ()


@attrs.frozen
class BundleReport:
    """The content of a bundle.

    Attributes:
        place: Its file, or a name for it.
        version, object_format, filter: From its header.
        size: Bytes of the bundle.
        objects: How many objects it has; each was hashed.
        commits: The commits that its refs name, oldest first; all commits if the refs name none of them.
        history: How many other commits it has.
        files: Paths of the other files in it.
        unfulfilled: Refs whose object is not in the bundle.
        prerequisites: Commits that a repository must have before git can unbundle it there.
    """

    place: str
    version: int
    object_format: str
    filter: str
    size: int
    objects: int
    commits: tuple[CarriedCommit, ...]
    history: int
    files: tuple[str, ...]
    unfulfilled: tuple[str, ...]
    prerequisites: tuple[str, ...]

    @property
    def is_sound(self) -> bool:
        """Whether all objects that its refs name, and all modules that its modules import, are in it."""
        return not self.unfulfilled and not any(commit.missing for commit in self.commits)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, for JSON."""
        return {"schema_version": SCHEMA_VERSION, **attrs.asdict(self, value_serializer=_plain)}


def _plain(instance: object, field: object, value: Any) -> Any:
    return str(value) if isinstance(value, Source) else value


def report_on(repository: BundleRepository, files: tuple[str, ...]) -> BundleReport:
    """Return the content of a bundle.

    Args:
        repository: The open bundle.
        files: Paths of the other files in it.

    Raises:
        ObjectCorruptError: Git would not accept a commit or a tree in it.
    """
    packed, header = repository.source.pack.objects, repository.header
    commit_ids = {name for name, item in packed.items() if item.kind == "commit"}
    named = {name for name in header.refs.values() if name in commit_ids} or commit_ids
    commits = [repository.objects.get_commit(name) for name in named]
    return BundleReport(
        place=repository.root,
        version=header.version,
        object_format=header.object_format,
        filter=header.filter,
        size=len(repository.data),
        objects=len(packed),
        commits=tuple(_carried(repository, c) for c in sorted(commits, key=lambda c: (c.time, c.id))),
        history=len(commit_ids - named),
        files=files,
        unfulfilled=tuple(sorted(ref for ref, name in header.refs.items() if name not in packed)),
        prerequisites=header.prerequisites,
    )


def _carried(repository: BundleRepository, commit: Commit) -> CarriedCommit:
    packed = repository.source.pack.objects
    files, folders, is_whole = _walk(repository.objects, commit.tree, packed.keys())
    present = {commit.id, *folders, *(entry.id for entry in files)}
    sources: dict[Source, bool] = {}
    missing: list[str] = []
    for roots in (None, *roots_in_bundle(repository)):
        more, lacking = _sources(repository.objects, commit.id, files, is_whole, roots)
        sources.update(more)
        missing += lacking if roots is None else []
    return CarriedCommit(
        id=commit.id,
        author=commit.author,
        time=commit.time,
        zone=commit.zone,
        subject=commit.message.strip().partition("\n")[0],
        sources=tuple(sources),
        missing=tuple(missing),
        objects=len(present),
        size=sum(packed[name].size for name in present),
        is_whole=is_whole,
        functions=tuple(source for source, is_function in sources.items() if is_function),
    )


def _walk(objects: Objects, root: str, present: Collection[str]) -> tuple[list[Entry], set[str], bool]:
    """Return the present files of a commit, sorted by path, the ids of its present trees, and whether all are present.

    Args:
        objects: The objects of the bundle.
        root: The id of the commit's tree.
        present: The ids of all objects in the bundle.

    Raises:
        BundleError: There are too many files. The limit is needed: a few trees that contain each other several times
            can list any number of files.
    """
    files: list[Entry] = []
    folders: set[str] = set()
    absent: set[str] = set()

    def enter(_: str, folder: Entry) -> bool:
        is_present = folder.id in present
        (folders if is_present else absent).add(folder.id)
        return is_present

    try:
        for path, entry in walk_tree(objects, root, most=_MOST_FILES, enter=enter):
            if entry.id in present:
                files.append(Entry(path, entry.mode, entry.id))
            elif entry.mode != SUBMODULE:
                absent.add(entry.id)
    except UnsupportedError as error:
        reason = f"a commit in it has more than {_MOST_FILES} files and folders"
        raise BundleError(objects.source.label, reason) from error
    return sorted(files, key=lambda entry: entry.path), folders, not absent


def _sources(
    objects: Objects, commit_id: str, files: list[Entry], is_whole: bool, given: tuple[str, ...] | None
) -> tuple[dict[Source, bool], list[str]]:
    """Return the sources of the modules whose imports are all in the bundle, and the paths that other modules lack.

    The value of a source tells whether it is a function.

    Args:
        objects: The objects of the bundle.
        commit_id: The commit.
        files: Its files that are in the bundle.
        is_whole: Whether these are all of its files.
        given: Source roots from which modules are named; others are left out. None for those of the commit.
    """
    sources: dict[Source, bool] = {}
    missing: dict[str, None] = {}
    try:
        tree = CommitTree(objects, commit_id)
        roots = source_roots(tree) if given is None else given
    except PinError as error:
        return {}, [error.path] if isinstance(error, ObjectNotFoundError) else [error.message]
    for entry in files:
        module = to_dotted(entry.path, roots) if entry.is_file else None
        if module is None:
            continue
        try:
            # In a whole commit no import can be missing.
            _ = is_whole or find_closure(tree, roots, entry.path)
            sources.update(_sources_in(tree, module, entry, None if given is None else roots_id_of(given)))
        except ObjectNotFoundError as error:
            missing[error.path] = None
        except LimitError:
            # A file that is too long to read is too long to load.
            missing[entry.path] = None
    return sources, sorted(missing)


def _sources_in(
    tree: CommitTree, module: str, entry: Entry, roots_id: str | None
) -> Iterator[tuple[Source, bool]]:
    definitions = Definitions.of(tree.read(entry.path))
    public = (name for name in definitions.functions if not name.startswith("_"))
    for name in sorted({*definitions.classes, *public}):
        # A source cannot name some files, such as those whose name is not an identifier.
        with suppress(SourceSyntaxError):
            yield Source(module, name, tree.commit_id, roots_id=roots_id), name not in definitions.classes
