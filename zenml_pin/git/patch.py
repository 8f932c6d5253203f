r"""Patches: how files differ, in git's format, so that `git apply` makes the new files of the old ones.

>>> print(file_patch("step.py", (0o100644, b"x = 1\n"), (0o100644, b"x = 2\n")).decode(), end="")
diff --git a/step.py b/step.py
index 7d4290a117a4ddcc11daae7ea675841033830c8f..407de3068e7b5950585d5abed9776d104235a85d 100644
--- a/step.py
+++ b/step.py
@@ -1 +1 @@
-x = 1
+x = 2

Sources: gitdiffcore(7), git-apply(1), "generating patch text with -p" in git-diff(1).
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator

from zenml_pin.git.c_quotes import quote
from zenml_pin.git.objects.object_store import object_id

# As git: a NUL in the first bytes.
_BINARY_PREFIX = 8000
# Comparing takes up to the square of this; longer files are shown as replaced.
_MAX_COMPARED = 5000
# Bytes in a line of a binary patch.
_LINE = 52

Version = tuple[int, bytes]


def file_patch(path: str, old: Version | None, new: Version | None, object_format: str = "sha1") -> bytes:
    """Return how a file differs, as UTF-8 with the file's own bytes; b"" where it does not.

    Args:
        path: Its path, relative to the root of the repository.
        old: Its mode and its content before; None where there is no file.
        new: The same of the new file.
        object_format: "sha1" or "sha256".
    """
    if old == new:
        return b""
    return b"".join(_lines(os.fsencode(path), old, new, object_format))


def _lines(path: bytes, old: Version | None, new: Version | None, object_format: str) -> Iterator[bytes]:
    names = quote(b"a/" + path), quote(b"b/" + path)
    yield b"diff --git %b %b\n" % names
    if old is not None and new is not None and old[0] & 0o170000 != new[0] & 0o170000:
        # Such as a file that became a link: two patches, as git writes them.
        yield from _body(names, old, None, object_format)
        yield b"diff --git %b %b\n" % names
        old = None
    yield from _body(names, old, new, object_format)


def _body(
    names: tuple[bytes, bytes], old: Version | None, new: Version | None, object_format: str
) -> Iterator[bytes]:
    yield from _modes(old, new)
    before, after = (b"" if version is None else version[1] for version in (old, new))
    if old is not None and new is not None and before == after:
        return
    ids = [_id(version, object_format) for version in (old, new)]
    same_mode = old is not None and new is not None and old[0] == new[0]
    mode = b" %o" % old[0] if same_mode and old is not None else b""
    yield b"index %b..%b%b\n" % (*ids, mode)
    if any(b"\0" in data[:_BINARY_PREFIX] for data in (before, after)):
        yield b"GIT binary patch\n"
        yield from _literal(after)
        yield from _literal(before)
    elif before != after:
        yield b"--- %b\n+++ %b\n" % (
            b"/dev/null" if old is None else names[0],
            b"/dev/null" if new is None else names[1],
        )
        yield from _hunks(before, after)


def _modes(old: Version | None, new: Version | None) -> Iterator[bytes]:
    if old is None and new is not None:
        yield b"new file mode %o\n" % new[0]
    elif new is None and old is not None:
        yield b"deleted file mode %o\n" % old[0]
    elif old is not None and new is not None and old[0] != new[0]:
        yield b"old mode %o\nnew mode %o\n" % (old[0], new[0])


def _id(version: Version | None, object_format: str) -> bytes:
    if version is None:
        return b"0" * (64 if object_format == "sha256" else 40)
    return object_id("blob", version[1], object_format).encode("ascii")


def _hunks(before: bytes, after: bytes) -> Iterator[bytes]:
    old, new = _split(before), _split(after)
    if max(len(old), len(new)) > _MAX_COMPARED:
        sides = [(b"-", old), (b"+", new)]
        yield b"@@ -%b +%b @@\n" % (_range(old), _range(new))
        for sign, lines in sides:
            for line in lines:
                yield _ended(sign + line)
        return
    before_lines, after_lines = ([line.decode("latin-1") for line in lines] for lines in (old, new))
    # A list of runs imports this file and compares nothing.
    from difflib import unified_diff

    # The first two lines name the files.
    for text in list(unified_diff(before_lines, after_lines))[2:]:
        yield _ended(text.encode("latin-1"))


def _range(lines: list[bytes]) -> bytes:
    return b"%d,%d" % (1 if lines else 0, len(lines))


def _split(data: bytes) -> list[bytes]:
    lines = data.split(b"\n")
    last = lines.pop()
    return [line + b"\n" for line in lines] + ([last] if last else [])


def _ended(line: bytes) -> bytes:
    return line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n"


def _literal(data: bytes) -> Iterator[bytes]:
    import base64

    yield b"literal %d\n" % len(data)
    packed = zlib.compress(data)
    for start in range(0, len(packed), _LINE):
        part = packed[start : start + _LINE]
        length = ord("A") - 1 + len(part) if len(part) <= 26 else ord("a") - 27 + len(part)
        yield b"%c%b\n" % (length, base64.b85encode(part, pad=True))
    yield b"\n"
