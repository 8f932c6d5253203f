"""Facts about a class or function: names, signatures, documentation. Plain data of limited size.

They are made in the trial's process. No object leaves it, only text and numbers; the code itself can choose some of
them.
"""

from __future__ import annotations

import inspect
from typing import Any

from zenml_pin.pins.functions import kind_of

MOST_NAMES = 200
LONGEST_TEXT = 2000
LONGEST_WORD = 300


def facts_of(loaded: Any) -> dict[str, Any]:
    """Return the facts about a class or function; a function has no bases and no members."""
    if not isinstance(loaded, type):
        return _facts(loaded, [], [], 0)
    names = [name for name in vars(loaded) if type(name) is str and not name.startswith("_")]
    bases = [_word(f"{base.__module__}.{base.__qualname__}") for base in loaded.__bases__[:20]]
    members = [_member(name, vars(loaded)[name]) for name in names[:MOST_NAMES]]
    return _facts(loaded, bases, members, max(0, len(names) - MOST_NAMES))


def _facts(loaded: Any, bases: list[str], members: list[dict[str, str]], left_out: int) -> dict[str, Any]:
    return {
        "kind": kind_of(loaded),
        "module": _word(getattr(loaded, "__module__", "")),
        "name": _word(getattr(loaded, "__qualname__", "")),
        "bases": bases,
        "signature": _signature(loaded),
        "documentation": _documentation(loaded),
        "members": members,
        "members_left_out": left_out,
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
