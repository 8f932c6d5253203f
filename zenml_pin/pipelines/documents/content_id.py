"""Identity: when two pipelines have the same content.

Types, arguments, `enable_cache` and code ids count, and also the order of dicts inside arguments, because code can
see it. Ids, commit ids and backends do not count. So a pipeline keeps its document, with its older pins, when it runs
on another backend or after a commit that changes nothing of its code.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from zenml_pin.base.forms import CLASS
from zenml_pin.base.values import evolve
from zenml_pin.pipelines.documents.model import ComponentEntry, Document
from zenml_pin.source import Source

CodeOf = Callable[[Source], str]


def content_id(document: Document, code_of: CodeOf) -> str:
    """Return a sha256 over the parts of a document that count.

    Args:
        document: The document.
        code_of: Returns a text that identifies the code of a source.
    """
    datasource = document.datasource
    content = [
        document.name,
        document.type,
        document.enable_cache,
        _of_entry(document.pipeline, code_of),
        [datasource.name, _of_entry(_unnamed(datasource), code_of)] if datasource is not None else None,
        [[key, _of_entry(step, code_of)] for key, step in sorted(document.steps.items())],
    ]
    return hashlib.sha256(canonical(content).encode("ascii")).hexdigest()


def args_id(args: dict[str, Any], code_of: CodeOf) -> str:
    """Return a text that identifies arguments; the commits that their classes are pinned to do not count."""
    return canonical(_args(args, code_of))


def canonical(value: Any) -> str:
    """Return plain data as a text: the same for equal data of equal types in the same order."""
    return json.dumps(_typed(value), separators=(",", ":"))


def _unnamed(datasource: ComponentEntry) -> ComponentEntry:
    """Return an entry without an argument that only repeats its name: ZenML's documents do not have it."""
    args = {key: value for key, value in datasource.args.items() if key != "name" or value != datasource.name}
    return evolve(datasource, args=args)


def _of_entry(entry: ComponentEntry, code_of: CodeOf) -> list[Any]:
    source = Source.parse(entry.source)
    return [str(source.at(None)), code_of(source), _args(entry.args, code_of)]


def _args(args: dict[str, Any], code_of: CodeOf) -> dict[str, Any]:
    """Return arguments sorted by name: they are passed as keywords, so their order does not count."""
    return {name: _plain(value, code_of) for name, value in sorted(args.items())}


def _plain(value: Any, code_of: CodeOf) -> Any:
    if isinstance(value, list):
        return [_plain(item, code_of) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1 and isinstance(value.get(CLASS), str):
        source = Source.parse(value[CLASS])
        return {CLASS: [str(source.at(None)), code_of(source)]}
    return {key: _plain(item, code_of) for key, item in value.items()}


def _typed(value: Any) -> Any:
    """Return dicts as lists of type, key and value: JSON itself allows only text as a key."""
    if isinstance(value, dict):
        return {"": [[type(key).__name__, key, _typed(item)] for key, item in value.items()]}
    return [_typed(item) for item in value] if isinstance(value, list) else value
