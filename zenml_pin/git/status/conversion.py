"""How git would convert a file before it stores it: with other line endings, or as an LFS pointer.

Filters, `ident` and `working-tree-encoding` are not applied. If they would change the stored content, the file counts
as uncommitted, with the reason. A command in a setting or an attribute is never run.

Sources: gitattributes(5), "Effects".
"""

from __future__ import annotations

from zenml_pin.base.values import Value
from zenml_pin.git.config import is_true
from zenml_pin.load_errors import UnsupportedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from zenml_pin.git.config import GitSettings
    from zenml_pin.git.status.attributes import State

_LFS_COMMANDS = ("git-lfs clean", "git-lfs filter-process", "git lfs clean", "git lfs filter-process")
MAX_POINTER = 1024


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


def plan_conversion(attributes: Mapping[bytes, State], settings: GitSettings) -> Conversion:
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


def _uses_lfs(driver: State, settings: GitSettings) -> bool:
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


def _text_rule(attributes: Mapping[bytes, State], settings: GitSettings) -> str:
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
