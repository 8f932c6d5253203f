"""`diff` compares two sources and returns a Difference. Reads objects, and files of the working tree; runs nothing.

diff("trainers.step.MyTrainer@<id>")                    the pin and the working tree
diff("trainers.step.MyTrainer@<id>", "...@<other id>")  two pins, also of a class that has moved
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import attrs

from zenml_pin.audit.comparison.class_text import Segment, find_segment
from zenml_pin.audit.comparison.compared_class import ComparedClass
from zenml_pin.audit.comparison.difference import (
    Difference,
    FileDifference,
    FileKind,
    Role,
    Side,
    Verdict,
)
from zenml_pin.audit.comparison.file_pairs import FilePair, pair_files
from zenml_pin.audit.comparison.line_diff import LineDifference, compare_contents, compare_lines, decode_lines
from zenml_pin.audit.comparison.sides import SideReader, open_side
from zenml_pin.errors import ObjectCorruptError, ObjectNotFoundError, PinError, PinnedModuleNotFoundError
from zenml_pin.git.objects.tree import Entry
from zenml_pin.importing.locate import find_path
from zenml_pin.pins.definitions import Definitions
from zenml_pin.pins.lookup import find_repository, read_source
from zenml_pin.pins.pinning import imported_path
from zenml_pin.pins.unit import unit_of
from zenml_pin.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.pins.lookup import Repo

# How many imports of imports are followed to the class statement; circular imports end here too.
_MAX_IMPORTS = 10
# Code that may read every file of a large repository is compared in some seconds.
_MOST_FURTHER = 100


def diff(old: Source | str, new: Source | str | None = None, *, repo: Repo = None) -> Difference:
    """Return the changes between two pins of a class, or between a pin and the working tree.

    Args:
        old: A pinned source, or its text, which may have a revision instead of an id: "trainers.step.MyTrainer@v1.2".
        new: Another source, or its text. An unpinned one, or None, means the working tree.
        repo: The repository; by default the one at or above the current folder.

    Raises:
        CommitNotFoundError: No known repository has one of the commits.
        PinnedModuleNotFoundError: Neither side has the module or the class.
        ObjectNotFoundError, ObjectCorruptError: The module, or one on the way to the class, is missing or damaged.
        UnpinnedError, UnsupportedError: A side is a release, or the working tree of a bare repository.

    Cost: reads the Python files of the class's folder and all that they import, on both sides; and the files that
        differ, which may be all of the source roots if that code may load more than its import statements name.
    """
    old = read_source(old, repo)
    new = old.at(None) if new is None else read_source(new, repo)
    repository = find_repository(repo)
    sides = open_side(old, repository), open_side(new, repository)
    return compare(compared_class_of(sides[0], old), compared_class_of(sides[1], new))


def compared_class_of(side: SideReader, source: Source) -> ComparedClass:
    """Return a class on a side, ready to be compared."""
    return ComparedClass(side, locate_class(side, source))


def compare(old: ComparedClass, new: ComparedClass) -> Difference:
    """Return the changes between two sides.

    Raises:
        PinnedModuleNotFoundError: Neither side has the class.
    """
    before, after = old.side, new.side
    if before.segment is None and after.segment is None:
        raise PinnedModuleNotFoundError(
            f"neither {before.label} nor {after.label} has class or function '{before.source.name}' in module "
            f"'{before.source.module}'",
            "a source names a class from its source root, as in trainers.step.MyTrainer",
            name=before.source.module,
        )
    old, new = _with_unit(old, after), _with_unit(new, before)
    files = sorted(_differing(old, new), key=lambda file: (_ROLES.index(file.role), file.path))
    lines = compare_class(before, after)
    unparsed = tuple(dict.fromkeys((*old.unparsed, *new.unparsed)))
    return Difference(
        old.side, new.side, _verdict(before, after, lines, files), lines, tuple(files), unparsed
    )


def locate_class(side: SideReader, source: Source) -> Side:
    """Return the location of a class on a side; what the side does not have is None."""
    path = find_path(side.tree, side.roots, source.module)
    if path is None:
        return Side(source, side.commit)
    unit = side.real(unit_of(path, side.roots))
    defined, segment = _definition(side, path, source.name) or (None, None)
    return Side(source, side.commit, side.real(path), unit, defined, segment)


def compare_class(old: Side, new: Side) -> LineDifference:
    """Return how the class's own text differs."""
    before, after = old.segment, new.segment
    first = (before.line if before else 1, after.line if after else 1)
    return compare_lines(before.lines if before else (), after.lines if after else (), first=first)


