r"""The text of git's configuration files, read as git reads it.

    file     = *( section / setting / comment / blank )
    section  = "[" name *( "." name ) [ blanks `"` subsection `"` ] "]"
    setting  = name [ "=" value ]            no value means true
    value    = *( text / `"` text `"` / "\" ( `"` / "\" / "n" / "t" / "b" / line end ) ) [ comment ]
    comment  = ( "#" / ";" ) up to the line's end

Section and name are in lower case, and so is a subsection after a dot; one in quotes stays as written.

Sources: git-config(1) "Syntax"; git's config.c.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    # Section, subsection, name, and the value; None for a name without one.
    Setting = tuple[bytes, bytes | None, bytes, bytes | None]

_SKIPPED = re.compile(rb"(?:[ \t\r\n]+|[#;][^\n]*)*")
_SECTION = re.compile(rb'\[([A-Za-z0-9.-]+)(?:[ \t\r]+"((?:[^"\\\n]|\\[^\n])*)")?\]')
_NAME = re.compile(rb"([A-Za-z][A-Za-z0-9-]*)[ \t]*(=|\n|\Z)")
_PLAIN = re.compile(rb'[^ \t\r\n\\"#;]+|[ \t\r]+|\\(?:[tbn"\\\n]|\Z)|"|[#;][^\n]*|\n|\Z')
_QUOTED = re.compile(rb'[^"\\\n]+|\\(?:[tbn"\\\n]|\Z)|"')
_ESCAPES = {
    b"\\t": b"\t",
    b"\\b": b"\b",
    b"\\n": b"\n",
    b'\\"': b'"',
    b"\\\\": b"\\",
    b"\\\n": b"",
    b"\\": b"",
}


def parse_config(data: bytes) -> Iterator[Setting]:
    """Give the settings of a text, in its order.

    Raises:
        ValueError: git refuses the text too, or it holds a NUL or a setting before the first section.
    """
    if b"\0" in data:
        raise ValueError("a NUL")
    data = data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")
    section: tuple[bytes, bytes | None] | None = None
    position = _match(_SKIPPED, data, 0).end()
    while position < len(data):
        if data[position] == ord("["):
            found = _match(_SECTION, data, position)
            section, position = _section(*found.groups()), found.end()
        else:
            found = _match(_NAME, data, position)
            value, position = _value(data, found.end()) if found[2] == b"=" else (None, found.end())
            if section is None:
                raise ValueError("a setting outside of any section")
            yield (*section, found[1].lower(), value)
        position = _match(_SKIPPED, data, position).end()


def _section(dotted: bytes, quoted: bytes | None) -> tuple[bytes, bytes | None]:
    name, dot, legacy = dotted.lower().partition(b".")
    parts = [legacy] if dot else []
    if quoted is not None:
        parts.append(re.sub(rb"\\(.)", rb"\1", quoted, flags=re.DOTALL))
    return name, b".".join(parts) if parts else None


def _value(data: bytes, position: int) -> tuple[bytes, int]:
    """Return the value that starts at a position, and where its line ends."""
    value, blanks, quoted = b"", b"", False
    while True:
        found = _match(_QUOTED if quoted else _PLAIN, data, position)
        piece, position = found[0], found.end()
        if not quoted and piece in (b"", b"\n"):
            return value, position
        if not quoted and piece[:1] in b"#;":
            continue
        if not quoted and not piece.strip(b" \t\r"):
            blanks += piece if value else b""
            continue
        value, blanks = value + blanks, b""
        if piece == b'"':
            quoted = not quoted
        else:
            value += _ESCAPES.get(piece, piece)


def _match(grammar: re.Pattern[bytes], data: bytes, position: int) -> re.Match[bytes]:
    found = grammar.match(data, position)
    if found is None:
        raise ValueError(f"byte {position} is not understood")
    return found
