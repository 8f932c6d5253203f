"""Verification: whether every byte behind a pin is intact, and who signed its commit. Runs no code.

    verification = verify("trainers.step.MyTrainer@<id>", signers="allowed_signers")
    verification.is_verified, verification.findings

A pin is *intact* if the content of every object hashes to its id. It is *signed* if its commit, or a tag on it, has a
good signature of an allowed signer. A signature of a commit covers its trees and files, because the commit contains
their ids. Only the caller names the allowed signers; a repository's configuration does not count.

Sources: git-verify-commit(1), git-verify-tag(1).
"""

from __future__ import annotations

import os
from contextlib import nullcontext

from attrs import frozen

from zenml_pin import cache
from zenml_pin.at import registry
from zenml_pin.errors import SignatureError, UnpinnedError
from zenml_pin.git.objects.commit import Commit
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.objects.object_store import Objects
from zenml_pin.git.repository import GitRepository
from zenml_pin.git.signers import Signers, read_signers
from zenml_pin.pins.attachment import attach
from zenml_pin.pins.choosing_roots import with_roots
from zenml_pin.pins.fetching import FetchingRepository
from zenml_pin.pins.loading import path_of_source
from zenml_pin.pins.lookup import find_repository, read_source
from zenml_pin.pins.pinning import require_class
from zenml_pin.pins.unit import unit_of
from zenml_pin.source import Source
from zenml_pin.verification.integrity import Checked, Fault, Integrity
from zenml_pin.verification.signatures import Signature, commit_signatures, tag_signatures
from zenml_pin.verification.ssh import SignatureState, require_sshsig

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.base.limits import Limits
    from zenml_pin.git.any_repository import AnyRepository, NamedRefs
    from zenml_pin.importing.namespace import Namespace
    from zenml_pin.pins.lookup import Repo

    AllowedSigners = str | os.PathLike[str] | Signers | None

SCHEMA_VERSION = 1


@frozen
class Verification:
    """The result of a verification.

    Attributes:
        source: The class and its commit.
        place: The repository, bundle or server that has the commit.
        commit: The commit, with author and time.
        unit: Path of the class's folder at the commit, or of its file if the file is directly in a source root.
        objects: The objects that were hashed again and are intact.
        faults: Objects that are damaged, missing, or too large to be read; also damaged tags, which may be on it.
        signatures: The signatures of the commit and of the tags on it.
        signers: The path of the list of allowed signers, None if none was given.
        unparsed: A sentence for each file that this Python cannot parse; its imports were not checked.
    """

    source: Source
    place: str
    commit: Commit
    unit: str
    objects: tuple[Checked, ...]
    faults: tuple[Fault, ...]
    signatures: tuple[Signature, ...]
    signers: str | None
    unparsed: tuple[str, ...] = ()

    @property
    def is_intact(self) -> bool:
        """Whether the content of every object hashes to its id."""
        return not self.faults

    @property
    def is_signed(self) -> bool:
        """Whether an allowed signer signed the commit or a tag on it."""
        return any(signature.is_good for signature in self.signatures)

    @property
    def findings(self) -> tuple[str, ...]:
        """One line for each fault and bad signature, and one if signers are given and none of them signed."""
        lines = [f"{fault.subject}: {fault.reason}" for fault in self.faults]
        lines += [f"the imports of a file are not verified, because {reason}" for reason in self.unparsed]
        lines += [_describe(signature) for signature in self.signatures if _is_bad(signature)]
        if self.signers is not None and not self.is_signed:
            lines.append(_unsigned(self.signatures))
        return tuple(lines)

    @property
    def is_verified(self) -> bool:
        """Whether there are no findings."""
        return not self.findings

    def to_dict(self) -> dict[str, object]:
        """Return all facts as plain data for JSON."""
        return {
            "schema_version": SCHEMA_VERSION,
            "source": str(self.source),
            "verified": self.is_verified,
            "findings": list(self.findings),
            "place": self.place,
            "commit": self.commit.id,
            "author": self.commit.author,
            "time": self.commit.time,
            "unit": self.unit,
            "objects": [{"kind": item.kind, "id": item.id, "path": item.path} for item in self.objects],
            "faults": [{"subject": fault.subject, "reason": fault.reason} for fault in self.faults],
            "unparsed": list(self.unparsed),
            "allowed_signers": self.signers,
            "signed": self.is_signed,
            "signatures": [signature.to_dict() for signature in self.signatures],
        }


@cache.unused()
def verify(
    source: Source | str,
    *,
    repo: Repo = None,
    signers: AllowedSigners = None,
    fetch: bool = False,
    limits: Limits | None = None,
) -> Verification:
    """Hash every object behind a pinned class again, and check who signed its commit. Runs no code.

    Does not use the cache in ZENML_PIN_CACHE: reads each object from its repository, bundle or server.

    Args:
        source: The source, or its text; pinned to a commit.
        repo: The repository to search first; by default the one at or above the current folder.
        signers: A file of allowed signers, or the result of `read_signers`. With it, a pin that none of them signed has
            a finding; without it, the result only lists the signatures.
        fetch: Fetch what a shallow or partial clone lacks from its remote, into the user's cache folder.
        limits: Sizes above which an object is not read.

    Raises:
        SourceSyntaxError: The text is not a source.
        UnpinnedError: It does not name a commit.
        SignersError: The file of allowed signers cannot be read.
        MissingExtraError: Signers are given, and sshsig is not installed.
        CommitNotFoundError: No known repository has the commit.
        PinnedModuleNotFoundError, PinnedAttributeError: The commit does not have the module or class.
        ObjectCorruptError: The commit, or a tree above the module, is damaged.
    """
    source = read_source(source, repo)
    allowed = _allowed(signers)
    with attach(repo, fetch=True) if fetch else nullcontext():
        return _verify(source, find_repository(repo), allowed, fetch, limits)


