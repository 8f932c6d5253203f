r"""Bindings: the statement at the top level of a text that binds a name, parsed part by part.

    import a                    a part ends before a function, a class or a decorator that follows an empty line,

    class A:                    at the margin
        x = 1

        def f(self):            or four spaces further right
            ...

A commit changes one method of a class of a thousand lines: the other parts are known from the text before. If each part
can be parsed alone, the text has the statements of its parts. A part that is indented continues the class or function
that ends the part before; any other statement there, and any doubt, means that the text is parsed as a whole.

>>> find_binding("import a\n\nclass A:\n    x = 1\n\n    def f(self): ...\n\ny = 2\n", "A")
Binding(is_definition=True, line=3, first=3, last=6, kind='class', imported=None)
"""

from __future__ import annotations

import ast
import re
from itertools import pairwise

import attrs

from zenml_pin.base.bounded import RecentBytes
from zenml_pin.base.locks import ForkLock
from zenml_pin.pins.definitions import FUNCTIONS, parse_quietly, top_level

_DEFINITIONS = (ast.ClassDef, *FUNCTIONS)
_OPENING = r"@|def |class |async def "
_FINE_CUTS = re.compile(rf"\n\n(?=(?:    )?(?:{_OPENING}))")
_COARSE_CUTS = re.compile(rf"\n\n(?={_OPENING})")
_INDENT = "    "
_BLOCK = "class _:\n"
# Of these the parts are not what the text is: an encoding that is declared once, other ends of lines, and a statement
# that changes how all others are read.
_WHOLE = "\r", "\f", "barry_as_FLUFL"
_ENCODING = re.compile(r"(?:[^\n]*\n)?[^\n]*coding[:=](?![ \t]*utf-?8\b)", re.IGNORECASE)
_KEPT = 2**22
_LOCK = ForkLock()


@attrs.frozen
class Binding:
    """A statement.

    Attributes:
        is_definition: Whether it defines a class or function; else it assigns or imports the name.
        line: The number of its line, from 1.
        first, last: Its first line, decorators included, and its last one.
        kind: What it defines, "class" or "function"; "class" also where it assigns or imports the name.
        imported: The module (with its dots) and the name there, of a `from` import.
    """

    is_definition: bool
    line: int
    first: int
    last: int
    kind: str
    imported: tuple[str, str] | None

    def below(self, lines: int) -> Binding:
        """Return it further down in a text."""
        return attrs.evolve(self, line=self.line + lines, first=self.first + lines, last=self.last + lines)


@attrs.frozen
class _Part:
    """What one part has.

    Attributes:
        binding: Its binding of the name.
        is_open: Whether that is its last statement.
        end: Of a part that is indented: the line where what it continues ends. 0 for others.
        is_only: Of a part that is indented: whether it has nothing else.
    """

    binding: Binding | None
    is_open: bool
    end: int
    is_only: bool


_parts: RecentBytes[tuple[str, bool, bool, str], _Part | str] = RecentBytes(_KEPT)
_DOUBT = "doubt"


def find_binding(text: str, name: str) -> Binding | None:
    """Return the last class or function of a name at the top level, or else the last other binding of the name.

    Args:
        text: With line feeds as line ends.
        name: The name.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: This Python cannot parse the text.
    """
    if can_be_cut(text):
        for cut in (_FINE_CUTS, _COARSE_CUTS):
            bindings = _of_parts(text, name, cut)
            if bindings is not None:
                return max(bindings, key=_rank, default=None)
    return _of_nodes(_parse(text).body, name)


def can_be_cut(text: str) -> bool:
    """Tell whether nothing at the start of a text, or in it, decides how the parts below are read."""
    return not any(word in text for word in _WHOLE) and not _ENCODING.match(text)


def _rank(binding: Binding) -> tuple[bool, int]:
    return binding.is_definition, binding.line


def _of_parts(text: str, name: str, cut: re.Pattern[str]) -> list[Binding] | None:
    """Return the binding of each part that has one; None if a part cannot be parsed alone."""
    bindings: list[Binding] = []
    above, is_open = 0, False
    cuts = [0, *[match.end() for match in cut.finditer(text)], len(text)]
    for start, end in pairwise(cuts):
        part = _part(text[start:end], name, start > 0, text.startswith(_INDENT, end))
        if part is None:
            return None
        if part.end and is_open:
            bindings[-1] = attrs.evolve(bindings[-1], last=above + part.end)
        if part.binding is not None:
            bindings.append(part.binding.below(above))
        is_open = is_open if part.end and part.is_only else part.is_open
        above += text.count("\n", start, end)
    return bindings


def _part(text: str, name: str, is_later: bool, opens: bool) -> _Part | None:
    # The first part may begin with anything, and is at the margin.
    inner = is_later and text.startswith(_INDENT)
    key = name, inner, opens, text
    with _LOCK:
        part = _parts.find(key)
    if part is None:
        try:
            part = _read(text, name, inner, opens)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            part = _DOUBT
        with _LOCK:
            _parts.add(key, part, len(text) + 200)
    return None if isinstance(part, str) else part


def _read(text: str, name: str, inner: bool, opens: bool) -> _Part:
    body = _parse((_BLOCK if inner else "") + text + (f"{_INDENT}0\n" if opens else "")).body
    if opens and not isinstance(body[-1], _DEFINITIONS):
        # What is indented in the next part may be in a branch, and bind the name too.
        raise ValueError("the next part continues another statement")
    end = (body[0].end_lineno or 0) - 1 if inner else 0
    own = body[1:] if inner else body
    binding = _of_nodes(own, name)
    is_open = bool(own) and binding is not None and _of_nodes(own[-1:], name) == binding
    return _Part(binding if not inner or binding is None else binding.below(-1), is_open, end, not own)


def _parse(text: str) -> ast.Module:
    return parse_quietly(text.encode("utf-8", "surrogateescape"))


def _of_nodes(body: list[ast.stmt], name: str) -> Binding | None:
    nodes = [node for node in top_level(ast.Module(body, [])) if _binds(node, name)]
    if not nodes:
        return None
    node = max(nodes, key=lambda statement: (isinstance(statement, _DEFINITIONS), statement.lineno))
    decorators = node.decorator_list if isinstance(node, _DEFINITIONS) else []
    first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
    kind = "function" if isinstance(node, FUNCTIONS) else "class"
    last = node.end_lineno or node.lineno
    return Binding(isinstance(node, _DEFINITIONS), node.lineno, first, last, kind, _imported(node, name))


def _binds(node: ast.stmt, name: str) -> bool:
    if isinstance(node, _DEFINITIONS):
        return node.name == name
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return any((alias.asname or alias.name) == name for alias in node.names)
    targets = node.targets if isinstance(node, ast.Assign) else []
    return any(isinstance(target, ast.Name) and target.id == name for target in targets)


def _imported(node: ast.stmt, name: str) -> tuple[str, str] | None:
    if not isinstance(node, ast.ImportFrom):
        return None
    origin = next(alias.name for alias in node.names if (alias.asname or alias.name) == name)
    return "." * node.level + (node.module or ""), origin
