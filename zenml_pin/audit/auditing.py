"""audit: the whole repository, at the working tree, at a commit, or in all of its history.

texts       every document, or every version of each document
pins        the commit of each source, checked by the rules
reach       which branches and tags lead to these commits
trials      whether the classes load, with `load=True`
report      all results together; also when the audit is interrupted
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from zenml_pin import cache
from zenml_pin.audit.assembling import Sources, gather, sources_of
from zenml_pin.audit.checked_documents import KEEP, ON_NO_BRANCH
from zenml_pin.audit.checking import paths_of, repository_at, signers_of, start_of
from zenml_pin.audit.document_choice import DocumentChoice, DocumentRequest, choose_documents
from zenml_pin.audit.facts.denials import problems_of
from zenml_pin.audit.facts.document_facts import read_text
from zenml_pin.audit.facts.folders import Units
from zenml_pin.audit.facts.pin_facts import Problem
from zenml_pin.audit.facts.pins import Examiner
from zenml_pin.audit.facts.reachability import Reached, reach_of
from zenml_pin.audit.facts.recorded_runs import with_moved_pins
from zenml_pin.audit.facts.reproductions import reproduce_each, with_reproductions
from zenml_pin.audit.facts.requirements import Requirements
from zenml_pin.audit.facts.trial import TrialLimits, TrialOptions, describe_walls, try_load
from zenml_pin.audit.facts.unpinned_sources import Unpinned
from zenml_pin.audit.facts.workers import (
    CHUNK,
    ExamineTask,
    WorkerPool,
    chunks,
    each,
    examine_chunk,
    forget,
    threads,
    workers,
)
from zenml_pin.audit.nothing_read import nothing_read
from zenml_pin.audit.pin_report import REMOVED, LoadReport, PinReport
from zenml_pin.audit.report import AuditReport, DocumentReport, ReproductionReport, no_progress
from zenml_pin.base.values import evolve
from zenml_pin.errors import MissingExtraError, PinError
from zenml_pin.git.repository import GitRepository
from zenml_pin.isolation.outcomes import FAILED, STOPPED
from zenml_pin.isolation.walls import AUTO
from zenml_pin.pins.attachment import attach
from zenml_pin.pins.from_subfolder import named_from_below
from zenml_pin.pins.removed_classes import find_removals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.audit.report import Progress
    from zenml_pin.git.signers import Signers
    from zenml_pin.pins.lookup import Repo


class AuditInterrupted(KeyboardInterrupt):
    """The audit was interrupted; `report` has the results until then."""

    def __init__(self, report: AuditReport) -> None:
        super().__init__("the audit was interrupted")
        self.report = report


@cache.unused()
def audit(
    files: Iterable[str | os.PathLike[str]] = (),
    *,
    repo: Repo = None,
    revision: str | None = None,
    all_history: bool = False,
    allow_empty: bool = False,
    load: bool = False,
    reproduce: bool = False,
    jobs: int = 1,
    dask: str | None = None,
    require_signed: str | os.PathLike[str] | None = None,
    limits: TrialLimits | None = None,
    sandbox: str = AUTO,
    env_pass: Iterable[str] = (),
    fetch: bool = False,
    progress: Progress | None = None,
    strict: bool = False,
    folders: Iterable[str | os.PathLike[str]] = (),
) -> AuditReport:
    """Return which sources the documents of a repository name, whether they still exist, and what has changed.

    Reads only; with `load`, each class is loaded in a separate process; with `reproduce`, pipelines run.

    Args:
        files: Only these documents, or the documents in these folders; by default all of the pipelines folders.
        repo: A path at or below the repository; by default the current folder.
        revision: Read the documents of this commit instead of the working tree's.
        all_history: Read each version of each document that a branch, a tag or HEAD leads to (or the revision).
        allow_empty: Whether it is right that there is no document; otherwise that is a finding (ZP020).
        load: Try to load each pinned class that exists.
        reproduce: Run the newest recorded run of each document of the working tree again, in this process and with
            all rights of the user, and compare its outputs.
        jobs: How many processes share the work.
        dask: The address of a Dask scheduler whose workers share the work instead; they must see the repository's path.
        require_signed: A file of allowed signers; one of them must have signed each commit, or a tag on it.
        limits: Time and memory of each trial of a load.
        sandbox: "auto" loads behind the walls that this machine has, "require" refuses to load if one is
            missing, "off" loads with all rights of the user.
        env_pass: Names of environment variables that the loaded code gets in the sandbox.
        fetch: Fetch what a shallow or partial clone lacks from its remote, into the user's cache folder.
        progress: Is called as the work advances.
        strict: As for `check`.
        folders: Folders of documents, instead of the pipelines folders.

    Raises:
        NotARepositoryError: `repo`, or the current folder without it, is not in a git repository.
        DocumentError: A file does not exist, or is not in the commits that are read.
        RevisionError: The revision does not name a commit.
        MissingExtraError: The extra that Dask or signatures need is not installed.
        SignersError: The file of signers cannot be read.
        UnsupportedError: The sandbox is required, and a wall is missing.
        AuditInterrupted: By Ctrl-C; its `report` has the results until then.
    """
    repository = repository_at(repo, fetch)
    options = TrialOptions(limits or TrialLimits(), sandbox, tuple(env_pass))
    request = DocumentRequest(start_of(repo), paths_of(files), paths_of(folders), revision, all_history)
    work = _Audit(repository, request.start, progress or no_progress, fetch, strict)
    try:
        work.choose(request)
        # A document that was mistyped is told first; the texts may be those of a long history.
        signers = signers_of(require_signed)
        work.read()
        with workers(jobs, dask) as (executor, count):
            work.examine(executor, count, signers)
            work.reach()
            if load and executor is not None and dask is not None:
                work.load(executor, count, options)
        if load and dask is None:
            with threads(jobs) as pool, work.stopping(), _attached(repository, fetch):
                work.load(pool, jobs, options)
        if reproduce:
            work.reproduce()
    except KeyboardInterrupt as error:
        raise AuditInterrupted(work.report(is_complete=False)) from error
    report = work.report()
    if report.documents or allow_empty:
        return report
    return evolve(report, own_findings=nothing_read(work.choice.searched, repository))


def _attached(repository: GitRepository, fetch: bool) -> AbstractContextManager[object]:
    """Let loads find what is fetched, in a block."""
    return attach(repository.root, fetch=True) if fetch else nullcontext()


class _Audit:
    """An audit in progress: its results so far."""

    def __init__(
        self,
        repository: GitRepository,
        start: str,
        progress: Progress,
        fetch: bool,
        strict: bool,
    ) -> None:
        self._repository = repository
        self._start = start
        self._units = Units(repository)
        self._strict = strict
        self._faults: dict[str, str] = {}
        self.choice = DocumentChoice(iter(()))
        self._progress = progress
        self._fetches = fetch
        self._documents: list[DocumentReport] = []
        self._sources = Sources({}, {}, {}, set())
        self._pins: dict[str, PinReport] = {}
        self._reached: dict[str, Reached] = {}
        self._loads: dict[str, LoadReport] = {}
        self._reproductions: dict[str, ReproductionReport] = {}
        self._notes: list[str] = []
        self._stop: threading.Event | None = None
        self._sandbox: str | None = None

    def _counting(self, stage: str) -> Callable[[int], None]:
        """Return a function that reports how many commits a walk through the history has read."""
        return lambda commits: self._progress(stage, commits, 0)

    def choose(self, request: DocumentRequest) -> None:
        """Find the documents that a caller wants to have audited."""
        self.choice = choose_documents(
            self._repository, self._units.head, request, self._faults, self._counting("commits")
        )

    def read(self) -> None:
        """Read the documents."""
        for text in self.choice.texts:
            self._documents.append(read_text(text))
            self._progress("documents", len(self._documents), 0)
        self._sources = sources_of(self._documents)

    def examine(self, executor: WorkerPool | None, count: int, signers: Signers | None) -> None:
        """Examine every pin once."""
        examiner = Examiner(self._repository, self._units)
        sources = examiner.in_history_order(self._sources.pinned.values())
        old = frozenset(self._sources.old)
        task = ExamineTask(self._repository.root, self._can_compare(), signers, self._fetches, old)
        calls = [(task, part) for part in chunks(sources, CHUNK)]
        results = (
            each(executor, count, examine_chunk, calls)
            if executor
            else (examine_chunk(*call) for call in calls)
        )
        for reports in results:
            self._pins.update((report.source, report) for report in reports)
            self._progress("pins", len(self._pins), len(sources))
        forget()

    def _can_compare(self) -> bool:
        """Tell whether requirements can be compared here; if not, add a note with the missing extra."""
        try:
            Requirements()
        except MissingExtraError as error:
            self._notes.append(f"{error}; {error.hint}")
            return False
        return True

    def reach(self) -> None:
        """Find out which branches and tags lead to the commits."""
        commits = [pin.commit_id for pin in self._pins.values() if pin.commit and not pin.commit.bundle]
        self._reached = reach_of(
            self._repository, commits, self._faults, self.choice.pushed, self._counting("history")
        )

    @contextmanager
    def stopping(self) -> Iterator[None]:
        """Stop the running trials at the end of a block, also after an error."""
        self._stop = threading.Event()
        try:
            yield
        finally:
            self._stop.set()

    def load(self, executor: WorkerPool, count: int, options: TrialOptions) -> None:
        """Try to load every class that exists."""
        self._sandbox = describe_walls(options.sandbox)
        texts = {self._named(text): text for text, pin in sorted(self._pins.items()) if pin.exists}
        calls = [(named, self._repository.root, options, self._stop) for named in texts]
        for named, outcome in each(executor, count, _try_named, calls):
            self._loads[texts[named]] = outcome
            self._progress("loads", len(self._loads), len(texts))

    def reproduce(self) -> None:
        """Run the newest recorded run of each document again."""
        if self.choice.scope != "worktree" or self._repository.layout.worktree is None:
            self._notes.append("no run is reproduced: that is for documents of the working tree")
            return
        try:
            self._reproductions = reproduce_each(self._documents, self._start, self._progress)
        except PinError as error:
            self._notes.append(f"no run is reproduced: {error.message}")

    def _named(self, text: str) -> str:
        """Return a source with the folder from which a document of ZenML names it."""
        if text not in self._sources.old:
            return text
        return str(named_from_below(self._sources.pinned[text], self._repository))

    def report(self, is_complete: bool = True) -> AuditReport:
        """Return the results so far."""
        head = self._units.head
        unpinned = Unpinned(self._repository, self._units)
        problems = {text: unpinned.examine(source) for text, source in self._sources.others.items()}
        problems |= {text: [problem] for text, problem in self._sources.broken.items()}
        removals = self._removals()
        pins = {text: self._whole(pin, removals.get(text)) for text, pin in self._pins.items()}
        faults = [
            f"the history ends at a commit that cannot be read: {fault}" for fault in self._faults.values()
        ]
        notes = list(self._notes)
        documents = gather(self._documents, pins, problems, self._strict)
        documents = with_moved_pins(documents, self._repository, self._start, notes)
        documents = with_reproductions(documents, self._reproductions)
        return AuditReport(
            root=self._repository.root,
            head=None if head is None else head.commit_id,
            scope=self.choice.scope,
            documents=documents,
            is_complete=is_complete,
            notes=(*notes, *faults),
            sandbox=self._sandbox,
        )

    def _removals(self) -> dict[str, str]:
        """Return the commit that removed the class of each pin that HEAD does not have any more, by source."""
        head = self._units.head
        removed = {
            text: (source.module, source.name)
            for text, source in self._sources.pinned.items()
            if text in self._pins and self._pins[text].at_head == REMOVED
        }
        if head is None or not removed:
            return {}
        removals = find_removals(self._repository.objects, head.commit_id, removed.values())
        return {text: removals[name].commit_id for text, name in removed.items() if name in removals}

    def _whole(self, pin: PinReport, removed_in: str | None) -> PinReport:
        """Return a pin with its reach, its trial and its removal."""
        problems: list[Problem] = []
        reached = self._reached.get(pin.commit_id)
        commit = pin.commit
        if commit is not None and reached is not None:
            commit = evolve(commit, branches=reached.branches, tags=reached.tags, behind=reached.behind)
            if not commit.is_kept:
                problems.append(("ZP010", ON_NO_BRANCH.format(pin.commit_id), KEEP))
        load = self._loads.get(pin.source)
        if load is not None and load.outcome in (FAILED, STOPPED):
            problems.append(("ZP013" if load.outcome == FAILED else "ZP014", load.message, ""))
        problems += problems_of(load) if load is not None else []
        findings = (*pin.findings, *problems)
        return evolve(pin, commit=commit, load=load, removed_in=removed_in, findings=findings)


def _try_named(
    source: str, root: str, options: TrialOptions, stop: threading.Event | None
) -> tuple[str, LoadReport]:
    return source, try_load(source, root, options.limits, stop, options.sandbox, options.env_pass)
