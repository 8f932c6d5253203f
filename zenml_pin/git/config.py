"""git's configuration as plain text, never as commands: nothing that a setting names is run.

    key    section, then the subsection where there is one, then the name; section and name in lower case
    value  text; "true" for a name without a value; the last one wins

Sources: git-config(1).
"""

from __future__ import annotations

import os

from zenml_pin.errors import UnsupportedError
from zenml_pin.git.configfile import parse_config
from zenml_pin.git.files import read_regular
from zenml_pin.git.remember import remember

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.git.remember import Memo

_LIMIT = 2**20

Settings = dict[tuple[str, ...], str]
Pair = tuple[tuple[str, ...], str]

_known: Memo[list[Pair]] = {}


def read_settings(path: str) -> Settings:
    """Return the settings of one file, includes left out, as git does to learn a repository's format.

    Raises:
        UnsupportedError: The file is damaged, too long or unreadable. No line of it is repeated.
    """
    return dict(read_pairs(path))


def read_pairs(path: str) -> list[Pair]:
    """Return the settings of one file in its order, includes as they stand. The list is shared.

    Raises:
        UnsupportedError: The file is damaged, too long or unreadable. No line of it is repeated.
    """
    return remember(_known, (path,), lambda: _parse(path))


def _parse(path: str) -> list[Pair]:
    try:
        found = list(parse_config(read_regular(path, _LIMIT) or b""))
    except (OSError, OverflowError, ValueError):
        # From None: the message may tell of a file that the caller must not see.
        raise UnsupportedError(f"git configuration '{path}' cannot be read") from None
    return [(_key(section, subsection, name), _text(value)) for section, subsection, name, value in found]


def _key(section: bytes, subsection: bytes | None, name: bytes) -> tuple[str, ...]:
    parts = (section, name) if subsection is None else (section, subsection, name)
    return tuple(os.fsdecode(part) for part in parts)


def _text(value: bytes | None) -> str:
    return "true" if value is None else os.fsdecode(value)


def is_true(value: str | None, default: bool = False) -> bool:
    """Read a boolean setting as git does; a number other than 0 is true.

    Raises:
        UnsupportedError: The text is no boolean, which git refuses too.
    """
    if value is None:
        return default
    text = value.lower()
    if text in ("true", "yes", "on"):
        return True
    if text in ("false", "no", "off", ""):
        return False
    try:
        return int(text.rstrip("kmg")) != 0
    except ValueError:
        raise UnsupportedError(f"git configuration has {value!r} where it needs true or false") from None
