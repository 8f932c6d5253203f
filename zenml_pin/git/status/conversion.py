"""The content that git would store for a file: with line endings converted, or as an LFS pointer.

Filters, `ident` and `working-tree-encoding` are not applied. If they would change the stored content, the file counts
as uncommitted, with the reason. A command in a setting or an attribute is never run.

Sources: gitattributes(5), "Effects"; git-lfs's specification of pointers.
"""

from __future__ import annotations

from zenml_pin.base.hashing import hex_digest
from zenml_pin.base.values import Value
from zenml_pin.errors import UnsupportedError
from zenml_pin.git.config import is_true

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from zenml_pin.git.config import Settings
    from zenml_pin.git.status.attributes import State

_LFS_VERSIONS = (b"version https://git-lfs.github.com/spec/v1", b"version https://hawser.github.com/spec/v1")
_LFS_COMMANDS = ("git-lfs clean", "git-lfs filter-process", "git lfs clean", "git lfs filter-process")
MAX_POINTER = 1024
_NOT_PRINTABLE = bytes({*range(32), 127} - set(b"\b\t\x1b\x0c\r\n"))


class Conversion(Value):
    """How a file's content becomes a blob.

    Args:
        text: "" for unchanged, "text" for CRLF to LF, "auto" for CRLF to LF if the content looks like text.
        ident: Whether `$Id: ...$` would be collapsed.
        lfs: Whether Git LFS stores the file as a pointer.
    """

    text: str = ""
    ident: bool = False
    lfs: bool = False

    @property
    def is_identity(self) -> bool:
        """Whether any content is stored unchanged."""
        return not (self.text or self.ident or self.lfs)


def plan_conversion(attributes: Mapping[bytes, State], settings: Settings) -> Conversion:
    """Return how git would convert a file with these attributes.

    Raises:
        UnsupportedError: It would run a filter, or convert from another encoding.
    """
    encoding = attributes.get(b"working-tree-encoding")
    if encoding is not None and (
        isinstance(encoding, bool) or encoding.upper() not in (b"", b"UTF-8", b"UTF8")
    ):
        raise UnsupportedError("its working-tree-encoding is not converted")
    lfs = _uses_lfs(attributes.get(b"filter"), settings)
    return Conversion(_text_rule(attributes, settings), attributes.get(b"ident") is True, lfs)


def _uses_lfs(driver: State, settings: Settings) -> bool:
    """Tell whether Git LFS converts a file; raise UnsupportedError for any other filter command."""
    if not isinstance(driver, bytes):
        return False
    name = driver.decode("utf-8", "surrogateescape")
    command = settings.get(("filter", name, "process")) or settings.get(("filter", name, "clean"))
    if not command:
        if is_true(settings.get(("filter", name, "required"))):
            raise UnsupportedError(f"filter '{name}' is required and has no command")
        return False
    if name == "lfs" and command.startswith(_LFS_COMMANDS):
        return True
    raise UnsupportedError(f"filter '{name}' is not run")


def _text_rule(attributes: Mapping[bytes, State], settings: Settings) -> str:
    rule = _crlf_rule(attributes.get(b"text"))
    if rule is None:
        rule = _crlf_rule(attributes.get(b"crlf"))
    if rule == "":
        return ""
    if attributes.get(b"eol") in (b"lf", b"crlf"):
        return "auto" if rule == "auto" else "text"
    if rule is not None:
        return rule
    autocrlf = settings.get(("core", "autocrlf"))
    return "auto" if (autocrlf or "").lower() == "input" or is_true(autocrlf) else ""


def _crlf_rule(state: State) -> str | None:
    """Return the rule of the attribute `text`, or of the older `crlf`; None if it is not set."""
    if isinstance(state, bool):
        return "text" if state else ""
    return {b"input": "text", b"auto": "auto"}.get(state or b"")


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
