"""Difference: the changes between two pins of a class, or between a pin and the working tree.

    class    the class statement itself, decorators included
    module   the rest of the file that defines it
    import   a file that the module imports from the repository, directly or through other files
    folder   any other file of the class's folder, and the files that those import
    further  any other file that the code id counts: data files beside what is imported; or every file of the source
             roots, if code may load more than its import statements name (importlib, eval, `__file__`, `sys.modules`,
             `sys.path`; with `sys.path` also every Python file outside the source roots)

The verdict is the first of these that differs. A diff of the class alone would not show that a helper has changed.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import Any

import attrs

from zenml_pin.audit.comparison.class_text import Segment
from zenml_pin.audit.comparison.line_diff import LineDifference
from zenml_pin.audit.fragments import fragment_of
from zenml_pin.base.html import Markup
from zenml_pin.base.text import count
from zenml_pin.git.objects.commit import Commit
from zenml_pin.git.objects.tree import Entry
from zenml_pin.source import Source

SCHEMA_VERSION = 1


class Verdict(enum.Enum):
    """What differs; the parts nearest to the class come first."""

    MISSING = "missing"
    CLASS = "class"
    LAYOUT = "layout"
    MODULE = "module"
    HELPER = "helper"
    FOLDER = "folder"
    FURTHER = "further"
    MOVED = "moved"
    SAME = "same"


class FileKind(enum.Enum):
    """The kind of a file's change, in git's words."""

    ADDED = "added"
    DELETED = "deleted"
    RENAMED = "renamed"
    TYPECHANGE = "typechange"
    MODIFIED = "modified"


class Role(enum.Enum):
    """The role of a file for the class."""

    MODULE = "module"
    IMPORT = "import"
    FOLDER = "folder"
    FURTHER = "further"


@attrs.frozen
class Side:
    """One side: the location of the class.

    Attributes:
        source: The class, with its pin; unpinned for the working tree.
        commit: The commit; None for the working tree.
        path: The module's file; None if the side does not have the module.
        unit: The class's folder, or its file if the file is directly in a source root.
        defined: The file with the class statement; another file than `path` if the module only imports the class.
        segment: The class's text; None if the side does not have the class.
        name: The name of a side without a commit.
    """

    source: Source
    commit: Commit | None
    path: str | None = None
    unit: str | None = None
    defined: str | None = None
    segment: Segment | None = None
    name: str = "working tree"

    @property
    def label(self) -> str:
        """The commit's full id, or "working tree", or the run whose uncommitted code it is."""
        return self.commit.id if self.commit is not None else self.name

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "source": str(self.source),
            "commit_id": None if self.commit is None else self.commit.id,
            "time": None if self.commit is None else self.commit.time,
            "author": None if self.commit is None else self.commit.author,
            "path": self.path,
            "folder": self.unit,
            "defined_in": self.defined,
            "line": None if self.segment is None else self.segment.line,
        }


