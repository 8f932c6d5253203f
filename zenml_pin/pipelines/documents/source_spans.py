r"""Finding and rewriting sources in the text of a document.

A rewrite keeps every other byte: comments, quotes, order and line ends. A source is the `source` of a component, or a
class in its arguments: `{$class: ...}`, and in documents of ZenML also the text of a pinned source, which may be inside
the JSON text that holds all arguments. Other keys called `source` belong to the user.

>>> text = "steps:\n  training: {source: 'a.B'}  # best so far\n"
>>> rewrite_sources(text, {"a.B": "a.B@zenml_1.0"})
"steps:\n  training: {source: 'a.B@zenml_1.0'}  # best so far\n"
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping
from typing import Any, NamedTuple

from zenml_pin.base.forms import CLASS
from zenml_pin.base.limits import DEFAULT_LIMITS, Limits
from zenml_pin.source import is_class_text
from zenml_pin.yaml.nodes import KeyPath
from zenml_pin.yaml.reading import read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.yaml.nodes import Placed, YamlText

# Key paths of components, in documents of every era; "*" is any key.
_COMPONENTS: tuple[tuple[str, ...], ...] = (
    ("pipeline",),
    ("datasource",),
    ("environment", "backends", "*"),
    ("steps", "*"),
    ("backend",),
    ("pipeline", "datasource"),
    ("pipeline", "datasource", "backend"),
    ("pipeline", "steps", "*"),
    ("pipeline", "steps", "*", "backend"),
)


class SourceSpan(NamedTuple):
    """A source in a document's text.

    Attributes:
        key_path: Its keys, from the top.
        line, column: Its position in the text, counted from 1.
        source: The source as the document has it.
        start, end: Offsets of its first character and after its last, quotes included.
    """

    key_path: KeyPath
    line: int
    column: int
    source: str
    start: int
    end: int


class _Found(NamedTuple):
    """A source: its keys, the scalar that contains it, the keys of that scalar, and its text."""

    key_path: KeyPath
    node: Placed
    node_path: KeyPath
    source: str


def source_spans(data: bytes | str, path: str = "", limits: Limits = DEFAULT_LIMITS) -> list[SourceSpan]:
    """Return every source of a document, in the order of its keys; for a source that aliases repeat, each use.

    Raises:
        DocumentError: The text cannot be read.
    """
    return spans_of(read(data, path, limits, tags=True))


def spans_of(text: YamlText) -> list[SourceSpan]:
    """Return every source of a text that is parsed already, as `source_spans` does."""
    return [
        SourceSpan(key_path, node.line, node.column, source, node.start, node.end)
        for key_path, node, _, source in _sources(text.nodes, text.text)
    ]


def iter_args(text: YamlText) -> Iterator[tuple[KeyPath, Placed]]:
    """Yield the key path and the node of each component's arguments."""
    for key_path, component in _components(text.nodes):
        args = component.child("args")
        if args is not None:
            yield (*key_path, "args"), args


def rewrite_sources(
    text: str, replacements: Mapping[str, str], path: str = "", limits: Limits = DEFAULT_LIMITS
) -> str:
    """Return a document's text with sources replaced; nothing else changes.

    Args:
        text: The file's text, with its line ends and byte order mark.
        replacements: New sources by old ones, both as documents have them; other sources stay.
        path: The file's name in messages.
        limits: The longest length of the text.

    Raises:
        DocumentError: The text cannot be read, or an anchor shares a source with something else.
    """
    parsed = read(text, path, limits, tags=True)
    expected = parsed.data
    changes: dict[int, tuple[Placed, list[str]]] = {}
    for _, node, node_path, source in _sources(parsed.root, text):
        new = replacements.get(source)
        if new is not None:
            changes.setdefault(node.start, (node, []))[1].append(source)
            _put(expected, node, node_path, source, new)
    for start in sorted(changes, reverse=True):
        node, sources = changes[start]
        raw = text[node.start : node.end]
        for source in dict.fromkeys(sources):
            raw = _replace(raw, node, source, replacements[source])
        text = text[: node.start] + raw + text[node.end :]
    # repr, not ==: it tells 1 from True, sees the order of keys, and nan equals itself.
    if repr(read(text, path, limits, tags=True).data) != repr(expected):
        raise parsed.error(
            "replacing its sources would change something else",
            hint="an anchor shares a source with another value: write the source again in each of them",
        )
    return text


