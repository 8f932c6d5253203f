"""YAML: plain data to text. Data that would not be read back unchanged is refused before it is written."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

import yaml

from zenml_pin.errors import DocumentError
from zenml_pin.yaml.nodes import KeyPath, show_key_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Levels of lists and dicts; no pipeline needs more.
MAX_DEPTH = 64
SURROGATE = re.compile("[\ud800-\udfff]")
TAG = "tag:yaml.org,2002:"
# Ends of lines in YAML, besides "\n".
_LINE_ENDS = re.compile("[\r\x85\u2028\u2029\ufeff]")


def check_plain(value: Any, key_path: KeyPath) -> None:
    """Refuse data that YAML cannot express, or that would not be read back unchanged.

    Raises:
        DocumentError: The key path says where it is.
    """
    if len(key_path) >= MAX_DEPTH:
        raise _unwritable(f"more than {MAX_DEPTH} levels", key_path)
    if type(value) is dict:
        for key, item in value.items():
            if type(key) in (dict, list):
                raise _unwritable(f"a key of type '{type(key).__name__}'", key_path)
            check_plain(key, (*key_path, key))
            check_plain(item, (*key_path, key))
    elif type(value) is list:
        for position, item in enumerate(value):
            check_plain(item, (*key_path, position))
    elif type(value) not in (str, int, float, bool, type(None), date, datetime):
        raise _unwritable(f"a value of type '{type(value).__name__}'", key_path)
    elif type(value) is str and SURROGATE.search(value):
        raise _unwritable("half a surrogate pair, which is not text,", key_path)
    elif type(value) is datetime and (value.utcoffset() or timedelta()).seconds % 60:
        raise _unwritable("a time zone with seconds", key_path)
    elif type(value) is int and value.bit_length() > 14000:
        raise _unwritable(f"an integer of {value.bit_length()} bits", key_path)


def _unwritable(subject: str, key_path: KeyPath) -> DocumentError:
    return DocumentError(f"{subject} cannot be written as YAML", key_path=show_key_path(key_path))


def dump(data: Any) -> str:
    """Return plain data as YAML: keys in their order, non-ASCII unchanged. `read(dump(data)).data` equals it.

    Raises:
        DocumentError: Something in it is not plain data; the key path says where.
    """
    check_plain(data, ())
    text: str = yaml.dump(
        data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=2**20, default_flow_style=False
    )
    return text


class _Dumper(yaml.SafeDumper):
    """Writes repeated values in full: with an anchor, an edit of one would change the others."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def represent_str(self, data: str) -> yaml.ScalarNode:
        # Unicode's line ends also end lines in YAML: only double quotes can escape them.
        style = '"' if _LINE_ENDS.search(data) else None
        return self.represent_scalar(TAG + "str", data, style)


_Dumper.add_representer(str, _Dumper.represent_str)
