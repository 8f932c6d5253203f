"""check: the gate for a commit. Every source of every document against the rules; runs nothing, writes nothing."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

import attrs

from zenml_pin import cache
from zenml_pin.audit.assembling import gather, sources_of
from zenml_pin.audit.facts.document_texts import (
    Text,
    folders_of,
    from_files,
    from_folders,
    from_index,
    read_text,
)
from zenml_pin.audit.facts.folders import Units
from zenml_pin.audit.facts.pins import Examiner
from zenml_pin.audit.facts.reachability import unreached
from zenml_pin.audit.facts.unpinned_sources import Unpinned
from zenml_pin.audit.report import AuditReport, PinReport
from zenml_pin.errors import DocumentError
from zenml_pin.git.any_repository import comparable
from zenml_pin.git.repository import GitRepository
from zenml_pin.importing.registry import here
from zenml_pin.pins.lookup import get_repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.git.signers import Signers
    from zenml_pin.pins.lookup import Repo

ON_NO_BRANCH = "no branch or tag leads to commit {}"
KEEP = "put a branch or tag on it, or git may delete it"


@cache.unused()
def check(
    files: Iterable[str | os.PathLike[str]] = (),
    *,
    repo: Repo = None,
    staged: bool = False,
    require_signed: str | os.PathLike[str] | None = None,
) -> AuditReport:
    """Return what is wrong with pipeline documents and the sources in them.

    Args:
        files: Documents, or folders of them; by default all of the pipelines folders.
        repo: A path at or below the repository; by default the current folder.
        staged: Read the documents that the index holds, as a commit hook must. What is uncommitted is then no
            finding: it is being committed.
        require_signed: A file of allowed signers, one of whom must have signed each commit, or a tag on it.

    Raises:
        NotARepositoryError: There is none.
        DocumentError: A file is not there, or with staged not in the index.
        SignersError, MissingExtraError: The file of signers cannot be read, or signatures cannot be checked.
    """
    repository = repository_at(repo)
    paths = [os.fspath(path) for path in files]
    documents = [read_text(text) for text in _texts(repository, repo, paths, staged)]
    sources = sources_of(documents)
    units = Units(repository, looks_at_worktree=not staged)
    examiner = Examiner(repository, units, signers=signers_of(require_signed))
    pins = {text: examiner.examine(source) for text, source in sources.pinned.items()}
    notes: dict[str, str] = {}
    pins = dict(_with_reach(repository, pins, notes))
    others = Unpinned(repository, units) if sources.others else None
    problems = {text: others.examine(source) for text, source in sources.others.items()} if others else {}
    head = units.head
    return AuditReport(
        root=repository.root,
        head=None if head is None else head.commit_id,
        scope="index" if staged else "worktree",
        documents=gather(
            documents, pins, {**problems, **{text: [held] for text, held in sources.broken.items()}}
        ),
        notes=tuple(notes.values()),
    )


def repository_at(repo: Repo) -> GitRepository:
    """Return the named repository, or the one at or above the current folder.

    Raises:
        NotARepositoryError: There is none.
        UnsupportedError: It is a bundle, which has no documents in folders, no branches and no HEAD.
    """
    return comparable(get_repository(repo))


def start_of(repo: Repo) -> str:
    """Return the folder from which the workspace is looked for."""
    return os.fspath(repo) if isinstance(repo, (str, os.PathLike)) else here()


def signers_of(path: str | os.PathLike[str] | None) -> Signers | None:
    """Return the allowed signers of a file; None where none is named."""
    if path is None:
        return None
    from zenml_pin.git.signers import read_signers
    from zenml_pin.verification.ssh import require_sshsig

    require_sshsig()
    return read_signers(path)


def _texts(repository: GitRepository, repo: Repo, paths: list[str], staged: bool) -> Iterator[Text]:
    if staged and paths:
        return from_index(repository, (), [_relative(repository, path) for path in paths])
    if paths:
        return from_files(paths, repository)
    folders = folders_of(repository, start_of(repo))
    return from_index(repository, folders) if staged else from_folders(repository, folders)


def _relative(repository: GitRepository, path: str) -> str:
    name = repository.relative(path)
    if name is None:
        raise DocumentError(f"it lies outside the repository '{repository.root}'", path=path)
    return name


def _with_reach(
    repository: GitRepository, pins: dict[str, PinReport], faults: dict[str, str]
) -> Iterator[tuple[str, PinReport]]:
    """Yield pins with a finding (ZP010) for those that no branch or tag leads to."""
    commits = {pin.commit_id for pin in pins.values() if pin.commit and not pin.commit.bundle}
    lost = unreached(repository, commits, faults)
    for text, pin in pins.items():
        if pin.commit_id in lost:
            problem = "ZP010", ON_NO_BRANCH.format(pin.commit_id), KEEP
            pin = attrs.evolve(pin, findings=(*pin.findings, problem))
        yield text, pin
