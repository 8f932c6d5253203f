"""Names in quotes as git writes them: with the escapes of C, and other bytes as three octal digits."""

from __future__ import annotations

_ESCAPES = {
    ord(b"a"): 7,
    ord(b"b"): 8,
    ord(b"f"): 12,
    ord(b"n"): 10,
    ord(b"r"): 13,
    ord(b"t"): 9,
    ord(b"v"): 11,
}


def unquote(line: bytes) -> tuple[bytes, bytes] | None:
    """Return a name in C quotes and the rest of the line, or None if the quotes are broken."""
    name = bytearray()
    position = 1
    while position < len(line):
        char = line[position]
        position += 1
        if char == 0x22:
            return bytes(name), line[position:]
        if char != 0x5C:
            name.append(char)
            continue
        escape = line[position] if position < len(line) else 0
        digits = line[position : position + 3]
        if escape in _ESCAPES or escape in b'\\"':
            name.append(_ESCAPES.get(escape, escape))
            position += 1
        elif len(digits) == 3 and digits[0] in b"0123" and all(digit in b"01234567" for digit in digits):
            name.append(int(digits, 8))
            position += 3
        else:
            return None
    return None


def quote(name: bytes) -> bytes:
    r"""Return a name as git prints it: in C quotes where it needs them.

    >>> print(quote(b"a b").decode(), quote("t\té".encode()).decode())
    a b "t\t\303\251"
    """
    if all(0x20 <= char < 0x7F and char not in b'\\"' for char in name):
        return name
    letters = {code: letter for letter, code in _ESCAPES.items()} | {0x22: 0x22, 0x5C: 0x5C}
    parts = (
        b"\\%c" % letters[char]
        if char in letters
        else b"%c" % char
        if 0x20 <= char < 0x7F
        else b"\\%03o" % char
        for char in name
    )
    return b'"%b"' % b"".join(parts)
