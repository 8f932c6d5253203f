"""Documents as `check` reports them: every source of every document is examined. Runs and writes nothing."""

from __future__ import annotations

from zenml_pin.audit.assembling import Sources, gather, sources_of
from zenml_pin.audit.facts.document_facts import read_text
from zenml_pin.audit.facts.folders import Units
from zenml_pin.audit.facts.pin_facts import Problem
from zenml_pin.audit.facts.pins import Examiner
from zenml_pin.audit.facts.recorded_runs import with_moved_pins
from zenml_pin.audit.facts.unpinned_sources import Unpinned
from zenml_pin.audit.facts.unreached import find_unreached
from zenml_pin.base.values import evolve
from zenml_pin.pins.text_facts import TEXT_MEMO, TextMemo

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from zenml_pin.audit.facts.document_texts import Text
    from zenml_pin.audit.report import DocumentReport, PinReport, Progress
    from zenml_pin.cache import Cache
    from zenml_pin.git.repository import GitRepository
    from zenml_pin.git.signers import Signers

ON_NO_BRANCH = "no branch or tag leads to commit {}"
KEEP = "put a branch or tag on it, or git may delete it"


def check_documents(
    texts: Iterable[Text],
    repository: GitRepository,
    start: str,
    staged: bool,
    signers: Signers | None,
    strict: bool,
    fetch: bool,
    disk: Cache | None,
    head_roots: tuple[str, ...] | None,
    notes: list[str],
    progress: Progress,
) -> tuple[DocumentReport, ...]:
    """Return the reports of documents.

    Args:
        texts: The documents.
        repository: The repository.
        start: A folder in the workspace that has the record of runs.
        staged: As for `check`.
        signers: The allowed signers; None if none is required.
        strict: As for `check`.
        fetch: As for `check`.
        disk: The cache on disk, for facts about texts.
        head_roots: The source roots of HEAD, if they are known.
        notes: Gets a line for what could not be checked.
        progress: As for `check`.
    """
    documents = [read_text(text) for text in texts]
    sources = sources_of(documents)
    units = Units(repository, not staged, TEXT_MEMO if disk is None else TextMemo(disk), head_roots)
    examiner = Examiner(repository, units, signers=signers, fetch=fetch)
    in_order = examiner.in_history_order(sources.pinned.values())
    examined: dict[str, PinReport] = {}
    for source in in_order:
        examine = examiner.examine_old if str(source) in sources.old else examiner.examine
        examined[str(source)] = examine(source)
        progress("pins", len(examined), len(in_order))
    pins = {text: examined[str(source)] for text, source in sources.pinned.items()}
    faults: dict[str, str] = {}
    pins = dict(_with_reach(repository, pins, faults, disk))
    notes += faults.values()
    complete = gather(documents, pins, _problems(repository, units, sources), strict)
    return with_moved_pins(complete, repository, start, notes)


def _problems(repository: GitRepository, units: Units, sources: Sources) -> dict[str, list[Problem]]:
    """Return the problems of sources that are not pinned to a commit, by text."""
    problems = {text: [problem] for text, problem in sources.broken.items()}
    if sources.others:
        unpinned = Unpinned(repository, units)
        problems |= {text: unpinned.examine(source) for text, source in sources.others.items()}
    return problems


def _with_reach(
    repository: GitRepository, pins: dict[str, PinReport], faults: dict[str, str], disk: Cache | None
) -> Iterator[tuple[str, PinReport]]:
    """Yield pins; add a finding (ZP010) if no branch or tag leads to the commit."""
    commits = {pin.commit_id for pin in pins.values() if pin.commit and not pin.commit.bundle}
    unreachable = find_unreached(repository, commits, faults, disk)
    for text, pin in pins.items():
        if pin.commit_id in unreachable:
            problem = "ZP010", ON_NO_BRANCH.format(pin.commit_id), KEEP
            pin = evolve(pin, findings=(*pin.findings, problem))
        yield text, pin
