"""Reports: what a bundle holds, commit by commit, as an auditor wants to know it.

Everything is found in the objects; of the refs only which commits they name is used, to tell what a bundle was made for
from the history behind it, and each of those is looked up. Runs nothing.
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
        sources: The classes that load from the bundle alone, found without running any of them.
        missing: What a module that is here imports, by path, and is not here; such modules are not in `sources`.
        objects: How many objects of the commit are here, itself included.
        size: Bytes of their content.
        is_whole: Whether all files of the commit are here.
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


@attrs.frozen
class BundleReport:
    """What a bundle holds.

    Attributes:
        place: Its file, or a name for it.
        version, object_format, filter: As its header says.
        size: Bytes of the bundle.
        objects: How many objects it holds; each was hashed.
        commits: The commits that its refs name, oldest first; all where they name none.
        history: How many commits it holds besides.
        files: Paths of other files that it carries.
        unfulfilled: Refs that name what is not in it.
        prerequisites: Commits that whoever unbundles it with git must have already.
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
        """Whether it holds all that it claims, and all that its modules import."""
        return not self.unfulfilled and not any(commit.missing for commit in self.commits)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, for JSON."""
        return {"schema_version": SCHEMA_VERSION, **attrs.asdict(self, value_serializer=_plain)}


def _plain(instance: object, field: object, value: Any) -> Any:
    return str(value) if isinstance(value, Source) else value


def report_on(place: BundleRepository, files: tuple[str, ...]) -> BundleReport:
    """Return what a bundle holds.

    Raises:
        ObjectCorruptError: A commit or a tree in it is none that git would take.
    """
    packed, header = place.source.pack.objects, place.header
    held = {name for name, item in packed.items() if item.kind == "commit"}
    named = {name for name in header.refs.values() if name in held} or held
    commits = [place.objects.get_commit(name) for name in named]
    return BundleReport(
        place=place.root,
        version=header.version,
        object_format=header.object_format,
        filter=header.filter,
        size=len(place.data),
        objects=len(packed),
        commits=tuple(_carried(place, c) for c in sorted(commits, key=lambda c: (c.time, c.id))),
        history=len(held - named),
        files=files,
        unfulfilled=tuple(sorted(ref for ref, name in header.refs.items() if name not in packed)),
        prerequisites=header.prerequisites,
    )


def _carried(place: BundleRepository, commit: Commit) -> CarriedCommit:
    packed = place.source.pack.objects
    files, folders, is_whole = _walk(place.objects, commit.tree, packed.keys())
    present = {commit.id, *folders, *(entry.id for entry in files)}
    sources, missing = _sources(place.objects, commit.id, files, is_whole)
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
    )


def _walk(objects: Objects, root: str, held: Collection[str]) -> tuple[list[Entry], set[str], bool]:
    """Return the files of a commit that are here, sorted by path, the ids of its trees, and whether that is all.

    Raises:
        BundleError: There are too many: a few trees that name each other can stand for any number.
    """
    files: list[Entry] = []
    folders: set[str] = set()
    absent: set[str] = set()

    def enter(_: str, folder: Entry) -> bool:
        is_here = folder.id in held
        (folders if is_here else absent).add(folder.id)
        return is_here

    try:
        for path, entry in walk_tree(objects, root, most=_MOST_FILES, enter=enter):
            if entry.id in held:
                files.append(Entry(path, entry.mode, entry.id))
            elif entry.mode != SUBMODULE:
                absent.add(entry.id)
    except UnsupportedError as error:
        reason = f"a commit in it has more than {_MOST_FILES} files and folders"
        raise BundleError(objects.source.place, reason) from error
    return sorted(files, key=lambda entry: entry.path), folders, not absent


def _sources(
    objects: Objects, commit_id: str, files: list[Entry], is_whole: bool
) -> tuple[list[Source], list[str]]:
    """Return the classes of the modules that are here with all that they import, and what others lack."""
    sources: list[Source] = []
    missing: dict[str, None] = {}
    try:
        tree = CommitTree(objects, commit_id)
        roots = source_roots(tree)
    except PinError as error:
        return [], [error.path] if isinstance(error, ObjectNotFoundError) else [error.message]
    for entry in files:
        module = to_dotted(entry.path, roots) if entry.is_file else None
        if module is None:
            continue
        try:
            # Where all is here, nothing can be missing.
            _ = is_whole or find_closure(tree, roots, entry.path)
            sources += _classes(tree, module, entry)
        except ObjectNotFoundError as error:
            missing[error.path] = None
        except LimitError:
            # Too long to be read, so too long to be loaded.
            missing[entry.path] = None
    return sources, sorted(missing)


def _classes(tree: CommitTree, module: str, entry: Entry) -> Iterator[Source]:
    for name in sorted(set(Definitions.of(tree.read(entry.path)).classes)):
        # A file may have a name that no source can say.
        with suppress(SourceSyntaxError):
            yield Source(module, name, tree.commit_id)
