"""The content that git would store for a file whose content is converted: line endings, or an LFS pointer.

Most files are stored as they are, and need none of this.

Sources: gitattributes(5), "Effects"; git-lfs's specification of pointers.
"""

from __future__ import annotations

from zenml_pin.base.hashing import hex_digest
from zenml_pin.errors import UnsupportedError
from zenml_pin.git.status.conversion import MAX_POINTER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from zenml_pin.git.status.conversion import Conversion

_LFS_VERSIONS = (b"version https://git-lfs.github.com/spec/v1", b"version https://hawser.github.com/spec/v1")
_NOT_PRINTABLE = bytes({*range(32), 127} - set(b"\b\t\x1b\x0c\r\n"))


def convert(data: bytes, conversion: Conversion, stored: Callable[[], bytes | None]) -> bytes:
    """Return the content that git would store for a file.

    Args:
        data: The content on disk.
        conversion: How to convert it.
        stored: Returns the blob in the index, None if it is longer than the content.

    Raises:
        UnsupportedError: git would run a filter or change an `ident` keyword.
    """
    if conversion.lfs:
        return _through_lfs(data, stored)
    if conversion.text and b"\r\n" in data:
        data = _to_lf(data, conversion.text == "auto", stored)
    if conversion.ident and b"$Id" in data:
        raise UnsupportedError("its ident keyword is not converted")
    return data


def _to_lf(data: bytes, guess: bool, stored: Callable[[], bytes | None]) -> bytes:
    if guess and looks_binary(data):
        return data
    if guess:
        # A file that was committed with CRLF, before line endings were configured, stays unchanged.
        before = stored() or b""
        if b"\r\n" in before and not looks_binary(before):
            return data
    return data.replace(b"\r\n", b"\n")


def looks_binary(data: bytes) -> bool:
    """Tell whether git considers content binary: a NUL, a CR without LF, or more than 1/128 unprintable bytes."""
    if b"\0" in data or data.count(b"\r") != data.count(b"\r\n"):
        return True
    unprintable = len(data) - len(data.translate(None, _NOT_PRINTABLE))
    line_ends = data.count(b"\n") + data.count(b"\r")
    printable = len(data) - unprintable - line_ends
    # A ^Z at the end was DOS's end-of-file mark.
    return (printable >> 7) < unprintable - data.endswith(b"\x1a")


def _through_lfs(data: bytes, stored: Callable[[], bytes | None]) -> bytes:
    """Return the blob in the index if it is the pointer to this content; a file that is a pointer stays unchanged."""
    if not data or parse_pointer(data) is not None:
        return data
    before = stored()
    pointer = None if before is None else parse_pointer(before)
    if before is None or pointer is None:
        raise UnsupportedError("filter 'lfs' is not run")
    return before if pointer == (hex_digest(data, "sha256"), len(data)) else data


def parse_pointer(data: bytes) -> tuple[str, int] | None:
    """Return the sha256 and the size in an LFS pointer; None if the data is not a pointer, or has extensions."""
    if len(data) >= MAX_POINTER or not data.startswith(_LFS_VERSIONS):
        return None
    lines = dict(line.partition(b" ")[::2] for line in data.splitlines())
    oid, size = lines.get(b"oid", b""), lines.get(b"size", b"")
    if set(lines) != {b"version", b"oid", b"size"} or not oid.startswith(b"sha256:") or not size.isdigit():
        return None
    return oid.removeprefix(b"sha256:").decode("ascii", "replace"), int(size)
