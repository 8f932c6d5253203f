"""Version: a commit where the code of a class's unit changes, as a value."""

from __future__ import annotations

import enum
from typing import Any

import attrs

from zenml_pin.audit.fragments import fragment_of
from zenml_pin.audit.history.pinned_by import PinnedBy
from zenml_pin.base.dates import subject
from zenml_pin.base.html import Markup
from zenml_pin.git.objects.commit import Commit
from zenml_pin.pins.first_parents import UnitAt
from zenml_pin.source import Source

SCHEMA_VERSION = 1


class VersionKind(enum.Enum):
    """How a commit changed the unit."""

    ADDED = "added"
    CHANGED = "changed"
    MOVED = "moved"
    RENAMED = "renamed"
    DELETED = "deleted"
    OLDEST = "oldest here"


@attrs.frozen
class Version:
    """One version.

    Attributes:
        commit: The commit that added it.
        kind: How the commit changed the unit; the oldest commit of a shallow clone may not have changed it.
        unit: The location of the code, with its tree id; None if the commit deleted it.
        module: The dotted name of the module there.
        other_module: Of a renamed version, the module's name before the commit; of a deleted one, the name that the
            module has since then, if the class is in another file of the commit.
        class_changed: Whether the class's own text differs from that in the version before; None without the class.
        pins: The pins of this version.
        word: What the source names: "class" or "function".
    """

    commit: Commit
    kind: VersionKind
    unit: UnitAt | None
    module: str
    other_module: str | None = None
    class_changed: bool | None = None
    pins: tuple[PinnedBy, ...] = ()
    word: str = "class"

    @property
    def subject(self) -> str:
        """The first line of the commit's message."""
        return subject(self.commit.message)

    @property
    def what(self) -> str:
        """How the commit changed the unit, and the class or function."""
        kind: str = self.kind.value
        if self.other_module is not None:
            kind += f", renamed to {self.other_module}" if self.unit is None else f" from {self.other_module}"
        if self.unit is not None and self.class_changed is None:
            return f"{kind}, {self.word} missing"
        if self.kind in (VersionKind.ADDED, VersionKind.DELETED, VersionKind.OLDEST):
            return kind
        return f"{kind}, {self.word} changed" if self.class_changed else f"{kind}, same {self.word}"

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data. Only a version that was renamed has `renamed_from` or `renamed_to`."""
        renamed = {"renamed_to" if self.unit is None else "renamed_from": self.other_module}
        return {
            "commit_id": self.commit.id,
            "author": self.commit.author,
            "time": self.commit.time,
            "zone": self.commit.zone,
            "subject": self.subject,
            "is_merge": len(self.commit.parents) > 1,
            "kind": self.kind.value,
            "folder": None if self.unit is None else self.unit.folder,
            "tree_id": None if self.unit is None else self.unit.id,
            "class_changed": self.class_changed,
            **(renamed if self.other_module is not None else {}),
            "pins": [pin.to_dict() for pin in self.pins],
        }


@attrs.frozen
class Versions:
    """The versions of a class.

    Attributes:
        source: The class.
        commit_id: The commit whose line of history was walked.
        versions: Newest first, with the commits that deleted the class.
        elsewhere: Pins of code that this line of history never had, or of commits that the repository does not have.
        commits: How many commits were read.
        is_complete: False if the history ends in a shallow clone.
    """

    source: Source
    commit_id: str
    versions: tuple[Version, ...]
    elsewhere: tuple[PinnedBy, ...] = ()
    commits: int = 0
    is_complete: bool = True

    @property
    def number(self) -> int:
        """How many versions there are; a commit that deleted the class is in the list, and added none."""
        return sum(version.unit is not None for version in self.versions)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "schema_version": SCHEMA_VERSION,
            "source": str(self.source),
            "commit_id": self.commit_id,
            "commits": self.commits,
            "is_complete": self.is_complete,
            "versions": [version.to_dict() for version in self.versions],
            "elsewhere": [pin.to_dict() for pin in self.elsewhere],
        }

    def _repr_html_(self) -> Markup:
        return fragment_of(self)