def _definition(side: SideReader, path: str, name: str, depth: int = 0) -> tuple[str, Segment] | None:
    """Return the file with a class's statement, and its text; follow imports inside the repository."""
    path = side.real(path)
    entry = side.files(path).get(path)
    if entry is None or depth > _MAX_IMPORTS:
        return None
    try:
        data = side.read(entry)
    except (ObjectCorruptError, ObjectNotFoundError):
        # Nobody knows what it defines.
        raise
    except PinError:
        return None
    segment = find_segment(decode_lines(data), name)
    if segment is not None and segment.imported is None:
        return path, segment
    stars = [(star, name) for star in Definitions.of(data).stars]
    imports = stars if segment is None or segment.imported is None else [segment.imported]
    for module, imported_name in imports:
        target = imported_path(side.tree, side.roots, path, module)
        definition = _definition(side, target, imported_name, depth + 1) if target is not None else None
        if definition is not None:
            return definition
    return None if segment is None else (path, segment)


def _with_unit(compared: ComparedClass, other: Side) -> ComparedClass:
    """Return the class with a unit: its own, or the other side's if this side does not have the module."""
    if compared.side.unit is not None:
        return compared
    return ComparedClass(compared.reader, attrs.evolve(compared.side, unit=other.unit))


def _verdict(old: Side, new: Side, lines: LineDifference, files: Collection[FileDifference]) -> Verdict:
    if old.segment is None or new.segment is None:
        return Verdict.MISSING
    if lines.hunks:
        return Verdict.LAYOUT if old.segment.code == new.segment.code else Verdict.CLASS
    roles = {file.role for file in files if not file.is_move}
    for role, verdict in _VERDICTS.items():
        if role in roles:
            return verdict
    return Verdict.MOVED if files else Verdict.SAME


_VERDICTS = {
    Role.MODULE: Verdict.MODULE,
    Role.IMPORT: Verdict.HELPER,
    Role.FOLDER: Verdict.FOLDER,
    Role.FURTHER: Verdict.FURTHER,
}
_ROLES = list(_VERDICTS)


def _differing(old: ComparedClass, new: ComparedClass) -> Iterator[FileDifference]:
    """Yield the files that differ."""
    is_whole = old.reaches_further or new.reaches_further
    is_anywhere = old.uses_path or new.uses_path
    before, after = old.by_key(is_whole, is_anywhere), new.by_key(is_whole, is_anywhere)
    old_entries = {id(entry) for entry in before.values()}

    def lines_of(entry: Entry) -> list[str] | None:
        return (old if id(entry) in old_entries else new).lines(entry)

    further = 0
    for before_entry, after_entry in sorted(pair_files(before, after, lines_of), key=_path):
        roles = {old.role(before_entry), new.role(after_entry)}
        role = next(role for role in _ROLES if role in roles)
        further += role is Role.FURTHER
        yield _describe(old, before_entry, new, after_entry, role, has_lines=further <= _MOST_FURTHER)


def _path(pair: FilePair) -> str:
    return next(entry.path for entry in reversed(pair) if entry is not None)


def _describe(
    old: ComparedClass,
    before: Entry | None,
    new: ComparedClass,
    after: Entry | None,
    role: Role,
    *,
    has_lines: bool,
) -> FileDifference:
    if has_lines or role is not Role.FURTHER:
        lines, note = compare_contents(old.reader, before, new.reader, after)
    else:
        lines, note = LineDifference(), f"its lines are not shown, only those of {_MOST_FURTHER} such files"
    chain: tuple[str, ...] = ()
    if role is Role.IMPORT:
        chain = new.chain(after) if new.role(after) is role else old.chain(before)
    return FileDifference(_kind(before, after), role, before, after, lines, note, chain)


def _kind(before: Entry | None, after: Entry | None) -> FileKind:
    if before is None or after is None:
        return FileKind.ADDED if before is None else FileKind.DELETED
    if before.path != after.path:
        return FileKind.RENAMED
    is_other = before.is_file != after.is_file or (not before.is_file and before.mode != after.mode)
    return FileKind.TYPECHANGE if is_other else FileKind.MODIFIED
