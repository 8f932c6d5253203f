"""The facts about a pin, as values. A fact is None if it was not checked or cannot be known.

PinReport
    commit      CommitReport: author, time, and the branches that lead to it
    unmet       RequirementReport: a requirement of the commit that is not met here
    load        LoadReport: how the trial of a load ended
"""

from __future__ import annotations

from zenml_pin.base.values import Value, as_dict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from zenml_pin.isolation.trial import TrialEvent

# What became of a pin's code at HEAD.
SAME, EDITED, REMOVED = "same", "edited", "removed"


class CommitReport(Value):
    """A commit that pins name.

    Attributes:
        id: Its full id.
        author, committer: "Name <email>" as written in the commit; not verified.
        time: When it was committed, in seconds since the epoch UTC.
        zone: The committer's offset from UTC in minutes.
        subject: The first line of its message.
        branches, tags: Short names of those that lead to it, remote branches as "origin/main"; sorted. None if nobody
            looked for them, as in `check`.
        behind: How many commits HEAD has that it does not lead to; None without a HEAD, or if nobody counted.
        signature: "ssh", "openpgp", "x509" or "unknown": the kind of its signature, not verified; "" without one.
        signer: The signer, if signatures were checked and this one is good; else None.
        bundle: What has the commit, if the repository does not have it: a bundle of a pipelines folder, or the remote
            that it was fetched from; else None.
    """

    id: str
    author: str
    committer: str
    time: int
    zone: int
    subject: str
    branches: tuple[str, ...] | None = None
    tags: tuple[str, ...] | None = None
    behind: int | None = None
    signature: str = ""
    signer: str | None = None
    bundle: str | None = None

    @property
    def is_kept(self) -> bool:
        """Whether a branch or tag leads to it, so that git keeps it, or a bundle does."""
        return bool(self.branches or self.tags or self.bundle)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            key: list(value) if isinstance(value, tuple) else value for key, value in as_dict(self).items()
        }


class RequirementReport(Value):
    """A requirement of the commit that the installed distributions do not meet.

    Attributes:
        file: The commit's file that states it.
        requirement: As stated, such as "torch<2".
        installed: The installed version; None if it is not installed.
    """

    file: str
    requirement: str
    installed: str | None

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return as_dict(self)


class LoadReport(Value):
    """How the trial of a load ended.

    Attributes:
        outcome: "loaded", "failed" (its code raised, or cannot be imported) or "stopped" (at a limit, or by itself).
        message: Why, in one line; empty when it loaded.
        seconds: How long its process took.
        events: What the code did while it was loaded, such as files and programs; noted only in the sandbox.
    """

    outcome: str
    message: str = ""
    seconds: float = 0.0
    events: tuple[TrialEvent, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {**as_dict(self), "events": [event.to_dict() for event in self.events]}


class PinReport(Value):
    """The facts about one source that is pinned to a commit.

    Attributes:
        source: The source, `module.Class@<commit id>`.
        commit_id: The full id that it names.
        commit: The commit; None if the repository does not have it.
        path: The module's file at the commit; None if the commit does not have the module.
        folder: Its unit: its folder, or the file if the file is directly in a source root.
        tree_id: The id of the unit's tree (or blob).
        code_id: Identifies the code: the unit and all that it imports from the repository. None if it is unknown.
        has_class: Whether the file defines the class; None without a file.
        at_head: "same" if HEAD has the same code, "edited" if it has other code, "removed" if HEAD does not have the
            class; None without a HEAD.
        removed_in: The commit that removed the class from HEAD's first-parent history; None if it was not removed, or
            that is unknown.
        same_as_worktree: Whether the working tree has the same code; None without one.
        unmet: Requirements of the commit that the installed distributions do not meet; None if not compared.
        load: How a trial load ended; None if it was not tried.
        findings: Its problems, the same in every document, as (rule id, message, hint).
    """

    source: str
    commit_id: str
    commit: CommitReport | None = None
    path: str | None = None
    folder: str | None = None
    tree_id: str | None = None
    code_id: str | None = None
    has_class: bool | None = None
    at_head: str | None = None
    removed_in: str | None = None
    same_as_worktree: bool | None = None
    unmet: tuple[RequirementReport, ...] | None = None
    load: LoadReport | None = None
    findings: tuple[tuple[str, str, str], ...] = ()

    @property
    def exists(self) -> bool:
        """Whether commit, module and class exist."""
        return self.commit is not None and bool(self.has_class)

    @property
    def same_as_head(self) -> bool | None:
        """Whether HEAD has the same code; None without a HEAD."""
        return None if self.at_head is None else self.at_head == SAME

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        data = as_dict(self, "findings")
        return {
            **data,
            "same_as_head": self.same_as_head,
            "commit": None if self.commit is None else self.commit.to_dict(),
            "unmet": None if self.unmet is None else [report.to_dict() for report in self.unmet],
            "load": None if self.load is None else self.load.to_dict(),
            "rules": sorted({rule for rule, _, _ in self.findings}),
        }
