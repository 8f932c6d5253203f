"""Tags, parsed from their raw text.

    tag = "object" SP id LF "type" SP kind LF "tag" SP name LF [ "tagger" SP person LF ] *header LF message

Sources: git-mktag(1).
"""

from __future__ import annotations

from zenml_pin.base.values import Value
from zenml_pin.git.objects.commit import parse_person, split_headers
from zenml_pin.load_errors import ObjectCorruptError
from zenml_pin.source import is_commit_id

# No release has a longer chain of tags.
MAX_TAGS = 20
_KINDS = ("commit", "tree", "blob", "tag")


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
    headers, _ = split_headers(data)
    (first, target), (second, kind) = [*headers[:2], ("", ""), ("", "")][:2]
    if (first, second) != ("object", "type") or not is_commit_id(target) or kind not in _KINDS:
        raise ObjectCorruptError(tag_id, label, "it does not name an object")
    fields = dict(reversed(headers))
    _, time, _ = parse_person(fields.get("tagger", ""))
    return Tag(tag_id, target, kind, fields.get("tag", ""), time)
