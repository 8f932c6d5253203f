"""Commits and tags, parsed from their raw text; of a commit in a walk only its place in the history.

    commit = "tree" SP id LF *( "parent" SP id LF ) "author" SP person LF "committer" SP person LF *header LF message
    tag    = "object" SP id LF "type" SP kind LF "tag" SP name LF [ "tagger" SP person LF ] *header LF message
    person = name SP "<" email ">" SP seconds SP zone

Sources: git-hash-object(1), gitformat-signature(5).
"""

from __future__ import annotations

from zenml_pin import load_errors as errors
from zenml_pin.base.values import Value
from zenml_pin.source import is_commit_id

_KINDS = ("commit", "tree", "blob", "tag")


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
    headers, message = _split(data)
    trees = [value for key, value in headers if key == "tree"]
    parents = tuple(value for key, value in headers if key == "parent")
    if not trees or headers[0][0] != "tree" or not all(map(is_commit_id, [trees[0], *parents])):
        raise errors.ObjectCorruptError(commit_id, label, "it does not name a tree")
    fields = dict(reversed(headers))
    author, _, _ = _person(fields.get("author", ""))
    committer, time, zone = _person(fields.get("committer", ""))
    signature = fields.get("gpgsig", fields.get("gpgsig-sha256", ""))
    return Commit(commit_id, trees[0], parents, author, time, zone, message, committer, signature)


class CommitNode(Value):
    """What a walk through the history needs of a commit.

    Args:
        id: Its full id.
        tree: Id of its root tree.
        parents: Ids of its parents, first parent first.
        time: Commit time in seconds since the epoch UTC; 0 if that field is malformed.
    """

    __slots__ = ("id", "tree", "parents", "time")

    id: str
    tree: str
    parents: tuple[str, ...]
    time: int

    def __init__(self, id: str, tree: str, parents: tuple[str, ...], time: int) -> None:
        # Not the common `__init__`, which takes twice as long: a history may have a million of them.
        _set_id(self, id)
        _set_tree(self, tree)
        _set_parents(self, parents)
        _set_time(self, time)


_set_id, _set_tree, _set_parents, _set_time = (
    vars(CommitNode)[name].__set__ for name in CommitNode.__slots__
)


def parse_node(commit_id: str, data: bytes, label: str) -> CommitNode:
    """Parse the place of a raw commit in the history, as `parse_commit` does, in a fifth of its time.

    Raises:
        ObjectCorruptError: Its first line does not name a tree, or a parent is not an id.
    """
    node = _usual_node(commit_id, data)
    if node is None:
        commit = parse_commit(commit_id, data, label)
        node = CommitNode(commit.id, commit.tree, commit.parents, commit.time)
    return node


def _usual_node(commit_id: str, data: bytes) -> CommitNode | None:
    """Read the lines in the order in which git writes them; None if anything is unusual."""
    length = len(commit_id)
    middle = data.find(b"\nauthor ")
    start = data.find(b"\n", middle + 1)
    end = data.find(b"\n", start + 1)
    stop = data.find(b"\n\n", start + 1)
    count, rest = divmod(middle - 5 - length, 8 + length)
    if rest or count < 0 or not data.startswith(b"tree ") or not 0 <= start < end <= stop:
        return None
    if stop > end and data.find(b"\nparent ", end, stop) >= 0:
        return None
    ids = data[5 : 5 + length]
    for position in range(5 + length, middle, 8 + length):
        if not data.startswith(b"\nparent ", position):
            return None
        ids += data[position + 8 : position + 8 + length]
    if ids.strip(b"0123456789abcdef"):
        return None
    _, _, date = data[start:end].rpartition(b"> ")
    seconds, _, zone = date.partition(b" ")
    if not (seconds.isdigit() and len(zone) == 5 and zone[1:].isdigit()) or zone[:1] not in (b"+", b"-"):
        return None
    if not data.startswith(b"\ncommitter ", start):
        return None
    names = ids.decode("ascii")
    parents = tuple([names[at : at + length] for at in range(length, len(names), length)])
    return CommitNode(commit_id, names[:length], parents, int(seconds))


class Tag(Value):
    """The fields of a tag object, as written in it.

    Args:
        id: Its full id.
        target: Id of the tagged object.
        kind: That object's kind: "commit", "tree", "blob" or "tag".
        name: The tag's name, as written in it; the ref may have another name.
        time: When it was created, in seconds since the epoch UTC; 0 if it has no date.
    """

    id: str
    target: str
    kind: str
    name: str
    time: int


def parse_tag(tag_id: str, data: bytes, label: str) -> Tag:
    """Parse a raw tag. As in git, only its first two lines count as target and kind, not repeated ones.

    Args:
        tag_id: Its full id.
        data: Its raw text.
        label: The source of the object, for messages.

    Raises:
        ObjectCorruptError: It does not name an object.
    """
    headers, _ = _split(data)
    (first, target), (second, kind) = [*headers[:2], ("", ""), ("", "")][:2]
    if (first, second) != ("object", "type") or not is_commit_id(target) or kind not in _KINDS:
        raise errors.ObjectCorruptError(tag_id, label, "it does not name an object")
    fields = dict(reversed(headers))
    _, time, _ = _person(fields.get("tagger", ""))
    return Tag(tag_id, target, kind, fields.get("tag", ""), time)


def _split(data: bytes) -> tuple[list[tuple[str, str]], str]:
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


def _person(text: str) -> tuple[str, int, int]:
    name, bracket, rest = text.rpartition(">")
    seconds, _, zone = rest.strip().partition(" ")
    try:
        minutes = int(zone[-4:-2]) * 60 + int(zone[-2:])
        return name + bracket, int(seconds), -minutes if zone.startswith("-") else minutes
    except ValueError:
        return name + bracket or text, 0, 0
