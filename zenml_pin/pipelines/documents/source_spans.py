r"""Finding and rewriting sources in the text of a document.

A rewrite keeps every other byte: comments, quotes, order and line ends. A source is the `source` of a component, or a
class in its arguments, `{$class: ...}`. Other keys called `source` belong to the user.

>>> text = "steps:\n  training: {source: 'a.B'}  # best so far\n"
>>> rewrite_sources(text, {"a.B": "a.B@zenml_1.0"})
"steps:\n  training: {source: 'a.B@zenml_1.0'}  # best so far\n"
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from zenml_pin.base.limits import DEFAULT_LIMITS, Limits
from zenml_pin.yaml.nodes import KeyPath, Placed, YamlText
from zenml_pin.yaml.reading import read

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


def source_spans(data: bytes | str, path: str = "", limits: Limits = DEFAULT_LIMITS) -> list[SourceSpan]:
    """Return every source of a document, in the order of its keys; for a source that aliases repeat, each use.

    Raises:
        DocumentError: The text cannot be read.
    """
    return spans_of(read(data, path, limits))


def spans_of(text: YamlText) -> list[SourceSpan]:
    """Return every source of a text that is parsed already, as `source_spans` does."""
    return [
        SourceSpan(key_path, node.line, node.column, node.value.strip(), node.start, node.end)
        for key_path, node in _sources(text.nodes, "$class" in text.text)
    ]


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
    parsed = read(text, path, limits)
    expected = parsed.data
    nodes: dict[int, Placed] = {}
    for key_path, node in _sources(parsed.root):
        new = replacements.get(node.value.strip())
        if new is not None:
            nodes[node.start] = node
            _put(expected, key_path, node.value.replace(node.value.strip(), new))
    for start in sorted(nodes, reverse=True):
        text = _replace(text, nodes[start], replacements[nodes[start].value.strip()])
    # repr, not ==: it tells 1 from True, sees the order of keys, and nan equals itself.
    if repr(read(text, path, limits).data) != repr(expected):
        raise parsed.error(
            "replacing its sources would change something else",
            hint="an anchor shares a source with another value: write the source again in each of them",
        )
    return text


def _replace(text: str, node: Placed, new: str) -> str:
    """Replace a scalar's content and keep its style of writing; a scalar with escapes is written in plain quotes."""
    raw, old = text[node.start : node.end], node.value.strip()
    # The last occurrence: an anchor, or a comment in the header of a block, may have the same text before it.
    offset = raw.rfind(old)
    if offset >= 0:
        raw = raw[:offset] + new + raw[offset + len(old) :]
    else:
        quote = node.style if node.style in ("'", '"') else ""
        raw = raw[: raw.index(quote)] + quote + new + quote
    return text[: node.start] + raw + text[node.end :]


def _put(data: Any, key_path: KeyPath, value: str) -> None:
    for key in key_path[:-1]:
        data = data[key]
    data[key_path[-1]] = value


def _sources(root: Placed | None, has_classes: bool = True) -> Iterator[tuple[KeyPath, Placed]]:
    if root is None:
        return
    for pattern in _COMPONENTS:
        for key_path, component in _matching(root, pattern, ()):
            source, args = component.child("source"), component.child("args")
            if source is not None and _is_source(source):
                yield (*key_path, "source"), source
            if args is not None and has_classes:
                yield from _classes(args, (*key_path, "args"))


def _matching(node: Placed, pattern: tuple[str, ...], key_path: KeyPath) -> Iterator[tuple[KeyPath, Placed]]:
    if not pattern:
        yield key_path, node
    elif pattern[0] == "*":
        for key, child in node.children if node.kind == "dict" else ():
            yield from _matching(child, pattern[1:], (*key_path, key))
    elif (named := node.child(pattern[0])) is not None:
        yield from _matching(named, pattern[1:], (*key_path, pattern[0]))


def _classes(node: Placed, key_path: KeyPath) -> Iterator[tuple[KeyPath, Placed]]:
    children = list(node.children)
    if len(children) == 1 and children[0][0] == "$class" and _is_source(children[0][1]):
        yield (*key_path, "$class"), children[0][1]
        return
    for key, child in children:
        yield from _classes(child, (*key_path, key))


def _is_source(node: Placed) -> bool:
    return type(node.value) is str and bool(node.value.strip())
