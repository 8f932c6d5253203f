"""Plain data that YAML has words for, checked before it is written: what is refused would not come back as it was."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

from zenml_pin.errors import DocumentError
from zenml_pin.yamlnodes import KeyPath, show_key_path

# Levels of lists and dicts; no pipeline needs more.
MAX_DEPTH = 64
SURROGATE = re.compile("[\ud800-\udfff]")


def check_plain(value: Any, key_path: KeyPath) -> None:
    """Refuse what YAML has no word for, and what would not come back as it was."""
    if len(key_path) >= MAX_DEPTH:
        raise _unwritable(f"more than {MAX_DEPTH} levels", key_path)
    if type(value) is dict:
        for key, held in value.items():
            if type(key) in (dict, list):
                raise _unwritable(f"a key of type '{type(key).__name__}'", key_path)
            check_plain(key, (*key_path, key))
            check_plain(held, (*key_path, key))
    elif type(value) is list:
        for position, held in enumerate(value):
            check_plain(held, (*key_path, position))
    elif type(value) not in (str, int, float, bool, type(None), date, datetime):
        raise _unwritable(f"a value of type '{type(value).__name__}'", key_path)
    elif type(value) is str and SURROGATE.search(value):
        raise _unwritable("half a surrogate pair, which is no text", key_path)
    elif type(value) is datetime and (value.utcoffset() or timedelta()).seconds % 60:
        raise _unwritable("a time zone with seconds", key_path)
    elif type(value) is int and value.bit_length() > 14000:
        raise _unwritable(f"an integer of {value.bit_length()} bits", key_path)


def _unwritable(what: str, key_path: KeyPath) -> DocumentError:
    return DocumentError(f"{what} cannot be written as YAML", key_path=show_key_path(key_path))
