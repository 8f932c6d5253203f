"""The answers of an index file, kept until its stat changes.

Finding one folder in an index of 100,000 files takes a millisecond; a stat of the file takes a microsecond.
"""

from __future__ import annotations

from zenml_pin.base.stat_memo import is_settled, stamp

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os

    from zenml_pin.base.stat_memo import Stamp
    from zenml_pin.git.index.file_format import IndexEntry

# Folders of one repository that are checked repeatedly; each has some dozen entries.
_KEPT = 1024


class Answers:
    """The answers for one state of the file: by folder its tree id, and its entries from a scan and from a search.

    Attributes:
        whole: The entries of a small index by each path and folder; None until they are needed.
    """

    def __init__(self) -> None:
        self.trees: dict[bytes, str | None] = {}
        self.scanned: dict[bytes, list[IndexEntry]] = {}
        self.whole: dict[bytes, list[IndexEntry]] | None = None
        self.searched: dict[bytes, list[IndexEntry] | None] = {}

    @property
    def is_full(self) -> bool:
        """Whether there are more answers than a repository's usual few folders need."""
        return len(self.trees) + len(self.scanned) + len(self.searched) > _KEPT


class IndexMemo:
    """The answers of an index file's latest state."""

    def __init__(self) -> None:
        self._latest: tuple[Stamp, Answers] = (), Answers()

    def of(self, info: os.stat_result) -> Answers:
        """Return the answers of the state with this stat; new, empty ones for a file that changed very recently."""
        now = stamp(info)
        known, answers = self._latest
        if now != known or answers.is_full:
            answers = Answers()
            # One assignment: another thread must not combine these answers with another state's stamp.
            self._latest = (now if is_settled(now) else ()), answers
        return answers
