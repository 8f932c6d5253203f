"""Verification: whether a pin names what it says, to the last byte, and who answers for its commit. Runs no code.

    verification = verify("trainers.step.MyTrainer@<id>", signers="allowed_signers")
    verification.is_verified, verification.findings

*Intact* is a pin whose every object has its id. *Signed* is one whose commit, or a tag on it, has a good signature
of an allowed signer: signing a commit signs its trees and files, for their ids stand in it. Who is allowed, the
caller says; nothing that a repository's configuration names is asked.

Sources: git-verify-commit(1), git-verify-tag(1).
"""

from __future__ import annotations

import os

from attrs import frozen

from zenml_pin import cache
from zenml_pin.at import registry
from zenml_pin.errors import SignatureError, UnpinnedError
from zenml_pin.git.objects.commit import Commit
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.objects.object_store import Objects
from zenml_pin.git.signers import Signers, read_signers
from zenml_pin.pins.loading import require_path
from zenml_pin.pins.lookup import find_repository
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


@frozen
class Verification:
    """What is known of a pin.

    Attributes:
        source: The class and its commit.
        place: Where the commit was found.
        commit: The commit, with author and time.
        unit: Path of the class's folder at the commit, or of its file where it lies in a source root.
        objects: The objects that were hashed again, each of them sound.
        faults: What was not: damaged, missing, or too large to be read; damaged tags too, for they may be on it.
        signatures: Those of the commit and of the tags on it.
        signers: The list of allowed signers, None where none was given.
    """

    source: Source
    place: str
    commit: Commit
    unit: str
    objects: tuple[Checked, ...]
    faults: tuple[Fault, ...]
    signatures: tuple[Signature, ...]
    signers: str | None

    @property
    def is_intact(self) -> bool:
        """Whether every object has its id."""
        return not self.faults

    @property
    def is_signed(self) -> bool:
        """Whether an allowed signer signed the commit or a tag on it."""
        return any(signature.is_good for signature in self.signatures)

    @property
    def findings(self) -> tuple[str, ...]:
        """What is wrong, a line each: faults, bad signatures, and with signers given that none of them signed."""
        found = [f"{fault.subject}: {fault.reason}" for fault in self.faults]
        found += [_describe(signature) for signature in self.signatures if _is_bad(signature)]
        if self.signers is not None and not self.is_signed:
            found.append(_unsigned(self.signatures))
        return tuple(found)

    @property
    def is_verified(self) -> bool:
        """Whether there are no findings."""
        return not self.findings

    def to_dict(self) -> dict[str, object]:
        """Return all of it as what JSON can hold."""
        return {
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
    limits: Limits | None = None,
) -> Verification:
    """Hash every object behind a pinned class again, and check who signed its commit. Runs no code.

    What ZENML_PIN_CACHE holds is left alone: each object is read from where it is kept.

    Args:
        source: The source, or its text; pinned to a commit.
        repo: The repository to ask first; else the one at or above the current folder.
        signers: A file of allowed signers, or what `read_signers` returned. With it, a pin that none of them signed
            has a finding; without, it is only told who did.
        limits: Sizes above which an object is not read.

    Raises:
        SourceSyntaxError: The text is no source.
        UnpinnedError: It names no commit.
        SignersError: The file of allowed signers cannot be read.
        MissingExtraError: Signers are given, and sshsig is not installed.
        CommitNotFoundError: No known repository holds the commit.
        PinnedModuleNotFoundError, PinnedAttributeError: The commit has no such module or class.
        ObjectCorruptError: The commit, or a tree on the way to the module, is damaged.
    """
    source = source if isinstance(source, Source) else Source.parse(source)
    allowed = _allowed(signers)
    repository = find_repository(repo)
    pin = _pin_of(source, repository, limits)
    objects, refs = _looked_at(pin, repository)
    tree = CommitTree(objects, pin.commit_id)
    path = require_path(pin, source.module)
    unit = unit_of(path, pin.source_roots)
    integrity = Integrity(tree, pin.source_roots)
    integrity.check(unit)
    if not integrity.faults:
        require_class(tree, pin.source_roots, path, source.name)
    signatures, unreadable = _signatures_of(pin.commit_id, objects, refs, allowed)
    faults = tuple(Fault(*fault) for fault in (integrity.faults | unreadable).items())
    return Verification(
        source,
        objects.source.place,
        tree.commit,
        unit,
        tuple(integrity.checked.values()),
        faults,
        signatures,
        None if allowed is None else allowed.path,
    )


def refuse_unsigned(
    source: Source,
    signers: str | os.PathLike[str] | Signers,
    repository: AnyRepository | None,
    limits: Limits | None = None,
) -> Signature:
    """Return the good signature of an allowed signer on a source's commit, or on a tag on it.

    Unsigned is not good enough, nor is a signature that cannot be checked, nor a source without a commit.

    Args:
        source: Any source.
        signers: A file of allowed signers, or what `read_signers` returned.
        repository: Asked first.
        limits: Sizes above which an object is not read.

    Raises:
        SignatureError: There is none; it says what there is.
        SignersError, MissingExtraError, CommitNotFoundError, ObjectCorruptError: As in `verify`.
    """
    allowed = _allowed(signers)
    assert allowed is not None
    try:
        pin = _pin_of(source, repository, limits)
    except UnpinnedError as error:
        raise SignatureError(str(source), f"{error.message}, so nothing is signed", error.hint) from error
    signatures, _ = _signatures_of(pin.commit_id, *_looked_at(pin, repository), allowed)
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


def _pin_of(source: Source, repository: AnyRepository | None, limits: Limits | None) -> Namespace:
    if source.commit_id is None:
        raise UnpinnedError(
            f"'{source}' names no commit", "pin it with 'zenml-pin pin'; releases are not verified here"
        )
    return registry.get_namespace(source.commit_id, repository, limits)


def _looked_at(pin: Namespace, repository: AnyRepository | None) -> tuple[Objects, NamedRefs]:
    """Return objects of which none is known yet, so that each is read and hashed, and the refs beside them.

    They are those of the repository at hand, when it has the commit, whichever has served it to this process.
    """
    assert isinstance(pin.tree, CommitTree)
    known = pin.tree.objects
    if repository is None or repository.objects.find_commit(pin.commit_id) is None:
        return Objects(known.source, known.limits), pin.place.refs
    return Objects(repository.objects.source, known.limits), repository.refs


def _signatures_of(
    commit_id: str, objects: Objects, refs: NamedRefs, signers: Signers | None
) -> tuple[tuple[Signature, ...], dict[str, str]]:
    """Return the signatures on a commit, and by ref why a tag could not be read."""
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
        return "the commit is not signed, nor is a tag on it"
    return "no allowed signer signed it: " + "; ".join(map(_describe, signatures))
