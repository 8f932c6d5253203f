"""Signatures of commits and tags: what is good, whose it is, and what never is."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from tests.support import signed_objects
from tests.support.repositories import START, Repo, configure, init, put, put_entries, set_ref, tag
from tests.support.signed_objects import (
    Key,
    as_header,
    commit_payload,
    ed25519,
    insert_header,
    put_commit,
    put_tag,
    sign,
    tag_payload,
)
from zenml_pin.git.repository import GitRepository
from zenml_pin.git.signers import Signers, parse_signers
from zenml_pin.verification.signatures import Signature, commit_signatures, tag_signatures
from zenml_pin.verification.ssh import SignatureState, check_ssh

pytestmark = pytest.mark.signatures

GOOD, UNTRUSTED = SignatureState.GOOD, SignatureState.UNTRUSTED
BAD, UNCHECKED = SignatureState.BAD, SignatureState.UNCHECKED


def _signers(*lines: str) -> Signers:
    return parse_signers("\n".join(lines).encode(), "signers")


def _allow(key: Key, options: str = "", who: str = "ada@example.org") -> Signers:
    return _signers(f"{who} {options} {key.public}")


def _of_commit(repo: Repo, commit_id: str, signers: Signers | None) -> list[Signature]:
    with GitRepository.open(repo.path) as repository:
        return list(commit_signatures(repository.objects, commit_id, signers))


def _of_tags(repo: Repo, commit_id: str, signers: Signers | None) -> tuple[list[Signature], dict[str, str]]:
    faults: dict[str, str] = {}
    with GitRepository.open(repo.path) as repository:
        found = list(tag_signatures(repository.objects, repository.refs, commit_id, signers, faults))
    return found, faults


@pytest.fixture
def ada() -> Key:
    """The key that signs."""
    return ed25519("ada")


@pytest.fixture
def tree(repo: Repo) -> str:
    """An empty tree."""
    return put_entries(repo, [])


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_an_allowed_signers_commit_is_good(tmp_path: Path, ada: Key, object_format: str) -> None:
    """It says who, in the list's words, and which key."""
    repo = init(tmp_path / object_format, object_format=object_format)
    payload = commit_payload(put_entries(repo, []))
    commit_id = put_commit(repo, payload, sign(ada, payload))

    (found,) = _of_commit(repo, commit_id, _allow(ada))

    assert (found.kind, found.id, found.format) == ("commit", commit_id, "ssh")
    assert found.verdict.state is GOOD
    assert (found.verdict.principals, found.verdict.key) == ("ada@example.org", ada.fingerprint)


def test_a_signature_under_the_other_hashs_name_is_none(repo: Repo, ada: Key, tree: str) -> None:
    """It is over the same commit in the other hash, which nobody here can compute."""
    payload = commit_payload(tree)
    other = insert_header(payload, as_header(sign(ada, payload), "gpgsig-sha256"))

    assert _of_commit(repo, put(repo, "commit", other), _allow(ada)) == []


KEYS: dict[str, tuple[Callable[[], Key], SignatureState]] = {
    "Ed25519": (lambda: ed25519("ada"), GOOD),
    "RSA": (signed_objects.rsa, GOOD),
    "ECDSA": (signed_objects.ecdsa, UNCHECKED),
}


@pytest.mark.parametrize(("key", "state"), KEYS.values(), ids=KEYS)
@pytest.mark.parametrize("digest", ["sha256", "sha512"])
def test_keys_that_are_not_supported_are_never_good(
    key: Callable[[], Key], state: SignatureState, digest: str
) -> None:
    """They are said to be there; a list that names them is usable."""
    armored = sign(key(), b"text", digest=digest).encode()

    assert check_ssh(b"text", armored, START, _allow(key())).state is state