def _verify(
    source: Source,
    repository: AnyRepository | None,
    allowed: Signers | None,
    fetch: bool,
    limits: Limits | None,
) -> Verification:
    namespace = _namespace_of(source, repository, limits)
    if fetch and isinstance(repository, GitRepository):
        repository = FetchingRepository(repository)
    objects, refs = _fresh_objects(namespace, repository)
    tree = CommitTree(objects, namespace.commit_id)
    path = path_of_source(namespace, source)
    unit = unit_of(path, namespace.source_roots)
    integrity = Integrity(tree, namespace.source_roots)
    integrity.check(unit)
    if not integrity.faults:
        require_class(tree, namespace.source_roots, path, source.name)
    signatures, unreadable = _signatures_of(namespace.commit_id, objects, refs, allowed)
    faults = tuple(Fault(*fault) for fault in (integrity.faults | unreadable).items())
    return Verification(
        source,
        objects.source.label,
        tree.commit,
        unit,
        tuple(integrity.checked.values()),
        faults,
        signatures,
        None if allowed is None else allowed.path,
        integrity.unparsed,
    )


def refuse_unsigned(
    source: Source,
    signers: str | os.PathLike[str] | Signers,
    repository: AnyRepository | None,
    limits: Limits | None = None,
) -> Signature:
    """Return the good signature of an allowed signer on a source's commit, or on a tag on it.

    Refuses a commit without a signature, one whose signatures cannot be checked, and a source without a commit.

    Args:
        source: Any source.
        signers: A file of allowed signers, or the result of `read_signers`.
        repository: The repository to search first.
        limits: Sizes above which an object is not read.

    Raises:
        SignatureError: There is no good signature; the message lists the others.
        SignersError, MissingExtraError, CommitNotFoundError, ObjectCorruptError: As in `verify`.
    """
    allowed = _allowed(signers)
    assert allowed is not None
    try:
        namespace = _namespace_of(_at_its_commit(source), repository, limits)
    except UnpinnedError as error:
        raise SignatureError(str(source), f"{error.message}, so nothing is signed", error.hint) from error
    signatures, _ = _signatures_of(namespace.commit_id, *_fresh_objects(namespace, repository), allowed)
    for signature in signatures:
        if signature.is_good:
            return signature
    hint = f"'{allowed.path}' lists the allowed signers; 'zenml-pin verify' shows every signature"
    raise SignatureError(str(source), _unsigned(signatures), hint)


def _allowed(signers: AllowedSigners) -> Signers | None:
    if signers is None:
        return None
    require_sshsig()
    return signers if isinstance(signers, Signers) else read_signers(signers)


def _namespace_of(source: Source, repository: AnyRepository | None, limits: Limits | None) -> Namespace:
    if source.commit_id is None:
        raise UnpinnedError(
            f"'{source}' does not name a commit",
            "pin it with 'zenml-pin pin'; releases are not verified here",
        )
    return registry.get_namespace(with_roots(source, repository).pin, repository, limits)


def _at_its_commit(source: Source) -> Source:
    """Return a source without its roots id: who signed a commit does not depend on source roots."""
    return source if source.commit_id is None else source.at(source.commit_id)


def _fresh_objects(namespace: Namespace, repository: AnyRepository | None) -> tuple[Objects, NamedRefs]:
    """Return objects with nothing in memory yet, so that each is read and hashed, and the refs of their repository.

    Prefers the given repository, if it has the commit, even if the namespace was loaded from another one.
    """
    assert isinstance(namespace.tree, CommitTree)
    loaded = namespace.tree.objects
    if repository is None or repository.objects.find_commit(namespace.commit_id) is None:
        return Objects(loaded.source, loaded.limits), namespace.repository.refs
    return Objects(repository.objects.source, loaded.limits), repository.refs


def _signatures_of(
    commit_id: str, objects: Objects, refs: NamedRefs, signers: Signers | None
) -> tuple[tuple[Signature, ...], dict[str, str]]:
    """Return the signatures on a commit, and by ref the reason why a tag could not be read."""
    faults: dict[str, str] = {}
    of_commit = commit_signatures(objects, commit_id, signers)
    of_tags = tag_signatures(objects, refs, commit_id, signers, faults)
    return (*of_commit, *of_tags), faults


def _is_bad(signature: Signature) -> bool:
    return signature.verdict.state is SignatureState.BAD


def _describe(signature: Signature) -> str:
    return f"{signature.subject}: {signature.verdict.state.value} signature: {signature.verdict.reason}"


def _unsigned(signatures: tuple[Signature, ...]) -> str:
    if not signatures:
        return "neither the commit nor a tag on it is signed"
    return "no allowed signer signed it: " + "; ".join(map(_describe, signatures))
