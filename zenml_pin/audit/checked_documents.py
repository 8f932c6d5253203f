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
from zenml_pin.git.storage.present_objects import PresentObjects
from zenml_pin.pins.text_facts import TEXT_MEMO, TextMemo

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from zenml_pin.audit.check_options import CheckOptions
    from zenml_pin.audit.facts.document_texts import Text
    from zenml_pin.audit.pin_report import PinReport
    from zenml_pin.audit.report import DocumentReport
    from zenml_pin.cache import Cache
    from zenml_pin.git.repository import GitRepository

ON_NO_BRANCH = "no branch or tag leads to commit {}"
KEEP = "put a branch or tag on it, or git may delete it"


def check_documents(
    texts: Iterable[Text], options: CheckOptions, head_roots: tuple[str, ...] | None
) -> tuple[tuple[DocumentReport, ...], tuple[str, ...]]:
    """Return the reports of documents, and a line for each thing that could not be checked.

    Args:
        texts: The documents.
        options: How they are examined.
        head_roots: The source roots of HEAD, if they are known.
    """
    repository, disk = options.repository, options.disk
    documents = [read_text(text) for text in texts]
    sources = sources_of(documents)
    present = PresentObjects(repository.source)
    memo = TEXT_MEMO if disk is None else TextMemo(disk, present)
    units = Units(repository, not options.staged, memo, head_roots, present)
    faults: dict[str, str] = {}
    pins = dict(_with_reach(repository, _examined(sources, units, options), faults, disk))
    notes = list(faults.values())
    complete = gather(documents, pins, _problems(repository, units, sources), options.strict)
    complete = with_moved_pins(complete, repository, options.start, notes)
    return complete, tuple(notes)


def _examined(sources: Sources, units: Units, options: CheckOptions) -> dict[str, PinReport]:
    """Return the facts about every pin, by the text of its source."""
    examiner = Examiner(options.repository, units, signers=options.signers, fetch=options.fetch)
    in_order = examiner.in_history_order(sources.pinned.values())
    examined: dict[str, PinReport] = {}
    for source in in_order:
        examine = examiner.examine_old if str(source) in sources.old else examiner.examine
        examined[str(source)] = examine(source)
        options.progress("pins", len(examined), len(in_order))
    return {text: examined[str(source)] for text, source in sources.pinned.items()}


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