def _replace(raw: str, node: Placed, old: str, new: str) -> str:
    """Replace a source in a scalar as it is written.

    The style of writing stays; but a scalar with escapes is written in plain quotes, and a name of Python as text.
    """
    if node.style == "tag":
        anchor = re.match(r"&\S+\s+", raw)
        return (anchor[0] if anchor else "") + new
    if node.value.strip() != old:
        return _replace_whole(raw, old, new)
    # The last occurrence: an anchor, or a comment in the header of a block, may have the same text before it.
    offset = raw.rfind(old)
    if offset >= 0:
        return raw[:offset] + new + raw[offset + len(old) :]
    quote = node.style if node.style in ("'", '"') else ""
    return raw[: raw.index(quote)] + quote + new + quote


def _replace_whole(text: str, old: str, new: str) -> str:
    """Replace a source inside a longer text, but not where it is a part of a longer source."""
    return re.sub(rf"(?<![\w.-]){re.escape(old)}(?![\w.+!-])", lambda match: new, text)


def _put(data: Any, node: Placed, key_path: KeyPath, old: str, new: str) -> None:
    """Put a new source into the plain data of a document, as it will be read when it is written."""
    if node.style == "tag":
        key_path, value = key_path[:-1], new
    for key in key_path[:-1]:
        data = data[key]
    if node.style != "tag":
        is_whole = data[key_path[-1]].strip() == old
        value = (
            data[key_path[-1]].replace(old, new) if is_whole else _replace_whole(data[key_path[-1]], old, new)
        )
    data[key_path[-1]] = value


def _sources(root: Placed | None, text: str) -> Iterator[_Found]:
    is_old = is_of_zenml(root)
    has_classes = CLASS in text or is_old
    for key_path, component in _components(root):
        source, args = component.child("source"), component.child("args")
        if source is not None and _is_source(source):
            path = (*key_path, "source")
            yield _Found(path, source, path, source.value.strip())
        if args is not None and has_classes:
            yield from _classes(args, (*key_path, "args"), is_old)


def is_of_zenml(root: Placed | None) -> bool:
    """Tell whether a document is of ZenML, as `era_of` does, but of nodes."""
    pipeline = None if root is None else root.child("pipeline")
    if root is None or pipeline is None or (pipeline.value is None and pipeline.kind == "scalar"):
        return True
    return pipeline.child("steps") is not None and root.child("steps") is None


def _components(root: Placed | None) -> Iterator[tuple[KeyPath, Placed]]:
    if root is not None:
        for pattern in _COMPONENTS:
            yield from _matching(root, pattern, ())


def _matching(node: Placed, pattern: tuple[str, ...], key_path: KeyPath) -> Iterator[tuple[KeyPath, Placed]]:
    if not pattern:
        yield key_path, node
    elif pattern[0] == "*":
        for key, child in node.children if node.kind == "dict" else ():
            yield from _matching(child, pattern[1:], (*key_path, key))
    elif (named := node.child(pattern[0])) is not None:
        yield from _matching(named, pattern[1:], (*key_path, pattern[0]))


def _classes(node: Placed, key_path: KeyPath, is_old: bool) -> Iterator[_Found]:
    children = list(node.children)
    if len(children) == 1 and children[0][0] == CLASS and _is_source(children[0][1]):
        path = (*key_path, CLASS)
        yield _Found(path, children[0][1], path, children[0][1].value.strip())
        return
    if is_old and node.kind == "scalar" and type(node.value) is str:
        yield from _in_text(node, key_path)
    for key, child in children:
        yield from _classes(child, (*key_path, key), is_old)


def _in_text(node: Placed, key_path: KeyPath) -> Iterator[_Found]:
    """Yield the sources in a text of an old document: the text itself, or all arguments as JSON."""
    if is_class_text(node.value):
        yield _Found(key_path, node, key_path, node.value.strip())
    elif key_path[-1] == "args" and "@" in node.value:
        try:
            data = _from_json(node.value)
        except (ValueError, RecursionError):
            return
        for path, source in _in_json(data, ()):
            yield _Found((*key_path, *path), node, key_path, source)


def _from_json(text: str) -> Any:
    # Only documents of old releases have JSON.
    from json import loads

    return loads(text)


def _in_json(value: Any, key_path: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    if isinstance(value, str):
        if is_class_text(value):
            yield key_path, value.strip()
        return
    pairs: list[tuple[Hashable, Any]] = []
    if isinstance(value, (dict, list)):
        pairs = list(value.items()) if isinstance(value, dict) else list(enumerate(value))
    for key, item in pairs:
        yield from _in_json(item, (*key_path, key))


def _is_source(node: Placed) -> bool:
    return type(node.value) is str and bool(node.value.strip())
