"""git's configuration as plain text, never as commands: nothing that a setting names is run.

    key    section, then the subsection where there is one, then the name; section and name in lower case
    value  text; "true" for a name without a value; the last one wins

Sources: git-config(1).
"""

from __future__ import annotations

import os
from io import BytesIO

from dulwich.config import ConfigFile

from zenml_pin.errors import UnsupportedError
from zenml_pin.git.files import read_regular

_LIMIT = 2**20

Settings = dict[tuple[str, ...], str]


def read_settings(path: str) -> Settings:
    """Return the settings of one file, includes left out, as git does to learn a repository's format.

    Raises:
        UnsupportedError: The file is damaged, too long or unreadable. No line of it is repeated.
    """
    try:
        data = read_regular(path, _LIMIT)
        config = ConfigFile.from_file(BytesIO(data or b""), expand_includes=False)
    except Exception:
        # From None: the parser's own message quotes the file, which may be one the caller must not see.
        raise UnsupportedError(f"git configuration '{path}' cannot be read") from None
    return flatten(config)


def flatten(config: ConfigFile) -> Settings:
    """Return a parsed file as settings."""
    settings = {}
    for section in config.sections():
        head = (os.fsdecode(section[0]).lower(), *(os.fsdecode(part) for part in section[1:]))
        for name, value in config.items(section):
            settings[(*head, os.fsdecode(name).lower())] = os.fsdecode(value)
    return settings


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
