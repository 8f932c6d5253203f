r"""YAML: text to plain data with positions.

    text     = UTF-8, one YAML document, as long as `Limits.document` at most, 64 levels deep at most
    refused  = tags, merge keys, duplicate keys, collections as keys, aliases that contain themselves or that
               would repeat more than 10,000 values
    allowed  = with `tags=True`, for documents of ZenML: tags of YAML and of PyYAML, and collections as keys; they
               become plain data, see `tags`
    value    = text, integer, float, boolean, null, date, datetime, list of values, dict of scalars to values

All checks work on the stream of parse events, before anything is built: the C loader crashes on deep nesting, and both
loaders hang on merge keys that double.

>>> parsed = read("steps:\n  training: {source: a.B}\n", "p.yaml")
>>> parsed.data
{'steps': {'training': {'source': 'a.B'}}}
>>> str(parsed.error("is unknown", ("steps", "training", "source")))
'p.yaml:2:22: steps.training.source: is unknown'
"""

from __future__ import annotations

import os

import yaml

from zenml_pin.base.limits import DEFAULT_LIMITS, Limits
from zenml_pin.errors import DocumentError
from zenml_pin.yaml.fast_path import Composed, composed, is_quick
from zenml_pin.yaml.input import decode_yaml, read_bytes
from zenml_pin.yaml.nodes import Node, YamlText, shorten, show_key_path
from zenml_pin.yaml.scalars import ScalarRefused, known_value_of
from zenml_pin.yaml.tags import as_written, is_known, untagged
from zenml_pin.yaml.writing import MAX_DEPTH

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator
    from typing import Any

# Old documents repeat a list of features by alias; none needs thousands.
MAX_ALIASED = 10_000
_TOO_DEEP = f"it is nested deeper than {MAX_DEPTH} levels"
# Called three times a node, for tags that nobody needs: it takes any arguments, and runs in C.
_NOTHING = "".format


def read_yaml_file(
    path: str | os.PathLike[str], limits: Limits = DEFAULT_LIMITS, tags: bool = False
) -> YamlText:
    """Read a file of YAML; one that is too long is refused before it is read.

    Raises:
        DocumentError: It is absent, not a regular file, too long, or `read` refuses it.
    """
    name = os.fspath(path)
    return read(read_bytes(name, limits), name, limits, tags)


def read(data: bytes | str, path: str = "", limits: Limits = DEFAULT_LIMITS, tags: bool = False) -> YamlText:
    """Read a text, or the bytes of a file, to plain data with positions.

    Args:
        data: The text; bytes are UTF-8, with or without a byte order mark.
        path: The file's name in messages.
        limits: Its longest length.
        tags: Read what `yaml.dump` of ZenML wrote for objects of Python; `allowed` then says what that was.

    Raises:
        DocumentError: It is too long, not UTF-8, not YAML, or contains something that the grammar above refuses.
    """
    text = decode_yaml(data, path, limits)
    mark = text.startswith("\ufeff")
    builder = _Builder(text[mark:], path, int(mark), tags)
    yaml_text = YamlText(path, text, _find_quick(text), builder.build, builder.allowed)
    # This builds the nodes of a text off the fast path, so errors are raised here.
    yaml_text.nodes  # noqa: B018
    return yaml_text


def _find_quick(text: str) -> Composed | None:
    """Return the value of a text that can take the fast path, else None."""
    loader = getattr(yaml, "CSafeLoader", None)
    if loader is None or not is_quick(text):
        return None
    mark = text.startswith("\ufeff")
    composing = loader(text[mark:])
    # `_value_of` decides the meaning of scalars, and remembers it from earlier documents.
    composing.resolve = composing.descend_resolver = composing.ascend_resolver = _NOTHING
    try:
        return composed(composing.get_single_node(), int(mark), known_value_of)
    except (ScalarRefused, yaml.YAMLError, ValueError, OverflowError):
        return None
    finally:
        composing.dispose()


