"""Values of TOML files that other people wrote: a value of a wrong type counts as absent.

>>> table_of({"project": 3}, "project"), texts_of(["attrs", 3]), tables_of(None)
({}, ['attrs'], [])
"""

from __future__ import annotations

from typing import Any


def table_of(data: dict[str, Any], *keys: str) -> dict[str, Any]:
    """Return the table at a key, or at a key of the table there, and so on."""
    value: Any = data
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def tables_of(value: object) -> list[dict[str, Any]]:
    """Return the tables of a list."""
    return [item for item in list_of(value) if isinstance(item, dict)]


def texts_of(value: object) -> list[str]:
    """Return the texts of a list."""
    return [item for item in list_of(value) if isinstance(item, str)]


def list_of(value: object) -> list[Any]:
    """Return a list as a new list."""
    return list(value) if isinstance(value, list) else []
