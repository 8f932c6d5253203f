"""A fast path for most texts: the C parser composes them, in half the time of building `Node`s from events.

The composed nodes are right for a text without tags, anchors, merge keys and deep nesting. A text with anything that is
refused does not take the fast path, so the slower build finds out what is wrong and where.
"""

from __future__ import annotations

import re

from zenml_pin.yaml.writing import MAX_DEPTH

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator
    from typing import Any

# Tags, anchors, aliases, merge keys, explicit keys, and lines far to the right.
_NOT_QUICK = ("!", "&", "*", "<<", "?", " " * 400)
# Several block levels that begin on one line.
_COMPACT = re.compile(r"-[ \t]+-")
# The C parser is recursive.
_MAX_FLOWS = 400
_KINDS = {"scalar": "scalar", "mapping": "dict", "sequence": "list"}


class Composed:
    """A node as the parser composed it, with the positions and children of a `Node`.

    Args:
        node: The parser's node; each scalar has its value as `plain`.
        offset: How many characters are before the text.
    """

    __slots__ = ("_node", "_offset")

    def __init__(self, node: Any, offset: int) -> None:
        self._node = node
        self._offset = offset

    @property
    def kind(self) -> str:
        """As in `Node`."""
        return _KINDS[self._node.id]

    @property
    def value(self) -> Any:
        """A scalar's value; None for others."""
        return getattr(self._node, "plain", None)

    @property
    def line(self) -> int:
        """Counted from 1."""
        return int(self._node.start_mark.line) + 1

    @property
    def column(self) -> int:
        """Counted from 1."""
        return int(self._node.start_mark.column) + 1

    @property
    def start(self) -> int:
        """The index of its first character in the text."""
        return int(self._node.start_mark.index) + self._offset

    @property
    def end(self) -> int:
        """The index after its last character."""
        return int(self._node.end_mark.index) + self._offset

    @property
    def style(self) -> str:
        """As in `Node`."""
        return str(self._node.style or "") if self.kind == "scalar" else ""

    @property
    def children(self) -> Iterator[tuple[Hashable, Composed]]:
        """As in `Node`."""
        if self.kind == "dict":
            return iter([(key.plain, Composed(value, self._offset)) for key, value in self._node.value])
        items = self._node.value if self.kind == "list" else ()
        return enumerate(Composed(item, self._offset) for item in items)

    def child(self, key: Hashable) -> Composed | None:
        """As in `Node`."""
        for name, value in self._node.value if self._node.id == "mapping" else ():
            if name.plain == key:
                return Composed(value, self._offset)
        return None

    def plain(self) -> Any:
        """Return the value as plain data, a new copy each time."""
        return _plain(self._node)


def is_quick(text: str) -> bool:
    """Tell whether a text may take the fast path: it has no features that must be checked one by one."""
    if text.count("[") + text.count("{") > _MAX_FLOWS or any(sign in text for sign in _NOT_QUICK):
        return False
    return _COMPACT.search(text) is None


def composed(root: Any, offset: int, value_of: Callable[[str, bool], Any]) -> Composed:
    """Return the composed root node, with the value of each scalar.

    Args:
        root: The parser's root node.
        offset: How many characters are before the text.
        value_of: Returns a scalar's value, given its text and whether it is written without quotes.

    Raises:
        ValueError: The text must not take the fast path.
    """
    _resolve(root, 0, value_of)
    return Composed(root, offset)


def _resolve(node: Any, depth: int, value_of: Callable[[str, bool], Any]) -> None:
    kind = node.id if node is not None and depth <= MAX_DEPTH else None
    if kind == "scalar":
        node.plain = value_of(node.value, not node.style)
    elif kind == "sequence" and depth < MAX_DEPTH:
        for item in node.value:
            _resolve(item, depth + 1, value_of)
    elif kind == "mapping" and depth < MAX_DEPTH:
        keys = set()
        for key, value in node.value:
            _resolve(key, MAX_DEPTH, value_of)
            keys.add(key.plain)
            _resolve(value, depth + 1, value_of)
        if len(keys) < len(node.value):
            raise ValueError("a key is given twice")
    else:
        raise ValueError("it is empty, nests too deep, or has a collection as a key")


def _plain(node: Any) -> Any:
    kind = node.id
    if kind == "scalar":
        return node.plain
    if kind == "sequence":
        return [_plain(item) for item in node.value]
    return {key.plain: _plain(value) for key, value in node.value}
