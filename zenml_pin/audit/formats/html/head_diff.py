"""The differences between pins and HEAD, for a page; compares each pin once."""

from __future__ import annotations

from zenml_pin.audit.comparison.compared_class import ComparedClass
from zenml_pin.audit.comparison.comparing import compare, compared_class_of
from zenml_pin.audit.comparison.difference import Difference
from zenml_pin.audit.comparison.sides import CommitSide
from zenml_pin.audit.pin_report import PinReport
from zenml_pin.audit.report import no_progress
from zenml_pin.errors import PinError
from zenml_pin.git.objects.commit import Commit
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.pins.lookup import get_repository
from zenml_pin.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.audit.report import Progress
    from zenml_pin.git.any_repository import AnyRepository


class HeadDiffs:
    """Compares the pins of a repository with its HEAD; compares nothing if the repository or HEAD cannot be read.

    Args:
        root: The repository's root.
        head: HEAD's commit id at the time of the audit.
        progress: Called for each pin that was compared.
        total: How many pins there are to compare; 0 switches the comparison off.
    """

    def __init__(self, root: str, head: str | None, progress: Progress | None = None, total: int = 0) -> None:
        self._progress = progress or no_progress
        self._total = total
        self._side = _side(root, head)
        self._shown: dict[str, str] = {}
        self._at_head: dict[str, ComparedClass] = {}

    @property
    def head(self) -> Commit | None:
        """HEAD's commit."""
        return None if self._side is None else self._side[1].commit

    @property
    def head_time(self) -> int | None:
        """When HEAD was committed."""
        return None if self.head is None else self.head.time

    def first_anchor(self, pin: PinReport, anchor: str) -> str:
        """Return the anchor of the step that shows a pin first; this is the given one if no step before shows it."""
        first = self._shown.setdefault(pin.source, anchor)
        if self._total:
            self._progress("differences", len(self._shown), self._total)
        return first

    def find(self, pin: PinReport) -> Difference | None:
        """Return the difference between a pin and HEAD; None if they cannot be compared."""
        if not self._total or self._side is None or pin.commit is None or pin.path is None:
            return None
        repository, head = self._side
        source = Source.parse(pin.source)
        try:
            side = CommitSide(CommitTree(repository.objects, pin.commit_id))
            return compare(compared_class_of(side, source), self._class_at_head(head, source))
        except PinError:
            return None

    def _class_at_head(self, head: CommitSide, source: Source) -> ComparedClass:
        name = f"{source.module}.{source.name}"
        if name not in self._at_head:
            self._at_head[name] = compared_class_of(head, source.at(head.tree.commit_id))
        return self._at_head[name]


def _side(root: str, head: str | None) -> tuple[AnyRepository, CommitSide] | None:
    if head is None:
        return None
    try:
        repository = get_repository(root)
        return repository, CommitSide(CommitTree(repository.objects, head))
    except PinError:
        return None