def test_a_line_for_another_kind_of_key_does_not_spoil_the_list(ada: Key) -> None:
    """Teams mix kinds."""
    signers = _signers(f"eve {signed_objects.ecdsa().public}", f"ada {ada.public}")

    assert check_ssh(b"text", sign(ada, b"text").encode(), START, signers).principals == "ada"


UNTRUSTED_LISTS = {
    "empty": ("", "its key is not an allowed signer's"),
    "another's key": ("ada@example.org {eve}", "its key is not an allowed signer's"),
    "of files": ('ada namespaces="file" {ada}', "line 1 is for namespaces 'file', not 'git'"),
    "as authority": ("ada cert-authority {ada}", "line 1 is a certificate authority's"),
    "expired": ('ada valid-before="20210111Z" {ada}', "line 1 is valid before 2021-01-11 00:00:00 UTC"),
    "not yet": ('ada valid-after="20210112Z" {ada}', "line 1 is valid after 2021-01-12 00:00:00 UTC"),
    "nobody": ("!ada {ada}", "line 1 does not name a signer"),
    "all of them": (
        "!ada {ada}\nada cert-authority {ada}",
        "line 1 does not name a signer; line 2 is a certificate",
    ),
}


@pytest.mark.parametrize(("lines", "reason"), UNTRUSTED_LISTS.values(), ids=UNTRUSTED_LISTS)
def test_a_signer_that_the_list_does_not_allow_is_untrusted(lines: str, reason: str) -> None:
    """The reason says which line refused, and the key is shown."""
    ada, eve = ed25519("ada"), ed25519("eve")
    signers = _signers(lines.format(ada=ada.public, eve=eve.public))

    verdict = check_ssh(b"text", sign(ada, b"text").encode(), START, signers)

    assert (verdict.state, verdict.principals, verdict.key) == (UNTRUSTED, "", ada.fingerprint)
    assert reason in verdict.reason


def test_one_line_that_allows_it_is_enough(ada: Key) -> None:
    """A renewed key stands on a line of its own."""
    signers = _signers(
        f'ada valid-before="20210101Z" {ada.public}', f'ada valid-after="20210101Z" {ada.public}'
    )

    assert check_ssh(b"text", sign(ada, b"text").encode(), START, signers).state is GOOD


def test_without_a_list_it_is_only_told_who_signed(ada: Key) -> None:
    """The key's fingerprint; nobody is trusted. What is bad is bad."""
    verdict = check_ssh(b"text", sign(ada, b"text").encode(), START, None)

    assert (verdict.state, verdict.key, verdict.reason) == (
        UNTRUSTED,
        ada.fingerprint,
        "no allowed signers were given",
    )
    assert check_ssh(b"other", sign(ada, b"text").encode(), START, None).state is BAD


def test_who_signed_is_the_lists_word(repo: Repo, tree: str) -> None:
    """A commit that names Ada as its author, signed by Eve's key, is Eve's."""
    eve = ed25519("eve")
    payload = commit_payload(tree)
    commit_id = put_commit(repo, payload, sign(eve, payload))

    (found,) = _of_commit(repo, commit_id, _signers(f"ada {ed25519('ada').public}", f"eve {eve.public}"))

    assert found.verdict.principals == "eve"


def _good_raw(ada: Key, payload: bytes) -> bytes:
    return base64.b64decode("".join(sign(ada, payload).splitlines()[1:-1]))


