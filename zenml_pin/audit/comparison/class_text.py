r"""Segments: the text of one class or function in a module. Reads the text; runs nothing.

>>> segment = find_segment("import a\n\n@a.b\nclass C:\n    x = 1\n\ny = 2\n", "C")
>>> segment.line, segment.lines
(3, ('@a.b', 'class C:', '    x = 1'))
"""

from __future__ import annotations

import ast
import contextlib
import re
from functools import lru_cache

import attrs

from zenml_pin.audit.comparison.bindings import find_binding
from zenml_pin.base.hashing import hex_digest
from zenml_pin.pins.definitions import parse_quietly

# The result for a longer text is not cached.
_MAX_CACHED = 2**16


@attrs.frozen
class Segment:
    """The text of a class or function.

    Attributes:
        line: The number of its first line, decorators included.
        lines: Its text, without line ends.
        is_parsed: Whether this Python can parse the module.
        imported: The module (with its dots) and the name there, if the class is only imported; else None.
        kind: "class" or "function"; "class" if that is unknown.
    """

    line: int
    lines: tuple[str, ...]
    is_parsed: bool
    imported: tuple[str, str] | None = None
    kind: str = "class"

    @property
    def code(self) -> str:
        """A hash of its syntax tree, which comments and layout do not change; of the text if it cannot be parsed."""
        text = "\n".join(self.lines)
        if self.is_parsed:
            # A class in a branch is indented.
            whole = f"if 1:\n{text}" if text[:1].isspace() else text
            with contextlib.suppress(SyntaxError, ValueError, RecursionError, MemoryError):
                module = parse_quietly(whole.encode("utf-8", "surrogateescape"))
                return _hash(ast.dump(module, annotate_fields=False))
        return _hash(text)


def find_segment(text: str, name: str) -> Segment | None:
    """Return the last class or function of a name at the top level of a module, or the last other binding of the name.

    If this Python cannot parse the text (such as code of Python 2), the indentation shows where it ends.
    None if the module does not have the name.
    """
    return (_find_cached if len(text) <= _MAX_CACHED else _find)(text, name)


def _find(text: str, name: str) -> Segment | None:
    lines = text.split("\n")
    try:
        binding = find_binding(text, name)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return _by_indentation(lines, name)
    if binding is None:
        return None
    class_lines = tuple(lines[binding.first - 1 : binding.last])
    return Segment(binding.first, class_lines, True, binding.imported, binding.kind)


# A report compares each pin with HEAD, and many pins share a text.
_find_cached = lru_cache(maxsize=1024)(_find)


def _hash(text: str) -> str:
    return hex_digest(text.encode("utf-8", "surrogatepass"), "sha256")


def _by_indentation(lines: list[str], name: str) -> Segment | None:
    opening = re.compile(rf"(?:class|(?:async\s+)?def)\s+{re.escape(name)}\b")
    starts = [position for position, line in enumerate(lines) if opening.match(line)]
    if not starts:
        return None
    start = stop = starts[-1]
    for position in range(start + 1, len(lines)):
        if lines[position][:1] not in ("", " ", "\t", "#", "\r"):
            break
        stop = position if lines[position].strip() else stop
    class_lines = tuple(lines[start : stop + 1])
    kind = "class" if class_lines[0].startswith("class") else "function"
    return Segment(start + 1, class_lines, False, kind=kind)
