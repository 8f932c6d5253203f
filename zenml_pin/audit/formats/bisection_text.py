"""A bisection as text: the answer, what cannot be judged, and a diff of what changed.

The value is in a part above this one, so it is described here by a protocol.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from zenml_pin.audit.formats.diff_text import unified
from zenml_pin.base.dates import show_date, subject
from zenml_pin.base.text import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.audit.comparison.difference import Difference
    from zenml_pin.git.objects.commit import Commit
    from zenml_pin.pipelines.bisecting.bisection import Bisection


class ShownBisection(Protocol):
    """What a page shows."""

    @property
    def what(self) -> str:
        """The class or the pipeline."""

    @property
    def bisection(self) -> Bisection:
        """The search."""

    @property
    def commits(self) -> dict[str, Commit]:
        """Every commit that is named, by its id."""

    @property
    def first_bad(self) -> Commit | None:
        """The answer."""

    @property
    def candidates(self) -> tuple[Commit, ...]:
        """All commits that may be the answer."""

    @property
    def differences(self) -> tuple[Difference, ...]:
        """What changed."""


def render_bisection(report: ShownBisection) -> str:
    """Return a bisection as text. Hostile text is escaped."""
    text = "".join(f"{printable(line)}\n" for line in _lines(report))
    return text + "".join(f"\n{unified(difference)}" for difference in report.differences)


def _lines(report: ShownBisection) -> Iterator[str]:
    commit = report.first_bad
    if commit is not None:
        yield f"{commit.id} is the first bad commit"
        yield f"author   {commit.author}"
        yield f"date     {show_date(commit.time, commit.zone)}"
        yield f"subject  {subject(commit.message)}"
    else:
        yield "only commits are left that cannot be judged; the first bad commit may be any of:"
        for candidate in report.candidates:
            yield f"{candidate.id}  {subject(candidate.message)}"
    for one in report.bisection.tested:
        why = f": {one.verdict.message}" if one.verdict.message else ""
        if one.commit_id == getattr(commit, "id", None) and why:
            yield f"why      {one.verdict.message}"
        elif one.verdict.answer == "unknown":
            yield f"skipped  {one.commit_id}  {one.verdict.reason}{why}"
    yield f"search   {report.bisection.sentence}"