@attrs.frozen
class FileDifference:
    """One file that differs.

    Attributes:
        kind: The kind of the change.
        role: The file's role for the class.
        old, new: Its entries, with path, mode and blob id; None on a side that does not have the file.
        lines: How its text differs; empty if it is not text, or is the same.
        note: Changes that the lines do not show, such as a changed mode; empty if they show everything.
        chain: For an import, the files from the module to this one; each file imports the next.
    """

    kind: FileKind
    role: Role
    old: Entry | None
    new: Entry | None
    lines: LineDifference
    note: str = ""
    chain: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """Its path; the new one if it has two."""
        entry = self.new or self.old
        assert entry is not None
        return entry.path

    @property
    def is_move(self) -> bool:
        """Whether it has the same content at another path."""
        return self.old is not None and self.new is not None and _content(self.old) == _content(self.new)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data; `unified` are the lines of a unified diff, without a header."""
        return {
            "path": self.path,
            "old_path": None if self.old is None else self.old.path,
            "kind": self.kind.value,
            "role": self.role.value,
            "old_id": None if self.old is None else self.old.id or None,
            "new_id": None if self.new is None else self.new.id or None,
            "old_mode": None if self.old is None else f"{self.old.mode:06o}",
            "new_mode": None if self.new is None else f"{self.new.mode:06o}",
            "added": self.lines.added,
            "removed": self.lines.removed,
            "note": self.note,
            "chain": list(self.chain),
            "unified": list(self.lines.unified()),
        }


@attrs.frozen
class Difference:
    """The changes between two sides.

    Attributes:
        old, new: The sides.
        verdict: What differs.
        class_lines: How the class's own text differs.
        files: Every file that differs: the module first, then imports, then the rest of the folder, then what the code
            may read at run time; sorted by path.
        unparsed: Which files this Python cannot parse, a sentence each.
    """

    old: Side
    new: Side
    verdict: Verdict
    class_lines: LineDifference
    files: tuple[FileDifference, ...] = ()
    unparsed: tuple[str, ...] = ()

    @property
    def same(self) -> bool:
        """Whether nothing differs: exit code 0."""
        return self.verdict is Verdict.SAME

    @property
    def note(self) -> str:
        """The verdict as a sentence, with the files that changed."""
        return "; ".join([*_sentences(self), *self.unparsed])

    @property
    def kind(self) -> str:
        """What is compared: "class" or "function"."""
        segment = self.new.segment or self.old.segment
        return "class" if segment is None else segment.kind

    def changed(self, role: Role) -> tuple[FileDifference, ...]:
        """Return the files of one role whose content differs, so not those that only moved."""
        return tuple(file for file in self.files if file.role is role and not file.is_move)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "schema_version": SCHEMA_VERSION,
            "old": self.old.to_dict(),
            "new": self.new.to_dict(),
            "same": self.same,
            "verdict": self.verdict.value,
            "note": self.note,
            "class": {
                "added": self.class_lines.added,
                "removed": self.class_lines.removed,
                "unified": list(self.class_lines.unified()),
            },
            "files": [file.to_dict() for file in self.files],
        }

    def _repr_html_(self) -> Markup:
        return fragment_of(self)


def _content(entry: Entry) -> tuple[int, str]:
    return entry.mode, entry.id


def _sentences(difference: Difference) -> Iterator[str]:
    name = difference.old.source.name
    if difference.verdict is Verdict.SAME:
        yield "nothing differs"
        return
    if difference.verdict is Verdict.MISSING:
        side = difference.old if difference.old.segment is None else difference.new
        missing = f"{difference.kind} '{name}'" if side.path is not None else f"module '{side.source.module}'"
        yield f"{missing} does not exist at {side.label}"
        return
    yield _about_class(difference)
    if difference.verdict in (Verdict.CLASS, Verdict.LAYOUT, Verdict.MODULE):
        helpers = difference.changed(Role.IMPORT)
        if helpers:
            yield f"{_helper(helpers)} changed too: {_paths(helpers)}"


def _about_class(difference: Difference) -> str:
    files = difference.changed(Role.IMPORT) or difference.changed(Role.FOLDER)
    kind = difference.kind
    return {
        Verdict.CLASS: f"the {kind} changed",
        Verdict.LAYOUT: f"the {kind} changed in comments and layout only",
        Verdict.MODULE: f"the {kind} is the same, its module changed around it",
        Verdict.HELPER: f"the {kind} is the same, {_helper(files)} changed: {_paths(files)}",
        Verdict.FOLDER: f"the {kind} and what it imports are the same, other files of its folder changed: "
        + _paths(files),
        Verdict.FURTHER: f"the {kind}, its folder and what these import are the same, but files that its code may read "
        f"at run time changed: {_paths(difference.changed(Role.FURTHER))}",
        Verdict.MOVED: f"the same code at another path: {_moves(difference)}",
    }[difference.verdict]


def _moves(difference: Difference) -> str:
    old, new = difference.old.unit, difference.new.unit
    moved = [(file.old.path, file.path) for file in difference.files if file.old is not None and file.is_move]
    if old != new or not moved:
        return f"{old} is now {new}"
    (before, after), *others = moved
    more = f", and {count(len(others), 'more file')}" if others else ""
    return f"{before} is now {after}{more}"


def _helper(files: tuple[FileDifference, ...]) -> str:
    return "its helper" if len(files) == 1 else f"{len(files)} of its helpers"


def _paths(files: tuple[FileDifference, ...], shown: int = 5) -> str:
    more = [f"and {len(files) - shown} more"] if len(files) > shown else []
    return ", ".join([*(file.path for file in files[:shown]), *more])