FORGED: dict[str, Callable[[Key, bytes], str]] = {
    "over other content": lambda ada, payload: sign(ada, payload + b"!"),
    "for files": lambda ada, payload: sign(ada, payload, namespace="file"),
    "for no namespace": lambda ada, payload: sign(ada, payload, namespace=""),
    "with MD5": lambda ada, payload: sign(ada, payload, digest="md5"),
    "with SHA-1": lambda ada, payload: sign(ada, payload, digest="sha1"),
    "by Eve under Ada's key": lambda ada, payload: sign(
        Key(ada.private, ada.public, ed25519("eve").raw_sign), payload
    ),
    "with no signature": lambda ada, payload: "",
    "with no end": lambda ada, payload: sign(ada, payload).replace("-----END SSH SIGNATURE-----\n", ""),
    "with text after it": lambda ada, payload: sign(ada, payload) + "and more\n",
    "twice in one header": lambda ada, payload: sign(ada, payload) * 2,
    "with a header inside": lambda ada, payload: sign(ada, payload).replace("\n", "\nVersion: 1\n", 1),
    "with line ends of Windows": lambda ada, payload: sign(ada, payload).replace("\n", "\r\n"),
    "with a space at an end": lambda ada, payload: sign(ada, payload).replace("\n", " \n"),
    "with a space inside": lambda ada, payload: sign(ada, payload).replace("U1NI", "U1 NI"),
    "cut off": lambda ada, payload: signed_objects.armor(_good_raw(ada, payload)[:-1]),
    "with a byte more": lambda ada, payload: signed_objects.armor(_good_raw(ada, payload) + b"\0"),
    "of version 2": lambda ada, payload: signed_objects.armor(
        _good_raw(ada, payload).replace(b"SSHSIG\0\0\0\1", b"SSHSIG\0\0\0\2")
    ),
    "with other magic": lambda ada, payload: signed_objects.armor(b"SSHSIH" + _good_raw(ada, payload)[6:]),
    "of nothing": lambda ada, payload: signed_objects.armor(b""),
    "with an unknown hash": lambda ada, payload: signed_objects.armor(
        _good_raw(ada, payload).replace(b"sha512", b"shake1")
    ),
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_a_forged_signature_is_bad(
    repo: Repo, ada: Key, tree: str, forge: Callable[[Key, bytes], str]
) -> None:
    """Whatever the list says. It is present, so the commit is not merely unsigned."""
    payload = commit_payload(tree)
    commit_id = put_commit(repo, payload, forge(ada, payload))

    (found,) = _of_commit(repo, commit_id, _allow(ada))

    assert found.verdict.state in ((BAD,) if found.format == "ssh" else (UNCHECKED,))
    assert not found.is_good


@pytest.mark.parametrize("header", ["gpgsig2", "gpgsig-", "gpgsig-sha512"])
def test_a_signature_under_a_name_that_git_passes_over_is_never_good(
    repo: Repo, ada: Key, tree: str, header: str
) -> None:
    """Alone it is of no known kind; beside git's own it is a second one."""
    payload = commit_payload(tree)
    alone = insert_header(payload, as_header(sign(ada, payload), header))
    beside = insert_header(alone, as_header(sign(ada, payload)))

    (found,) = _of_commit(repo, put(repo, "commit", alone), _allow(ada))
    assert (found.format, found.verdict.state) == ("unknown", UNCHECKED)
    (found,) = _of_commit(repo, put(repo, "commit", beside), _allow(ada))
    assert found.verdict.state is BAD


def test_two_signatures_are_bad(repo: Repo, ada: Key, tree: str) -> None:
    """Git reads the first and passes over the second, which no signature is over."""
    payload = commit_payload(tree)
    header = as_header(sign(ada, payload))
    twice = insert_header(insert_header(payload, header), header)

    (found,) = _of_commit(repo, put(repo, "commit", twice), _allow(ada))

    assert (found.verdict.state, found.verdict.reason) == (BAD, "it has 2 signatures, where git writes one")


@pytest.mark.quick(every=2)
@pytest.mark.parametrize("make", [lambda: ed25519("ada"), signed_objects.rsa], ids=["Ed25519", "RSA"])
def test_every_changed_bit_of_a_signature_is_refused(make: Callable[[], Key]) -> None:
    """Not one of them is good, and none raises."""
    key = make()
    raw, signers = _good_raw(key, b"text"), _allow(key)
    assert check_ssh(b"text", signed_objects.armor(raw).encode(), START, signers).state is GOOD

    states = []
    for position in range(len(raw) * 8):
        flipped = bytearray(raw)
        flipped[position // 8] ^= 1 << position % 8
        states.append(check_ssh(b"text", signed_objects.armor(bytes(flipped)).encode(), START, signers).state)

    assert set(states) <= {BAD, UNCHECKED}
    assert states.count(BAD) > len(states) * 3 / 4


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_a_verdict(data: bytes, armored: bool) -> None:
    """No exception, and never a good one."""
    text = signed_objects.armor(b"SSHSIG\0\0\0\1" + data).encode() if armored else data

    assert check_ssh(b"text", text, START, _allow(ed25519("ada"))).state in (BAD, UNCHECKED)


@pytest.mark.parametrize(
    ("text", "name"), [(signed_objects.PGP, "openpgp"), (signed_objects.X509, "x509"), ("hello", "unknown")]
)
def test_other_formats_are_present_and_not_checked(
    repo: Repo, ada: Key, tree: str, text: str, name: str
) -> None:
    """Present is not good."""
    (of_commit,) = _of_commit(repo, put_commit(repo, commit_payload(tree), text), _allow(ada))

    assert (of_commit.format, of_commit.verdict.state) == (name, UNCHECKED)


def test_a_signed_tag_on_the_commit_counts(repo: Repo, ada: Key, tree: str) -> None:
    """Its object names the commit, and the signature is over that."""
    commit_id = put(repo, "commit", commit_payload(tree))
    payload = tag_payload(commit_id)
    tag_id = put_tag(repo, payload, sign(ada, payload))

    (found,), faults = _of_tags(repo, commit_id, _allow(ada))

    assert (found.kind, found.id, found.ref, found.name, faults) == ("tag", tag_id, "v1", "v1", {})
    assert found.is_good


def test_a_tag_is_told_by_the_name_that_was_signed(repo: Repo, ada: Key, tree: str) -> None:
    """Whoever moves refs can call it what they like."""
    commit_id = put(repo, "commit", commit_payload(tree))
    payload = tag_payload(commit_id, name="v1")
    put_tag(repo, payload, sign(ada, payload), ref="v2")

    (found,), _ = _of_tags(repo, commit_id, _allow(ada))

    assert found.subject == "tag 'v2', signed as 'v1'"


@pytest.mark.parametrize(("outer", "inner"), [(True, False), (False, True), (True, True)])
def test_a_chain_of_tags_leads_to_the_commit(
    repo: Repo, ada: Key, tree: str, outer: bool, inner: bool
) -> None:
    """Each that is signed counts, once, whichever ref leads to it."""
    commit_id = put(repo, "commit", commit_payload(tree))
    payload = tag_payload(commit_id, name="inner")
    inner_id = put_tag(repo, payload, sign(ada, payload) if inner else None, ref="inner")
    payload = tag_payload(inner_id, kind="tag", name="outer")
    put_tag(repo, payload, sign(ada, payload) if outer else None, ref="outer")

    found, faults = _of_tags(repo, commit_id, _allow(ada))

    assert faults == {}
    assert sorted(signature.name for signature in found) == ["inner"] * inner + ["outer"] * outer
    assert all(signature.is_good for signature in found)


def test_tags_elsewhere_do_not_count(repo: Repo, ada: Key, tree: str) -> None:
    """On another commit, on this commit's own tree, on a blob, and those that are no objects."""
    commit_id = put(repo, "commit", commit_payload(tree))
    other = put(repo, "commit", commit_payload(tree, message="other\n"))
    targets = {"other": (other, "commit"), "tree": (tree, "tree"), "blob": (put(repo, "blob", b"x"), "blob")}
    for name, (target, kind) in targets.items():
        payload = tag_payload(target, kind=kind, name=name)
        put_tag(repo, payload, sign(ada, payload), ref=name)
    tag(repo, "light", commit_id)
    tag(repo, "light-tree", tree)
    set_ref(repo, "refs/heads/v9", put_tag(repo, tag_payload(commit_id), None, ref="annotated"))

    assert _of_tags(repo, commit_id, _allow(ada)) == ([], {})


def test_a_signed_tag_that_only_a_branch_holds_does_not_count(repo: Repo, ada: Key, tree: str) -> None:
    """Tags are what `refs/tags/` holds."""
    commit_id = put(repo, "commit", commit_payload(tree))
    payload = tag_payload(commit_id)
    set_ref(repo, "refs/heads/v1", put(repo, "tag", payload + sign(ada, payload).encode()))

    assert _of_tags(repo, commit_id, _allow(ada)) == ([], {})


LYING_TAGS: dict[str, Callable[[str, str], bytes]] = {
    "calls the commit a tree": lambda commit_id, other: tag_payload(commit_id, kind="tree"),
    "calls the commit a tag": lambda commit_id, other: tag_payload(commit_id, kind="tag"),
    "names nothing": lambda commit_id, other: b"object 12\n\n",
    "names another first": lambda commit_id, other: (
        f"object {other}\nobject {commit_id}\ntype commit\ntag v1\n\n".encode()
    ),
}


@pytest.mark.parametrize("payload_of", LYING_TAGS.values(), ids=LYING_TAGS)
def test_a_tag_that_lies_is_a_fault(
    repo: Repo, ada: Key, tree: str, payload_of: Callable[[str, str], bytes]
) -> None:
    """Even one that is signed."""
    commit_id = put(repo, "commit", commit_payload(tree))
    payload = payload_of(commit_id, put(repo, "commit", commit_payload(tree, message="other\n")))
    put_tag(repo, payload, sign(ada, payload))

    found, faults = _of_tags(repo, commit_id, _allow(ada))

    assert found == []
    assert list(faults) == ["refs/tags/v1"]


def test_a_second_object_line_is_not_believed(repo: Repo, ada: Key, tree: str) -> None:
    """A tag on another commit stays on it, as for git, whatever later lines say."""
    commit_id = put(repo, "commit", commit_payload(tree))
    other = put(repo, "commit", commit_payload(tree, message="other\n"))
    payload = tag_payload(other).replace(b"\n\n", f"\nobject {commit_id}\n\n".encode(), 1)
    put_tag(repo, payload, sign(ada, payload))

    assert _of_tags(repo, commit_id, _allow(ada)) == ([], {})


def test_a_tampered_tag_is_bad(repo: Repo, ada: Key, tree: str) -> None:
    """Moved to the commit with the signature that it had on another; and with words added after the signature."""
    commit_id = put(repo, "commit", commit_payload(tree))
    other = put(repo, "commit", commit_payload(tree, message="other\n"))
    put_tag(repo, tag_payload(commit_id), sign(ada, tag_payload(other)), ref="moved")
    payload = tag_payload(commit_id)
    put_tag(repo, payload, sign(ada, payload) + "signed off by Eve\n", ref="words")

    found, _ = _of_tags(repo, commit_id, _allow(ada))

    assert {signature.ref: signature.verdict.state for signature in found} == {"moved": BAD, "words": BAD}


def test_a_commits_signature_is_none_of_a_tag(repo: Repo, ada: Key, tree: str) -> None:
    """And the other way round: each is over its own object's bytes."""
    of_commit = sign(ada, commit_payload(tree))
    commit_id = put_commit(repo, commit_payload(tree), of_commit)
    put_tag(repo, tag_payload(commit_id), of_commit)
    (found,), _ = _of_tags(repo, commit_id, _allow(ada))
    swapped = put_commit(repo, commit_payload(tree, message="x"), sign(ada, tag_payload(commit_id)))

    assert found.verdict.state is BAD
    assert _of_commit(repo, swapped, _allow(ada))[0].verdict.state is BAD


def test_a_chain_without_end_does_not_count(repo: Repo, ada: Key, tree: str) -> None:
    """Git's hashes allow no circle, so it is only long."""
    commit_id = put(repo, "commit", commit_payload(tree))
    target, kind = commit_id, "commit"
    for _ in range(60):
        payload = tag_payload(target, kind=kind)
        target, kind = put(repo, "tag", payload + sign(ada, payload).encode()), "tag"
    set_ref(repo, "refs/tags/v1", target)

    assert _of_tags(repo, commit_id, _allow(ada)) == ([], {})


def test_damaged_and_absent_tags_do_not_hide_the_others(repo: Repo, ada: Key, tree: str) -> None:
    """A damaged one is told; one whose object is absent leads nowhere; a FIFO in a ref's place is none."""
    commit_id = put(repo, "commit", commit_payload(tree))
    payload = tag_payload(commit_id)
    put_tag(repo, payload, sign(ada, payload), ref="sound")
    damaged = put_tag(repo, tag_payload(commit_id, name="damaged"), None, ref="damaged")
    os.chmod(repo.loose(damaged), 0o644)
    Path(repo.loose(damaged)).write_bytes(b"no zlib")
    set_ref(repo, "refs/tags/absent", "1" * 40)
    set_ref(repo, "refs/tags/words", "no id")
    os.mkfifo(os.path.join(repo.gitdir, "refs", "tags", "fifo"))

    found, faults = _of_tags(repo, commit_id, _allow(ada))

    assert [signature.ref for signature in found] == ["sound"]
    assert sorted(faults) == ["refs/tags/damaged", "refs/tags/words"]


TIMES = {"commit": (START, GOOD), "later": (START + 86400, UNTRUSTED), "at the epoch": (0, UNTRUSTED)}


@pytest.mark.parametrize(("when", "state"), TIMES.values(), ids=TIMES)
def test_validity_is_asked_at_the_time_of_signing(
    repo: Repo, ada: Key, tree: str, when: int, state: SignatureState
) -> None:
    """The committer's time for a commit, the tagger's for a tag, today for neither."""
    signers = _allow(ada, 'valid-after="20210101Z",valid-before="20210111235959Z"')
    payload = commit_payload(tree, time=when)
    commit_id = put_commit(repo, payload, sign(ada, payload))
    payload = tag_payload(commit_id, time=when)
    put_tag(repo, payload, sign(ada, payload))

    (of_commit,), ((of_tag,), _) = _of_commit(repo, commit_id, signers), _of_tags(repo, commit_id, signers)

    assert (of_commit.verdict.state, of_tag.verdict.state) == (state, state)


def test_a_second_committer_does_not_move_the_time(repo: Repo, ada: Key, tree: str) -> None:
    """The first counts, as for git."""
    payload = commit_payload(tree, time=START, headers="committer A <a@b> 1 +0000\n")
    commit_id = put_commit(repo, payload, sign(ada, payload))

    (found,) = _of_commit(repo, commit_id, _allow(ada, 'valid-after="20210101Z"'))

    assert found.is_good


def test_the_repositorys_own_list_is_not_asked(repo: Repo, ada: Key, tree: str, tmp_path: Path) -> None:
    """Nor any program that its configuration names."""
    own = signed_objects.write_signers(tmp_path / "own", f"ada {ada.public}")
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    trap.chmod(0o755)
    for section, name, value in [
        ("gpg", "format", "ssh"),
        ("gpg", "program", str(trap)),
        ("gpg.ssh", "allowedSignersFile", own),
        ("gpg.ssh", "program", str(trap)),
        ("gpg.ssh", "defaultKeyCommand", str(trap)),
    ]:
        configure(repo, section, name, value)
    payload = commit_payload(tree)
    commit_id = put_commit(repo, payload, sign(ada, payload))

    assert _of_commit(repo, commit_id, _signers())[0].verdict.state is UNTRUSTED
    assert _of_commit(repo, commit_id, None)[0].verdict.state is UNTRUSTED
    assert not (tmp_path / "ran").exists()
