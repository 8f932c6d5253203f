"""The values of a YAML text with their positions, and key paths: how people write a position in its structure."""

from __future__ import annotations

import re
from collections.abc import Hashable

from zenml_pin.base.lazy_attribute import lazy
from zenml_pin.base.values import Value
from zenml_pin.errors import DocumentError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, Protocol

    class Placed(Protocol):
        """A value of the text and its position; see `Node`."""

        @property
        def kind(self) -> str:
            """What kind of value it is."""

        @property
        def value(self) -> Any:
            """A scalar's value."""

        @property
        def line(self) -> int:
            """Counted from 1."""

        @property
        def column(self) -> int:
            """Counted from 1."""

        @property
        def start(self) -> int:
            """The index of its first character."""

        @property
        def end(self) -> int:
            """The index after its last character."""

        @property
        def style(self) -> str:
            """How a scalar is written."""

        @property
        def children(self) -> Iterator[tuple[Hashable, Placed]]:
            """The values in it, each with its key or position."""

        def child(self, key: Hashable) -> Placed | None:
            """Return the value of a dict's key."""

        def plain(self) -> Any:
            """Return it as plain data."""


KeyPath = tuple[Hashable, ...]

_PLAIN_KEY = re.compile(r"\$?[^\W\d][\w-]*\Z")


class Node:
    """A value of the text, and its position.

    Attributes:
        kind: "scalar", "list" or "dict".
        value: A scalar's value, a list's nodes, or a dict's pairs of nodes.
        line, column: Counted from 1.
        start, end: The indexes of its first character and after its last one, its anchor included.
        style: How a scalar is written: "" for plain, or its quote, "|" or ">".
        size, height: The number of values in it, with aliases written out, and the number of its levels.
    """

    # Importing attrs takes longer than reading a document.
    __slots__ = ("anchor", "column", "end", "height", "kind", "line", "size", "start", "style", "value")

    def __init__(
        self,
        kind: str,
        value: Any,
        line: int,
        column: int,
        start: int,
        end: int,
        style: str = "",
        anchor: str | None = None,
        size: int = 1,
        height: int = 1,
    ) -> None:
        self.kind = kind
        self.value = value
        self.line = line
        self.column = column
        self.start = start
        self.end = end
        self.style = style
        self.anchor = anchor
        self.size = size
        self.height = height

    @property
    def children(self) -> Iterator[tuple[Hashable, Node]]:
        """The key or position and the node of each value in a dict or list."""
        if self.kind == "dict":
            return iter([(key.value, value) for key, value in self.value])
        return enumerate(self.value if self.kind == "list" else ())

    def child(self, key: Hashable) -> Node | None:
        """Return the node of a dict's key; None where there is none."""
        pairs = self.value if self.kind == "dict" else ()
        return next((value for name, value in pairs if name.value == key), None)

    def plain(self) -> Any:
        """Return the value as plain data, with a copy for each alias."""
        if self.kind == "dict":
            return {key.value: value.plain() for key, value in self.value}
        return [value.plain() for value in self.value] if self.kind == "list" else self.value


class YamlText(Value):
    """A text that was read.

    Attributes:
        path: The file's name in messages.
        text: The unchanged text, with its byte order mark and line ends.
    """

    path: str
    text: str
    _quick: Placed | None
    _build: Callable[[], Node | None]
    _allowed: list[DocumentError]

    def _shown(self, name: str) -> str | None:
        return None if name == "text" else super()._shown(name)

    @lazy
    def root(self) -> Node | None:
        """Its value; None for an empty text."""
        return self._build()

    @property
    def allowed(self) -> list[DocumentError]:
        """What was read only because tags were allowed: the errors that there would be without."""
        return self._allowed

    @property
    def nodes(self) -> Placed | None:
        """Its value with positions and children only, which takes less time than `root`."""
        return self.root if self._quick is None else self._quick

    @property
    def data(self) -> Any:
        """The plain data; None for an empty text."""
        if self._quick is not None:
            return self._quick.plain()
        return None if self.root is None else self.root.plain()

    def error(self, reason: str, key_path: KeyPath = (), hint: str = "") -> DocumentError:
        """Return an error that points at a value, or at the nearest existing value around it."""
        node = self.root
        for key in key_path:
            child = None if node is None else dict(node.children).get(key)
            if child is None:
                break
            node = child
        line, column = (node.line, node.column) if node is not None else (0, 0)
        return DocumentError(
            shorten(reason),
            path=self.path,
            line=line,
            column=column,
            key_path=show_key_path(key_path),
            hint=hint,
        )


def show_key_path(key_path: KeyPath) -> str:
    """Return a key path as people write it.

    >>> show_key_path(("steps", "training", "args", "layers", 2, "my key"))
    "steps.training.args.layers[2].'my key'"
    """
    shown = ""
    for key in key_path:
        if isinstance(key, int) and not isinstance(key, bool):
            shown += f"[{key}]"
        else:
            plain = isinstance(key, str) and _PLAIN_KEY.match(key)
            shown += ("." if shown else "") + shorten(str(key) if plain else repr(key), 60)
    return shown


def shorten(text: str, length: int = 300) -> str:
    """Return the beginning of a text for a message: a hostile key or tag may be a megabyte long.

    >>> shorten("abcdef", 4)
    'abcd...'
    """
    return text if len(text) <= length else f"{text[:length]}..."
