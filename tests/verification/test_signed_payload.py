"""Payloads: which bytes of a commit or tag its signature is over."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from zenml_pin.errors import ObjectCorruptError
from zenml_pin.git.objects.commit import parse_commit
from zenml_pin.git.signature_format import format_of
from zenml_pin.verification.signed_payload import split_commit, split_tag

TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
OTHER = "e9448e0abbc6f03252578ca877bc80c94f137edd"
HEAD = f"tree {TREE}\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 2 +0000\n".encode()
SSH = b"-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n"
HEADER = b"gpgsig -----BEGIN SSH SIGNATURE-----\n AAAA\n -----END SSH SIGNATURE-----\n"
TAG = f"object {TREE}\ntype commit\ntag v1\ntagger A <a@b> 1 +0000\n\nv1\n".encode()

COMMITS = {
    "unsigned": (HEAD + b"\nsubject\n", HEAD + b"\nsubject\n", ()),
    "last header": (HEAD + HEADER + b"\nsubject\n", HEAD + b"\nsubject\n", (SSH,)),
    "between headers": (HEAD + HEADER + b"encoding x\n\ns", HEAD + b"encoding x\n\ns", (SSH,)),
    "no message": (HEAD + HEADER + b"\n", HEAD + b"\n", (SSH,)),
    "no blank line": (HEAD + HEADER, HEAD, (SSH,)),
    "two": (HEAD + HEADER + HEADER + b"\n", HEAD + b"\n", (SSH, SSH)),
    "of the other hash": (HEAD + HEADER.replace(b"gpgsig", b"gpgsig-sha256") + b"\n", HEAD + b"\n", ()),
    "in the message": (HEAD + b"\n" + HEADER, HEAD + b"\n" + HEADER, ()),
    "in another header": (
        HEAD + b"mergetag object\n " + HEADER + b"\n",
        HEAD + b"mergetag object\n " + HEADER + b"\n",
        (),
    ),
    "of a longer name": (HEAD + HEADER + b"gpgsigs x\n y\n\n", HEAD + b"\n", (SSH, b"")),
    "no value": (HEAD + b"gpgsig\n x\n\n", HEAD + b"\n", (b"",)),
}


@pytest.mark.parametrize(("data", "payload", "signatures"), COMMITS.values(), ids=COMMITS)
def test_a_commit_without_its_signature_is_the_payload(
    data: bytes, payload: bytes, signatures: tuple[bytes, ...]
) -> None:
    """This hash's header is the signature, the other's is dropped, another name's is empty; every other byte stays."""
    assert split_commit(data, "sha1") == (payload, signatures)


def test_a_sha256_commit_has_another_header() -> None:
    """Each hash has its own."""
    data = HEAD + HEADER + HEADER.replace(b"gpgsig", b"gpgsig-sha256") + b"\n"

    assert split_commit(data, "sha256") == (HEAD + b"\n", (SSH,))


TAGS = {
    "unsigned": (TAG, TAG, ()),
    "at the end": (TAG + SSH, TAG, (SSH,)),
    "the last counts": (TAG + SSH + SSH, TAG + SSH, (SSH,)),
    "not at a line's start": (TAG + b" " + SSH, TAG + b" " + SSH, ()),
    "with a header of another hash": (
        TAG.replace(b"\n\n", b"\n" + HEADER.replace(b"gpgsig", b"gpgsig-sha256") + b"\n", 1) + SSH,
        TAG,
        (SSH,),
    ),
}


@pytest.mark.parametrize(("data", "payload", "signatures"), TAGS.values(), ids=TAGS)
def test_a_tag_before_its_signature_is_the_payload(
    data: bytes, payload: bytes, signatures: tuple[bytes, ...]
) -> None:
    """The signature is what its text ends with."""
    assert split_tag(data) == (payload, signatures)


FORMATS = {
    "ssh": SSH,
    "openpgp": b"-----BEGIN PGP SIGNATURE-----\n",
    "x509": b"-----BEGIN SIGNED MESSAGE-----\n",
    "unknown": b"hello",
}


@pytest.mark.parametrize("name", FORMATS)
def test_a_signature_tells_its_format(name: str) -> None:
    """By its first line."""
    assert format_of(FORMATS[name]) == name


_LINES = st.sampled_from(
    [
        f"tree {TREE}",
        f"tree {OTHER}",
        f" tree {OTHER}",
        f"parent {OTHER}",
        f" parent {OTHER}",
        "gpgsig x",
        "gpgsig",
        "gpgsig-sha256 y",
        "gpgsigs z",
        " gpgsig x",
        " more",
        "committer A <a@b> 7 +0000",
        "committer B <b@c> 8 +0000",
        "",
        "\0",
    ]
)


@given(st.lists(_LINES, max_size=12), st.sampled_from(["sha1", "sha256"]))
def test_what_the_payload_says_is_what_the_commit_says(lines: list[str], object_format: str) -> None:
    """Wherever signatures stand, no tree, parent, author, time or message counts that they are not over."""
    data = "\n".join([f"tree {TREE}", *lines]).encode()

    payload, _ = split_commit(data, object_format)

    try:
        commit = parse_commit("c" * 40, data, "here")
    except ObjectCorruptError:
        return
    signed = parse_commit("c" * 40, payload, "here")
    assert (signed.tree, signed.parents, signed.author) == (commit.tree, commit.parents, commit.author)
    assert (signed.time, signed.zone, signed.message) == (commit.time, commit.zone, commit.message)


@given(st.binary(max_size=200))
def test_any_bytes_are_split(data: bytes) -> None:
    """Nothing raises, and nothing is made up: all that comes out was there."""
    for whole, (payload, signatures) in (
        (HEAD + data, split_commit(HEAD + data, "sha1")),
        (data, split_tag(data)),
    ):
        assert len(payload) + sum(map(len, signatures)) <= len(whole)
        for part in (payload, *signatures):
            # An iterator goes on behind what it has given: all bytes are there, in this order.
            rest = iter(whole)
            assert all(byte in rest for byte in part)
