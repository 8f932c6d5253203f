"""Arguments of old documents as plain data: which texts are classes, and which values are only shown.

    text of a pinned source         {$class: source}: ZenML wrote a class as its source
    date, odd key, odd form         {$python: text}: no document of today can contain it

>>> old_value({"model": "predictor.tf.Net@zenml_0.3.8", "name": "json.loads"})
{'model': {'$class': 'predictor.tf.Net@zenml_0.3.8'}, 'name': 'json.loads'}
"""

from __future__ import annotations

from zenml_pin.base.forms import CLASS, FORMS, PYTHON, TUPLE
from zenml_pin.errors import SourceSyntaxError
from zenml_pin.source import Source, is_class_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from zenml_pin.yaml.nodes import KeyPath, Placed


def old_value(value: Any) -> Any:
    """Return an argument of an old document as plain data of today."""
    if isinstance(value, str):
        return {CLASS: value.strip()} if is_class_text(value) else value
    if isinstance(value, list):
        return [old_value(item) for item in value]
    if isinstance(value, dict):
        return _old_dict(value)
    return value if value is None or isinstance(value, (bool, int, float)) else {PYTHON: str(value)}


def _old_dict(value: dict[Any, Any]) -> dict[Any, Any]:
    if any(type(key) not in (str, int) for key in value):
        return {PYTHON: repr(value)}
    form = next(iter(value)) if len(value) == 1 else None
    if form not in FORMS:
        return {key: old_value(item) for key, item in value.items()}
    content = value[form]
    if form == TUPLE and isinstance(content, list):
        return {TUPLE: old_value(content)}
    is_whole = (form == CLASS and _is_source(content)) or (form == PYTHON and isinstance(content, str))
    return value if is_whole else {PYTHON: repr(value)}


def _is_source(content: Any) -> bool:
    try:
        return isinstance(content, str) and bool(Source.parse(content))
    except SourceSyntaxError:
        return False


def iter_shown(value: Placed, key_path: KeyPath) -> Iterator[tuple[KeyPath, Placed, str]]:
    """Yield the key path, the node and the text of each value of an old argument that is only shown."""
    shown = old_value(value.plain())
    if isinstance(shown, dict) and PYTHON in shown:
        yield key_path, value, shown[PYTHON]
        return
    for key, child in value.children:
        yield from iter_shown(child, (*key_path, key))
