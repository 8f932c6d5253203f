"""Commits and tags, read from their raw text."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from zenml_pin.errors import ObjectCorruptError
from zenml_pin.git.objects.commit import Commit, parse_commit
from zenml_pin.git.objects.tag import Tag, parse_tag

TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
PARENT = "e9448e0abbc6f03252578ca877bc80c94f137edd"
ADA = "Ada Lovelace <ada@example.org>"


def _parse(text: str | bytes) -> Commit:
    return parse_commit("c" * 40, text.encode() if isinstance(text, str) else text, "here")


def test_a_commit_gives_its_contents() -> None:
    """Tree, parents, author, the committer's time and zone, the message."""
    commit = _parse(
        f"tree {TREE}\nparent {PARENT}\nparent {TREE}\nauthor {ADA} 1 +0100\n"
        f"committer Bob <b@c> 1610366400 -0330\n\nsubject\n\nbody\n"
    )

    assert commit == Commit(
        "c" * 40, TREE, (PARENT, TREE), ADA, 1610366400, -(3 * 60 + 30), "subject\n\nbody\n", "Bob <b@c>"
    )


def test_signatures_and_other_headers_are_passed_over() -> None:
    """Their continuation lines too, whatever they contain."""
    commit = _parse(
        f"tree {TREE}\nauthor {ADA} 1 +0000\ncommitter {ADA} 2 +0000\nencoding latin-1\n"
        f"gpgsig -----BEGIN-----\n \n tree {PARENT}\n parent {PARENT}\n -----END-----\n\nsubject\n"
    )

    assert (commit.tree, commit.parents, commit.message) == (TREE, (), "subject\n")


def test_text_that_is_not_utf8_is_kept_as_latin1() -> None:
    """Old commits have names in other encodings."""
    commit = _parse(b"tree %b\nauthor J\xf6rg <j@k> 1 +0000\ncommitter x\n\n\xe9t\xe9" % TREE.encode())

    assert (commit.author, commit.message) == ("Jörg <j@k>", "été")


PERSONS = {
    "no time": ("A <a@b>", ("A <a@b>", 0, 0)),
    "no zone": ("A <a@b> 5", ("A <a@b>", 0, 0)),
    "no mail": ("A 5 +0000", ("A 5 +0000", 0, 0)),
    "empty": ("", ("", 0, 0)),
    "two brackets": ("A <a> <b@c> 5 +0000", ("A <a> <b@c>", 5, 0)),
    "text as time": ("A <a@b> then +0000", ("A <a@b>", 0, 0)),
    "text as zone": ("A <a@b> 5 here", ("A <a@b>", 0, 0)),
    "before 1970": ("A <a@b> -5 +0000", ("A <a@b>", -5, 0)),
    "far future": ("A <a@b> 99999999999999 +1400", ("A <a@b>", 99999999999999, 840)),
    "endless digits": (f"A <a@b> {'9' * 5000} +0000", ("A <a@b>", 0, 0)),
}


def test_a_commit_says_that_it_carries_a_signature() -> None:
    """It reads only the first line of the signature; whether the signature is good is checked elsewhere."""
    lines = "-----BEGIN SSH SIGNATURE-----\n abc\n -----END SSH SIGNATURE-----"

    signed = _parse(f"tree {TREE}\nauthor {ADA} 1 +0000\ncommitter {ADA} 1 +0000\ngpgsig {lines}\n\nx\n")

    assert (signed.signature, signed.message) == ("-----BEGIN SSH SIGNATURE-----", "x\n")


@pytest.mark.parametrize(("text", "expected"), PERSONS.values(), ids=PERSONS)
def test_broken_persons_are_kept_as_text(text: str, expected: tuple[str, int, int]) -> None:
    """A commit is not refused for a line that git itself has accepted."""
    commit = _parse(f"tree {TREE}\nauthor {text}\ncommitter {text}\n\n")

    assert (commit.author, commit.time, commit.zone) == expected


def test_a_commit_without_persons_or_message_is_read() -> None:
    """Only the tree is needed."""
    assert _parse(f"tree {TREE}\n") == Commit("c" * 40, TREE, (), "", 0, 0, "")


NO_TREE = {
    "empty": "",
    "message only": "\n\nsubject",
    "no id": "tree \n\n",
    "short id": "tree 4b825dc\n\n",
    "upper case": f"tree {TREE.upper()}\n\n",
    "tree not first": f"author {ADA} 1 +0000\ntree {TREE}\n\n",
    "in the message": f"author x\n\ntree {TREE}\n",
    "path for an id": "tree ../../etc/passwd\n\n",
    "broken parent": f"tree {TREE}\nparent HEAD\n\n",
    "a file": "class A: pass\n",
    "bytes": "\0\1\2",
}


@pytest.mark.parametrize("text", NO_TREE.values(), ids=NO_TREE)
def test_a_commit_that_names_no_tree_is_damage(text: str) -> None:
    """The error has the id of the commit."""
    with pytest.raises(ObjectCorruptError, match="it does not name a tree") as caught:
        _parse(text)
    assert caught.value.object_id == "c" * 40


def test_a_tag_names_an_object() -> None:
    """Its id and kind, from the first two lines alone; also the tag's name and time."""
    text = f"object {PARENT}\ntype commit\ntag v1\ntagger {ADA} 7 +0000\nobject {TREE}\ntype tree\n\nv1\n"

    assert parse_tag("t" * 40, text.encode(), "here") == Tag("t" * 40, PARENT, "commit", "v1", 7)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "object x\ntype commit\n",
        f"object {PARENT}\ntype evil\n",
        f"object {PARENT}\n",
        f"type commit\nobject {PARENT}\n",
        f"object {PARENT}\ntag v1\ntype commit\n",
    ],
)
def test_a_tag_that_names_none_is_damage(text: str) -> None:
    """Also a tag of an unknown kind, and one with lines in another order than git's."""
    with pytest.raises(ObjectCorruptError, match="it does not name an object"):
        parse_tag("t" * 40, text.encode(), "here")


LINES = st.sampled_from(
    [
        f"tree {PARENT}",
        f"parent {PARENT}",
        f"parent {TREE}",
        f"author {ADA} 1 +0000",
        "gpgsig x",
        " more",
        "",
        "\xe9",
        "\0",
    ]
)
TAILS = st.binary(max_size=300) | st.lists(LINES, max_size=8).map("\n".join).map(str.encode)


@given(TAILS | TAILS.map(lambda tail: f"tree {TREE}\n".encode() + tail))
def test_any_bytes_are_a_commit_or_damage(data: bytes) -> None:
    """Each value that is read is in the text, and reads the same again; there is no other exception."""
    try:
        commit = _parse(data)
    except ObjectCorruptError:
        return
    links = [("tree", commit.tree), *(("parent", parent) for parent in commit.parents)]
    lines = [f"{key} {name}" for key, name in links]
    again = _parse("\n".join([*lines, "", commit.message]))

    assert {line.encode() for line in lines} <= set(data.split(b"\n"))
    assert (again.tree, again.parents, again.message) == (commit.tree, commit.parents, commit.message)
