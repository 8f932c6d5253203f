"""The bytes and characters of a document: not more than allowed, UTF-8, and only characters that YAML allows."""

from __future__ import annotations

import os

from zenml_pin.base.files import read_regular
from zenml_pin.base.limits import DEFAULT_LIMITS, Limits
from zenml_pin.errors import DocumentError

_UNREADABLE = "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"


def read_bytes(path: str, limits: Limits = DEFAULT_LIMITS) -> bytes:
    """Return the bytes of a document's file.

    Raises:
        DocumentError: It is absent, not a regular file, or longer than `limits.document`.
    """
    try:
        data = read_regular(path, limits.document)
    except OverflowError as error:
        raise _too_long(path, os.stat(path).st_size, limits) from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise DocumentError(f"it cannot be read: {reason}", path=path) from error
    if data is None:
        reason = "it is not a regular file" if os.path.lexists(path) else "there is no such file"
        raise DocumentError(reason, path=path)
    return data


def decode_yaml(data: bytes | str, path: str, limits: Limits) -> str:
    """Return the text of a document, with its byte order mark.

    Raises:
        DocumentError: It is too long, not UTF-8, or contains a character that YAML does not allow.
    """
    if len(data) > limits.document:
        raise _too_long(path, len(data), limits)
    text = _decode(data, path) if isinstance(data, bytes) else data
    # A whole set of Unicode takes milliseconds to compile: to read bytes needs neither it nor `re`.
    import re

    wrong = re.compile(_UNREADABLE).search(text, int(text.startswith("\ufeff")))
    if wrong is not None:
        character = "a NUL byte" if wrong[0] == "\0" else f"the character {ascii(wrong[0])[1:-1]}"
        raise _at(text, wrong.start(), f"it contains {character}, which YAML does not allow", path)
    return text


def _too_long(path: str, size: int, limits: Limits) -> DocumentError:
    return DocumentError(
        f"it has {size} bytes, more than the limit of {limits.document}",
        path=path,
        hint="if you trust it, pass limits=Limits(document=...)",
    )


def _decode(data: bytes, path: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        kind = " (it looks like UTF-16)" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ""
        raise _at(before, len(before), f"byte {error.start} is not UTF-8{kind}", path) from error


def _at(text: str, index: int, reason: str, path: str) -> DocumentError:
    import re

    lines = re.split("\r\n|[\r\n]", text[:index])
    return DocumentError(reason, path=path, line=len(lines), column=len(lines[-1]) + 1)
