"""Tags of old documents, read to plain data. Nothing of them is imported, made or called.

    !!python/tuple [1, 2]              {$tuple: [1, 2]}
    !!python/name:trainers.step.T ''   {$class: trainers.step.T}
    !!str, !!int, !!python/list ...    the value without its tag
    any other                          {$python: the text as it was written}

`yaml.dump` of ZenML 0.1 to 0.3 wrote such tags for arguments that are not plain data.
"""

from __future__ import annotations

import re

from zenml_pin.base.forms import CLASS, PYTHON, TUPLE
from zenml_pin.yaml.nodes import Node
from zenml_pin.yaml.writing import TAG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_NAME = re.compile(r"python/name:([^\W\d]\w*(?:\.[^\W\d]\w*)+)\Z")
# What a tag says that the value without it says too, by the kind of node.
_TEXTS = frozenset(("str", "python/str", "python/unicode"))
_PLAIN: dict[str, tuple[type, ...]] = {
    "int": (int,),
    "python/int": (int,),
    "python/long": (int,),
    "float": (float,),
    "python/float": (float,),
    "bool": (bool,),
    "python/bool": (bool,),
    "null": (type(None),),
    "python/none": (type(None),),
}
_COLLECTIONS = {"seq": "list", "python/list": "list", "map": "dict", "python/dict": "dict"}


def is_known(tag: str) -> bool:
    """Tell whether a tag belongs to YAML or PyYAML, so that `untagged` reads it."""
    return tag.startswith(TAG)


def untagged(node: Node, tag: str, text: str, value_of: Callable[[str, bool], Any]) -> Node:
    """Return a tagged node as plain data.

    Args:
        node: The node without its tag.
        tag: The tag.
        text: The node as it was written.
        value_of: Returns a scalar's value, given its text and whether it is written without quotes.
    """
    short = tag.removeprefix(TAG)
    name = _NAME.match(short)
    if short == "python/tuple" and node.kind == "list":
        return form_of(TUPLE, node)
    if name is not None and node.kind == "scalar" and not node.value:
        return form_of(CLASS, _scalar(name[1], node, style="tag"))
    if _COLLECTIONS.get(short) == node.kind or (short in _TEXTS and node.kind == "scalar"):
        return node
    if short in _PLAIN and node.kind == "scalar":
        value = value_of(node.value, True)
        if type(value) in _PLAIN[short]:
            return _scalar(value, node)
    return as_written(node, text)


def as_written(node: Node, text: str) -> Node:
    """Return a node whose value is its own text."""
    return form_of(PYTHON, _scalar(text.strip(), node))


def form_of(key: str, value: Node) -> Node:
    """Return a dict with one key."""
    pair = _scalar(key, value), value
    return Node(
        "dict",
        [pair],
        value.line,
        value.column,
        value.start,
        value.end,
        anchor=value.anchor,
        size=value.size + 1,
        height=value.height + 1,
    )


def _scalar(value: object, node: Node, style: str = "") -> Node:
    return Node("scalar", value, node.line, node.column, node.start, node.end, style, node.anchor)