class _Open:
    """A list or dict that is not complete.

    Attributes:
        node: Its node.
        tag: Its tag.
        key: The key whose value comes next.
        is_plain: Whether all its keys are scalars.
        lines: The line of each key.
    """

    __slots__ = ("is_plain", "key", "lines", "node", "tag")

    def __init__(self, node: Node, tag: str | None) -> None:
        self.node = node
        self.tag = tag
        self.key: Node | None = None
        self.is_plain = True
        self.lines: dict[Hashable, int] = {}


class _Builder:
    """Builds the nodes of a text from its events, and refuses what the grammar refuses.

    Args:
        text: The text, without a byte order mark.
        path: The file's name in messages.
        offset: How many characters are before it.
        tags: Whether tags, and collections as keys, are read.
    """

    def __init__(self, text: str, path: str, offset: int, tags: bool = False) -> None:
        self._text = text
        self._path = path
        self._offset = offset
        self._open: list[_Open] = []
        self._anchors: dict[str, Node | None] = {}
        self._aliased = 0
        self._documents = 0
        self._root: Node | None = None
        self._reads_tags = tags
        self.allowed: list[DocumentError] = []

    def build(self) -> Node | None:
        """Return the root node; None for an empty text."""
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(self._text)
        try:
            # Without yaml.parse: its generator takes a quarter of the time.
            while type(event := loader.get_event()) is not yaml.StreamEndEvent:
                self._take(event)
        except DocumentError:
            raise
        except yaml.MarkedYAMLError as error:
            problem = error.problem or str(error)
            # libyaml looks ahead, and since 0.2.6 has a limit of its own.
            reason = _TOO_DEEP if "nesting depth" in problem else problem
            raise self._refuse(reason, error.problem_mark) from error
        except (yaml.YAMLError, ValueError, OverflowError) as error:
            # The Python scanner does not catch chr()'s error for an escape above U+10FFFF.
            raise self._refuse(f"it is not YAML: {error}", None) from error
        finally:
            loader.dispose()
        return self._root

    def _take(self, event: Any) -> None:
        kind = type(event)
        if kind is yaml.ScalarEvent:
            node = self._new("scalar", event, self._scalar(event))
            self._complete(self._untagged(node, event.tag, event.start_mark))
        elif kind is yaml.MappingStartEvent:
            self._begin("dict", event)
        elif kind is yaml.SequenceStartEvent:
            self._begin("list", event)
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            self._end(event)
        elif kind is yaml.AliasEvent:
            self._add(self._alias(event))
        elif kind is yaml.DocumentStartEvent:
            self._documents += 1
            if self._documents > 1:
                raise self._refuse("a second document starts", event.start_mark, "a file holds one document")

    def _new(self, kind: str, event: Any, value: Any) -> Node:
        mark, anchor = event.start_mark, event.anchor
        if event.tag is not None:
            self._refuse_or_allow(
                self._reads_tags and is_known(event.tag),
                f"tag '{event.tag}' is refused",
                mark,
                "a document is plain data: write it without",
            )
        start, end = mark.index + self._offset, event.end_mark.index + self._offset
        style = (event.style or "") if kind == "scalar" else ""
        node = Node(kind, value, mark.line + 1, mark.column + 1, start, end, style, anchor)
        if anchor is not None:
            if anchor in self._anchors:
                raise self._refuse(f"anchor '&{anchor}' is given twice", mark)
            # An incomplete collection has no node yet for its alias, so nothing can contain itself.
            self._anchors[anchor] = None
        return node

    def _begin(self, kind: str, event: Any) -> None:
        if len(self._open) >= MAX_DEPTH:
            raise self._refuse(_TOO_DEEP, event.start_mark)
        node = self._new(kind, event, [])
        top = self._open[-1] if self._open else None
        if top is not None and top.node.kind == "dict" and top.key is None:
            self._refuse_or_allow(
                self._reads_tags, f"a {kind} cannot be a key", event.start_mark, "keys are text or numbers"
            )
        self._open.append(_Open(node, event.tag))

    def _end(self, event: Any) -> None:
        closed = self._open.pop()
        node = closed.node
        node.end = event.end_mark.index + self._offset
        self._complete(self._untagged(node, closed.tag, node) if closed.is_plain else self._as_written(node))

    def _untagged(self, node: Node, tag: str | None, mark: Any) -> Node:
        """Return a node without its tag, which `_new` has allowed."""
        if tag is None:
            return node
        try:
            return untagged(node, tag, self._text_of(node), known_value_of)
        except ScalarRefused as refused:
            raise self._refuse(refused.reason, mark, refused.hint) from refused.__cause__

    def _as_written(self, node: Node) -> Node:
        return as_written(node, self._text_of(node))

    def _text_of(self, node: Node) -> str:
        return self._text[node.start - self._offset : node.end - self._offset]

    def _complete(self, node: Node) -> None:
        """Take a node that is complete: from now on aliases can refer to it."""
        if node.anchor is not None:
            self._anchors[node.anchor] = node
        self._add(node)

    def _add(self, node: Node) -> None:
        """Put a complete node into its list or dict."""
        if not self._open:
            self._root = node
            return
        top = self._open[-1]
        parent, key = top.node, top.key
        parent.size += node.size
        if node.height >= parent.height:
            parent.height = node.height + 1
        if parent.kind == "list":
            parent.value.append(node)
        elif key is None:
            self._add_key(top, node)
        else:
            parent.value.append((key, node))
            top.key = None

    def _add_key(self, top: _Open, key: Node) -> None:
        if key.kind != "scalar":
            self._refuse_or_allow(
                self._reads_tags, f"a {key.kind} cannot be a key", key, "keys are text or numbers"
            )
            top.is_plain = False
            key = Node("scalar", self._text_of(key), key.line, key.column, key.start, key.end)
        first = top.lines.setdefault(key.value, key.line)
        top.key = key
        if len(top.lines) == len(top.node.value):
            raise self._refuse(f"the key is given twice, first on line {first}", key, "keep one of them")

    def _alias(self, event: Any) -> Node:
        if event.anchor not in self._anchors:
            raise self._refuse(f"alias '*{event.anchor}' has no anchor", event.start_mark)
        node = self._anchors[event.anchor]
        if node is None:
            raise self._refuse(
                f"alias '*{event.anchor}' refers to a value that contains it", event.start_mark
            )
        self._aliased += node.size
        if self._aliased > MAX_ALIASED:
            raise self._refuse(f"aliases repeat more than {MAX_ALIASED} values", event.start_mark)
        if len(self._open) + node.height > MAX_DEPTH + 1:
            raise self._refuse(_TOO_DEEP, event.start_mark)
        return node

    def _scalar(self, event: Any) -> Any:
        """Return a scalar's value; of one with a tag, its text."""
        try:
            return event.value if event.tag is not None else known_value_of(event.value, event.implicit[0])
        except ScalarRefused as refused:
            raise self._refuse(refused.reason, event.start_mark, refused.hint) from refused.__cause__

    def _refuse_or_allow(self, is_allowed: bool, reason: str, mark: Any, hint: str) -> None:
        error = self._refuse(reason, mark, hint)
        if not is_allowed:
            raise error
        self.allowed.append(error)

    def _refuse(self, reason: str, mark: Any, hint: str = "") -> DocumentError:
        """Return an error at a mark of the parser or a node, with the keys that lead there."""
        if isinstance(mark, Node):
            line, column = mark.line, mark.column
        else:
            line, column = (0, 0) if mark is None else (mark.line + 1, mark.column + 1)
        key_path = show_key_path(tuple(self._keys()))
        return DocumentError(
            shorten(reason), path=self._path, line=line, column=column, key_path=key_path, hint=hint
        )

    def _keys(self) -> Iterator[Hashable]:
        for opened in self._open:
            if opened.node.kind == "list":
                yield len(opened.node.value)
            elif opened.key is not None:
                yield opened.key.value
