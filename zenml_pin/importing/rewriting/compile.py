"""Compiling: from a source file's bytes to code that imports from its pin.

Code from the cache does not need this module, so that `re` is not imported for it.
"""

from __future__ import annotations

from zenml_pin.importing.rewriting.code_patch import find_names, relabel
from zenml_pin.importing.rewriting.import_scan import needs_parsing
from zenml_pin.importing.rewriting.route import LATE, PINNED, Route

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import CodeType

    from zenml_pin.importing.rewriting.route import Target


def decode_text(data: bytes, name: str) -> str:
    """Return a source file's text, decoded as PEP 263 says.

    Args:
        data: The file's content.
        name: The file name for messages.

    Raises:
        SyntaxError: The text cannot be decoded; it is the compiler's own error, with its line.
    """
    try:
        return _decode_utf8(data) if _is_plainly_utf8(data) else _decode_declared(data)
    except (SyntaxError, UnicodeDecodeError):
        compile(data, name, "exec", dont_inherit=True)
        raise


def _is_plainly_utf8(data: bytes) -> bool:
    """Tell whether a text certainly neither begins with a byte order mark nor declares an encoding in its head."""
    second = data.find(b"\n", data.find(b"\n") + 1)
    return not data.startswith(b"\xef\xbb\xbf") and b"coding" not in (data[:second] if second > 0 else data)


def _decode_utf8(data: bytes) -> str:
    return data.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")


def _decode_declared(data: bytes) -> str:
    # It imports `tokenize`, a twentieth of what a load imports.
    from importlib.util import decode_source

    return decode_source(data)


def compile_source(text: str, target: Target, path: str, depth: int, routes: Mapping[str, Route]) -> CodeType:
    """Compile a module's text for a pin, with its imports routed into the pin.

    A file is compiled as written where all its imports go where they are written, or can be relabelled in the code:
    this takes a third of the time of rewriting its tree.
    """
    name = target.code_name(path)
    if not needs_parsing(text, depth) and all(route.way != LATE for route in routes.values()):
        pinned = {root: route for root, route in routes.items() if route.way == PINNED}
        names = find_names(text, pinned) if pinned else None
        if names is not None or not pinned:
            plain: CodeType = compile(text, name, "exec", dont_inherit=True)
            return plain if names is None else relabel(plain, target.root, names)
    # Imported only here, because `ast` is a fifth of a cold load.
    from zenml_pin.importing.rewriting.compile_tree import compile_rewritten

    return compile_rewritten(text, name, target, depth, routes)
