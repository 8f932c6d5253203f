"""Signatures of a commit, and of the tags on it.

A tag is on a commit if it names the commit, or names a tag that does. Only the tag object counts, not the ref that
points to it: the object's signature covers the commit's id. A tag without an object cannot be signed.
"""

from __future__ import annotations

from attrs import frozen

from zenml_pin.errors import LimitError, ObjectCorruptError, PinError
from zenml_pin.git.objects.commit import parse_commit
from zenml_pin.git.objects.tag import MAX_TAGS, Tag, parse_tag
from zenml_pin.git.signature_format import format_of
from zenml_pin.verification.signed_payload import Split, split_commit, split_tag
from zenml_pin.verification.ssh import SignatureState, SignatureVerdict, check_ssh

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from zenml_pin.git.any_repository import NamedRefs
    from zenml_pin.git.objects.object_store import Objects
    from zenml_pin.git.signers import Signers

_TAGS = "refs/tags/"
_UNCHECKED = {
    "openpgp": "it is an OpenPGP signature, present and not checked",
    "x509": "it is an X.509 signature, present and not checked",
}


@frozen
class Signature:
    """One signature.

    Attributes:
        kind: The kind of the signed object: "commit" or "tag".
        id: That object's id.
        ref: The ref of the tag, without `refs/tags/`; empty for the commit.
        name: The tag's name as signed; empty for the commit.
        format: "ssh", "openpgp", "x509" or "unknown".
        verdict: The result of the check.
    """

    kind: str
    id: str
    ref: str
    name: str
    format: str
    verdict: SignatureVerdict

    @property
    def is_good(self) -> bool:
        """Whether an allowed signer has signed this object."""
        return self.verdict.state is SignatureState.GOOD

    @property
    def subject(self) -> str:
        """The commit, or the tag with its names."""
        if self.kind == "commit":
            return "commit"
        return f"tag '{self.ref}'" if self.ref == self.name else f"tag '{self.ref}', signed as '{self.name}'"

    def to_dict(self) -> dict[str, str]:
        """Return the fields as text."""
        return {
            "kind": self.kind,
            "id": self.id,
            "ref": self.ref,
            "name": self.name,
            "format": self.format,
            "state": self.verdict.state.value,
            "principals": self.verdict.principals,
            "key": self.verdict.key,
            "reason": self.verdict.reason,
        }


def commit_signatures(objects: Objects, commit_id: str, signers: Signers | None) -> Iterator[Signature]:
    """Yield the commit's signature, if it has one."""
    data = objects.get(commit_id, "commit", objects.limits.tree)
    payload, signatures = split_commit(data, objects.source.object_format)
    if signatures:
        time = parse_commit(commit_id, payload, objects.source.label).time or None
        yield Signature("commit", commit_id, "", "", *_judge((payload, signatures), time, signers))


def tag_signatures(
    objects: Objects, refs: NamedRefs, commit_id: str, signers: Signers | None, faults: dict[str, str]
) -> Iterator[Signature]:
    """Yield the signatures of the tags on a commit.

    Args:
        objects: The objects of the repository.
        refs: Its refs.
        commit_id: The commit.
        signers: The allowed signers.
        faults: Receives, by ref, the reason why a tag could not be read.

    Cost: reads the object of every tag; for a server, only of the tags that it lists for the commit.
    """
    yielded: set[str] = set()
    for ref in refs.names(_TAGS, commit_id):
        try:
            chain = _chain(objects, refs.find(ref), commit_id)
        except LimitError:
            # A tag object is never so large: the ref names a blob, which some projects use to publish keys.
            continue
        except PinError as error:
            faults[ref] = error.message
            continue
        for tag, split in chain:
            if split[1] and tag.id not in yielded:
                yielded.add(tag.id)
                short = ref.removeprefix(_TAGS)
                yield Signature("tag", tag.id, short, tag.name, *_judge(split, tag.time or None, signers))


def _chain(objects: Objects, target: str | None, commit_id: str) -> list[tuple[Tag, Split]]:
    """Return the tag objects from a ref's target to the commit; none if the ref does not reach the commit.

    Reads a tag's fields from its payload, so that only signed text counts.
    """
    chain: list[tuple[Tag, Split]] = []
    expected = ""
    while target is not None and len(chain) <= MAX_TAGS:
        if target == commit_id and expected in ("", "commit"):
            return chain
        copy = objects.find_any(target, objects.limits.tree)
        if copy is None:
            break
        kind, data = copy
        if expected and kind != expected:
            raise ObjectCorruptError(target, objects.source.label, f"it is a {kind}, not a {expected}")
        if kind != "tag":
            break
        split = split_tag(data)
        tag = parse_tag(target, split[0], objects.source.label)
        chain.append((tag, split))
        target, expected = tag.target, tag.kind
    return []


def _judge(split: Split, time: int | None, signers: Signers | None) -> tuple[str, SignatureVerdict]:
    """Return the format and the verdict of an object's one signature."""
    payload, signatures = split
    signature_format = format_of(signatures[0])
    if len(signatures) > 1:
        reason = f"it has {len(signatures)} signatures, where git writes one"
        return signature_format, SignatureVerdict(SignatureState.BAD, reason=reason)
    if signature_format == "ssh":
        return signature_format, check_ssh(payload, signatures[0], time, signers)
    reason = _UNCHECKED.get(signature_format, "its kind is not known")
    return signature_format, SignatureVerdict(SignatureState.UNCHECKED, reason=reason)
