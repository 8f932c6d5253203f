"""Facts about a class: names, signatures, documentation. Plain data of limited size, made in the trial's process.

No object leaves the process, only text and numbers; the code itself can choose some of them.
"""

from __future__ import annotations

import inspect
from typing import Any

MOST_NAMES = 200
LONGEST_TEXT = 2000
LONGEST_WORD = 300


def facts_of(cls: type) -> dict[str, Any]:
    """Return the facts about a class."""
    names = [name for name in vars(cls) if type(name) is str and not name.startswith("_")]
    return {
        "module": _word(cls.__module__),
        "name": _word(cls.__qualname__),
        "bases": [_word(f"{base.__module__}.{base.__qualname__}") for base in cls.__bases__[:20]],
        "signature": _signature(cls),
        "documentation": _documentation(cls),
        "members": [_member(name, vars(cls)[name]) for name in names[:MOST_NAMES]],
        "members_left_out": max(0, len(names) - MOST_NAMES),
    }


def _member(name: str, value: object) -> dict[str, str]:
    function = getattr(value, "__func__", value)
    if isinstance(value, property):
        return {
            "name": _word(name),
            "kind": "property",
            "signature": "",
            "documentation": _documentation(value),
        }
    if inspect.isfunction(function):
        kind = {staticmethod: "static method", classmethod: "class method"}.get(type(value), "method")
        documentation = _documentation(function)
        return {
            "name": _word(name),
            "kind": kind,
            "signature": _signature(function),
            "documentation": documentation,
        }
    return {
        "name": _word(name),
        "kind": "attribute",
        "signature": _word(type(value).__name__),
        "documentation": "",
    }


def _signature(thing: Any) -> str:
    try:
        return str(inspect.signature(thing))[:LONGEST_WORD]
    except Exception:
        return ""


def _documentation(thing: object) -> str:
    try:
        return (inspect.getdoc(thing) or "")[:LONGEST_TEXT]
    except Exception:
        return ""


def _word(text: object) -> str:
    return str(text)[:LONGEST_WORD]
