"""Finding: one rule that a document, or a source in it, does not keep, and where."""

from __future__ import annotations

import hashlib
from typing import Any

import attrs

from zenml_pin.audit.rules import Level, Rule


@attrs.frozen
class Finding:
    """One finding.

    Attributes:
        rule: Which rule.
        message: One line, hostile text escaped: fact, subject, count.
        path: The document, posix and relative to the repository's root where it lies in it.
        line, column: Where in it, counted from 1; 0 where that is not known.
        key_path: Where in its structure, as in "steps.training.source".
        source: The source as it is stored; empty for a finding about the whole document.
        hint: What would help; empty where nothing would.
        revision: The commit that the document was read from; empty for a file or the index.
    """

    rule: Rule
    message: str
    path: str = ""
    line: int = 0
    column: int = 0
    key_path: str = ""
    source: str = ""
    hint: str = ""
    revision: str = ""

    @property
    def level(self) -> Level:
        """How much it matters."""
        return self.rule.level

    @property
    def place(self) -> str:
        """Where it is, as people and editors write it: "pipelines/mine.yaml:6:13"."""
        spot = f"{self.path}:{self.line}:{self.column}" if self.line else self.path
        return f"{self.revision}:{spot}" if self.revision else spot

    @property
    def fingerprint(self) -> str:
        """Return a name that stays while the document's lines move: 64 hexadecimal digits."""
        parts = (self.rule.id, self.path, self.key_path, self.source, self.message)
        return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()

    @property
    def sort_key(self) -> tuple[object, ...]:
        """Return what findings are sorted by: where they are, then the rule."""
        return self.path, self.revision, self.line, self.column, self.rule.id, self.message

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data; the rule is its id."""
        return {**attrs.asdict(self, recurse=False), "rule": self.rule.id, "level": self.level.value}
