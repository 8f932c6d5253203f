"""Signatures: those of a commit, and of the tags on it.

A tag is on a commit when it names it, or names a tag that does. Whichever ref holds it, what counts is the tag
object, whose signature is over the commit's id. Tags without an object have nothing that could be signed.
"""

from __future__ import annotations

from attrs import frozen

from zenml_pin.errors import LimitError, ObjectCorruptError, PinError
from zenml_pin.git.objects.commit import Tag, parse_commit, parse_tag
from zenml_pin.git.revision import MAX_TAGS
from zenml_pin.verification.signed_payload import Split, format_of, split_commit, split_tag
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
        kind: What is signed: "commit" or "tag".
        id: That object's id.
        ref: The ref that leads to the tag, without `refs/tags/`; empty for the commit.
        name: The tag's name as signed; empty for the commit.
        format: "ssh", "openpgp", "x509" or "unknown".
        verdict: What is known of it.
    """

    kind: str
    id: str
    ref: str
    name: str
    format: str
    verdict: SignatureVerdict

    @property
    def is_good(self) -> bool:
        """Whether an allowed signer made it, over this object."""
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
    payload, found = split_commit(data, objects.source.object_format)
    if found:
        time = parse_commit(commit_id, payload, objects.source.place).time or None
        yield Signature("commit", commit_id, "", "", *_judge((payload, found), time, signers))


def tag_signatures(
    objects: Objects, refs: NamedRefs, commit_id: str, signers: Signers | None, faults: dict[str, str]
) -> Iterator[Signature]:
    """Yield the signatures of the tags on a commit.

    Args:
        objects: Of the repository that holds the refs.
        refs: Its refs.
        commit_id: The commit.
        signers: Who may sign.
        faults: Gets, by ref, why a tag could not be read.

    Cost: reads the object of every tag; of a server's, of those that it says lead to the commit.
    """
    seen: set[str] = set()
    for ref in refs.names(_TAGS, commit_id):
        try:
            chain = _chain(objects, refs.find(ref), commit_id)
        except LimitError:
            # No tag is so large: it is a blob's, as some keep keys in.
            continue
        except PinError as error:
            faults[ref] = error.message
            continue
        for tag, split in chain:
            if split[1] and tag.id not in seen:
                seen.add(tag.id)
                shown = ref.removeprefix(_TAGS)
                yield Signature("tag", tag.id, shown, tag.name, *_judge(split, tag.time or None, signers))


def _chain(objects: Objects, target: str | None, commit_id: str) -> list[tuple[Tag, Split]]:
    """Return the tag objects from a ref's target to the commit; none where it leads elsewhere.

    What a tag says is read from its payload, so that nothing counts that its signature is not over.
    """
    chain: list[tuple[Tag, Split]] = []
    expected = ""
    while target is not None and len(chain) <= MAX_TAGS:
        if target == commit_id and expected in ("", "commit"):
            return chain
        found = objects.find_any(target, objects.limits.tree)
        if found is None:
            break
        kind, data = found
        if expected and kind != expected:
            raise ObjectCorruptError(target, objects.source.place, f"it is a {kind}, not a {expected}")
        if kind != "tag":
            break
        split = split_tag(data)
        tag = parse_tag(target, split[0], objects.source.place)
        chain.append((tag, split))
        target, expected = tag.target, tag.kind
    return []


def _judge(split: Split, time: int | None, signers: Signers | None) -> tuple[str, SignatureVerdict]:
    """Return the format and the verdict of an object's one signature."""
    payload, found = split
    kind = format_of(found[0])
    if len(found) > 1:
        reason = f"it has {len(found)} signatures, where git writes one"
        return kind, SignatureVerdict(SignatureState.BAD, reason=reason)
    if kind == "ssh":
        return kind, check_ssh(payload, found[0], time, signers)
    reason = _UNCHECKED.get(kind, "its kind is not known")
    return kind, SignatureVerdict(SignatureState.UNCHECKED, reason=reason)
