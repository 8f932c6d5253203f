"""git's configuration as plain text. Commands that a setting names are never run.

    key    section, then the subsection if there is one, then the name; section and name in lower case
    value  text; "true" for a name without a value; the last one wins

Sources: git-config(1).
"""

from __future__ import annotations

import os

from zenml_pin.base.files import read_regular
from zenml_pin.base.stat_memo import remember
from zenml_pin.git.setting_values import parse_boolean
from zenml_pin.load_errors import UnsupportedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.base.stat_memo import Memo

_LIMIT = 2**20

GitSettings = dict[tuple[str, ...], str]
GitSetting = tuple[tuple[str, ...], str]

_known: Memo[list[GitSetting]] = {}


def read_settings(path: str) -> GitSettings:
    """Return the settings of one file without its includes, as git reads a repository's format.

    Raises:
        UnsupportedError: The file is damaged, too long or unreadable. The message quotes no line of it.
    """
    return dict(read_pairs(path))


def read_pairs(path: str) -> list[GitSetting]:
    """Return the settings of one file in its order; includes are not followed. The list is shared.

    Raises:
        UnsupportedError: The file is damaged, too long or unreadable. The message quotes no line of it.
    """
    return remember(_known, (path,), lambda: _parse(path))


def _parse(path: str) -> list[GitSetting]:
    try:
        settings = list(parse_config(read_regular(path, _LIMIT) or b""))
    except (OSError, OverflowError, ValueError):
        # From None: the first message may quote a file that the caller must not see.
        raise UnsupportedError(f"git configuration '{path}' cannot be read") from None
    return [(_key(section, subsection, name), _text(value)) for section, subsection, name, value in settings]


def _key(section: bytes, subsection: bytes | None, name: bytes) -> tuple[str, ...]:
    parts = (section, name) if subsection is None else (section, subsection, name)
    return tuple(os.fsdecode(part) for part in parts)


def _text(value: bytes | None) -> str:
    return "true" if value is None else os.fsdecode(value)


def is_true(value: str | None, default: bool = False) -> bool:
    """Read a boolean setting as git does; a number other than 0 is true.

    Raises:
        UnsupportedError: The text is not a boolean, which git refuses too.
    """
    if value is None:
        return default
    answer = parse_boolean(value)
    if answer is None:
        raise UnsupportedError(f"git configuration has {value!r} where it needs true or false")
    return answer


if TYPE_CHECKING:
    from collections.abc import Iterator

    # Section, subsection, name, and the value, which is None for a name without a value.
    ParsedSetting = tuple[bytes, bytes | None, bytes, bytes | None]

_DIGITS = b"0123456789"
_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_IN_NAME = _LETTERS + _DIGITS + b"-"
_IN_SECTION = _IN_NAME + b"."
_BLANKS = b" \t\r"
_COMMENT = b"#;"
# A value without these is what is between the blanks around it.
_SPECIAL = b'"\\#;'
_ESCAPES = {
    b"\\t": b"\t",
    b"\\b": b"\b",
    b"\\n": b"\n",
    b'\\"': b'"',
    b"\\\\": b"\\",
    b"\\\n": b"",
    # At the file's end.
    b"\\": b"",
}


def parse_config(data: bytes) -> Iterator[ParsedSetting]:
    """Yield the settings of a text, in its order.

    Raises:
        ValueError: git refuses the text too, or it contains a NUL.
    """
    if b"\0" in data:
        raise ValueError("a NUL")
    data = data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")
    # A setting before the first section has only a name, and git never uses such a setting.
    section: tuple[bytes, bytes | None] = b"", None
    position = _skip(data, 0)
    while position < len(data):
        if data[position] == ord("["):
            section, position = _section(data, position + 1)
        else:
            name, value, position = _setting(data, position)
            yield (*section, name, value)
        position = _skip(data, position)


def _skip(data: bytes, position: int) -> int:
    """Return where blanks, empty lines and comments end."""
    while True:
        end = _line_end(data, position)
        rest = data[position:end].lstrip(_BLANKS)
        if rest and rest[0] not in _COMMENT:
            return end - len(rest)
        if end == len(data):
            return end
        position = end + 1


def _section(data: bytes, start: int) -> tuple[tuple[bytes, bytes | None], int]:
    """Return the section and subsection whose name starts at a position, and where the line continues."""
    end = _after(data, start, _IN_SECTION)
    name, dot, legacy = data[start:end].lower().partition(b".")
    parts = [legacy] if dot else []
    quote = _after(data, end, _BLANKS)
    if quote > end:
        quoted, end = _quoted(data, quote)
        parts.append(quoted)
    if end == start or data[end : end + 1] != b"]":
        raise _fault(end)
    return (name, b".".join(parts) if parts else None), end + 1


def _quoted(data: bytes, start: int) -> tuple[bytes, int]:
    """Return the subsection in quotes that starts at a position, and where it ends."""
    if data[start : start + 1] != b'"':
        raise _fault(start)
    text, position = bytearray(), start + 1
    while (letter := data[position : position + 1]) != b'"':
        if letter == b"\\":
            position += 1
            letter = data[position : position + 1]
        if letter in (b"", b"\n"):
            raise _fault(position)
        text += letter
        position += 1
    return bytes(text), position + 1


def _setting(data: bytes, start: int) -> tuple[bytes, bytes | None, int]:
    """Return the name and value of the setting that starts at a position, and where its line ends."""
    end = _after(data, start, _IN_NAME)
    position = _after(data, end, b" \t")
    if data[start] not in _LETTERS or data[position : position + 1] not in (b"=", b"\n", b""):
        raise _fault(position)
    name = data[start:end].lower()
    if data[position : position + 1] == b"=":
        return name, *_value(data, position + 1)
    return name, None, position


def _value(data: bytes, position: int) -> tuple[bytes, int]:
    """Return the value that starts at a position, and where its line ends."""
    end = _line_end(data, position)
    line = data[position:end]
    if line == line.translate(None, _SPECIAL):
        return line.strip(_BLANKS), end
    value, blanks, quoted = bytearray(), bytearray(), False
    while True:
        letter = data[position : position + 1]
        if letter in (b"", b"\n"):
            if quoted:
                raise _fault(position)
            return bytes(value), position
        if not quoted and letter in _COMMENT:
            position = _line_end(data, position)
            continue
        if not quoted and letter in _BLANKS:
            blanks += letter if value else b""
            position += 1
            continue
        value += blanks
        blanks.clear()
        if letter == b"\\":
            letter = data[position : position + 2]
            if letter not in _ESCAPES:
                raise _fault(position)
        if letter == b'"':
            quoted = not quoted
        else:
            value += _ESCAPES.get(letter, letter)
        position += len(letter)


def _after(data: bytes, position: int, letters: bytes) -> int:
    """Return the first position in the line whose letter is not one of some letters."""
    end = _line_end(data, position)
    return end - len(data[position:end].lstrip(letters))


def _line_end(data: bytes, position: int) -> int:
    end = data.find(b"\n", position)
    return len(data) if end < 0 else end


def _fault(position: int) -> ValueError:
    return ValueError(f"byte {position} is not understood")
