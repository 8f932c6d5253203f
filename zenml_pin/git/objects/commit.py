"""Commits, parsed from their raw text.

    commit = "tree" SP id LF *( "parent" SP id LF ) "author" SP person LF "committer" SP person LF *header LF message
    person = name SP "<" email ">" SP seconds SP zone

Sources: git-hash-object(1), gitformat-signature(5).
"""

from __future__ import annotations

from zenml_pin.base.values import Value
from zenml_pin.load_errors import ObjectCorruptError
from zenml_pin.source import is_commit_id


class Commit(Value):
    """The fields of a commit, as written in it.

    Args:
        id: Its full id.
        tree: Id of its root tree.
        parents: Ids of its parents, first parent first.
        author: "Name <email>", as written and unverified.
        time: Commit time in seconds since the epoch UTC; 0 if that field is malformed.
        zone: The committer's offset from UTC in minutes.
        message: The whole message.
        committer: As `author`.
        signature: The first line of its signature, unverified; "" if it is not signed.
    """

    id: str
    tree: str
    parents: tuple[str, ...]
    author: str
    time: int
    zone: int
    message: str
    committer: str = ""
    signature: str = ""


def parse_commit(commit_id: str, data: bytes, label: str) -> Commit:
    """Parse a raw commit. Malformed persons and encodings stay text; a commit without a tree is damaged.

    Args:
        commit_id: Its full id.
        data: Its raw text.
        label: The source of the object, for messages.

    Raises:
        ObjectCorruptError: Its first line does not name a tree, or a parent is not an id.
    """
    headers, message = split_headers(data)
    trees = [value for key, value in headers if key == "tree"]
    parents = tuple(value for key, value in headers if key == "parent")
    if not trees or headers[0][0] != "tree" or not all(map(is_commit_id, [trees[0], *parents])):
        raise ObjectCorruptError(commit_id, label, "it does not name a tree")
    fields = dict(reversed(headers))
    author, _, _ = parse_person(fields.get("author", ""))
    committer, time, zone = parse_person(fields.get("committer", ""))
    signature = fields.get("gpgsig", fields.get("gpgsig-sha256", ""))
    return Commit(commit_id, trees[0], parents, author, time, zone, message, committer, signature)


def split_headers(data: bytes) -> tuple[list[tuple[str, str]], str]:
    """Split into header lines and message; drop continuation lines (of signatures)."""
    head, _, message = data.partition(b"\n\n")
    headers = []
    for line in head.split(b"\n"):
        key, _, value = line.partition(b" ")
        if key:
            headers.append((_text(key), _text(value)))
    return headers, _text(message)


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def parse_person(text: str) -> tuple[str, int, int]:
    """Return a person's name and address, the time in seconds, and the offset from UTC in minutes."""
    name, bracket, rest = text.rpartition(">")
    seconds, _, zone = rest.strip().partition(" ")
    try:
        minutes = int(zone[-4:-2]) * 60 + int(zone[-2:])
        return name + bracket, int(seconds), -minutes if zone.startswith("-") else minutes
    except ValueError:
        return name + bracket or text, 0, 0
