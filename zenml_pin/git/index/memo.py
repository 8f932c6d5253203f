"""What one state of an index file has answered, kept while the file's stat stays.

Reading where one folder lies in an index of 100,000 files takes a millisecond, asking its stat a microsecond.
"""

from __future__ import annotations

from zenml_pin.base.stat_memo import is_settled, stamp

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os

    from zenml_pin.base.stat_memo import Stamp
    from zenml_pin.git.index.file_format import IndexEntry

# Folders of one repository that are checked again and again; each holds some dozen entries.
_KEPT = 1024


class Answers:
    """What is known of one state: tree ids and entries by folder, the latter as scanned and as searched for."""

    def __init__(self) -> None:
        self.trees: dict[bytes, str | None] = {}
        self.scanned: dict[bytes, list[IndexEntry]] = {}
        self.searched: dict[bytes, list[IndexEntry] | None] = {}

    @property
    def is_full(self) -> bool:
        """Whether there are more of them than a repository's few folders need."""
        return len(self.trees) + len(self.scanned) + len(self.searched) > _KEPT


class IndexMemo:
    """The answers of an index file's latest state."""

    def __init__(self) -> None:
        self._latest: tuple[Stamp, Answers] = (), Answers()

    def of(self, info: os.stat_result) -> Answers:
        """Return the answers of the state with this stat; of one that is young, none but new ones."""
        now = stamp(info)
        known, answers = self._latest
        if now != known or answers.is_full:
            answers = Answers()
            # At once: another thread must not take these answers for those of the state that it sees.
            self._latest = (now if is_settled(now) else ()), answers
        return answers
