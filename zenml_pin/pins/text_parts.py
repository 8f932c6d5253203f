r"""Parts: what a text imports, found part by part, since a commit changes one function of a file: the others are known.

    import a                    a part ends before a function, a class or a decorator that follows an empty line,

    class A:                    at the margin
        x = 1

        def f(self):            or four spaces further right
            ...

If each part can be parsed alone, the text has the statements of its parts. A part that is indented is parsed as the
body of a class. Before one that is indented, the part must end where a statement with four spaces can follow.

>>> of_parts(b"import a\n\ndef f():\n    import b\n\n    def g(): exec(x)\n")[1]
True
"""

from __future__ import annotations

import _ast as ast  # ast takes its classes from there, and needs milliseconds to import
import re
from itertools import pairwise
from unicodedata import normalize

from zenml_pin.base.bounded import Bounded
from zenml_pin.base.hashing import hex_digest
from zenml_pin.base.syntax_tree import parse, walk
from zenml_pin.pins.import_statements import ImportStatement, statements_of

# The import statements, with lines from the start; and whether the code may load more than these name.
Part = tuple[tuple[ImportStatement, ...], bool]

# Names by which code loads modules and files without an import statement.
DYNAMIC = {"importlib", "imp", "runpy", "pkgutil", "zipimport", "builtins", "exec", "eval"} | {
    "__import__",
    "__lazy_import__",
    "__builtins__",
    "__file__",
    "__loader__",
    "__spec__",
    "__path__",
}
# The beginning of each import statement, and of some lines of texts.
_IMPORT = re.compile(rb"(?:^(?:\xef\xbb\xbf)?|[\n\r\f;:\\]|\blazy)[ \t\f\\]*(?:import|from)\b")
# One pattern for each word: a pattern that begins with a letter is searched ten times faster than one of alternatives.
_DYNAMIC_WORDS = [
    (word, re.compile(rb"%b(?<!\w%b)\b" % (word, word)))
    for word in (name.encode() for name in sorted(DYNAMIC))
]
_OPENING = rb"@|def |class |async def "
_FINE_CUTS = re.compile(rb"\n\n(?=(?:    )?(?:%b))" % _OPENING)
_COARSE_CUTS = re.compile(rb"\n\n(?=%b)" % _OPENING)
_INDENT = b"    "
# No `else` may follow it, as it may follow `if`.
_BLOCK = b"class _:\n"
_KEPT = 65536
_parts: Bounded[tuple[bool, bool, str], Part | None] = Bounded(_KEPT)


def of_parts(data: bytes) -> Part | None:
    """Return the facts about a text whose parts can be parsed alone; None if one cannot."""
    # A string may have an indented example.
    return _of_parts(data, _FINE_CUTS) or _of_parts(data, _COARSE_CUTS)


def may_reach(part: bytes) -> bool:
    """Tell whether a text may use one of the names: Python reads some other letters as letters of ASCII."""
    if not part.isascii():
        try:
            part = normalize("NFKC", part.decode()).encode()
        except ValueError:
            return True
    return any(word in part and find.search(part) for word, find in _DYNAMIC_WORDS)


def reaches(module: ast.Module) -> bool:
    """Tell whether a syntax tree uses one of the names."""
    return any(not DYNAMIC.isdisjoint(_names(node)) for node in walk(module))


def _of_parts(data: bytes, cut: re.Pattern[bytes]) -> Part | None:
    statements: list[ImportStatement] = []
    above, reaching = 0, False
    cuts = [0, *[match.end() for match in cut.finditer(data)], len(data)]
    for start, end in pairwise(cuts):
        part = data[start:end]
        # The first part may begin with anything, and is at the margin.
        inner, opens = start > 0 and part.startswith(_INDENT), data.startswith(_INDENT, end)
        key = inner, opens, hex_digest(part, "sha256")
        facts = _parts[key] if key in _parts else _parts.add(key, _of_part(part, inner, opens))
        if facts is None:
            return None
        if facts[0]:
            statements += [statement.below(above) for statement in facts[0]] if above else facts[0]
        reaching |= facts[1]
        above += part.count(b"\n")
    return tuple(statements), reaching


def _of_part(part: bytes, inner: bool, opens: bool) -> Part | None:
    text = (_BLOCK if inner else b"") + part + (_INDENT + b"0\n" if opens else b"")
    reaching = may_reach(part)
    if not reaching and not _may_import(part) and _compiles(text):
        return (), False
    try:
        module = parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    statements = statements_of(module, set())
    if inner:
        if any(statement.is_certain for statement in statements):
            # Only in a class: which block this one continues is in an earlier part.
            return None
        statements = tuple([statement.below(-1) for statement in statements])
    return statements, reaching and reaches(module)


def _may_import(part: bytes) -> bool:
    """Tell whether a text may have an import statement; examples in docstrings begin with other characters."""
    return b"import" in part and _IMPORT.search(part) is not None


def _compiles(text: bytes) -> bool:
    """Tell whether Python certainly can parse a text; its symbol table takes less time than its syntax tree."""
    try:
        # What `symtable` wraps; its classes take milliseconds to import.
        from _symtable import symtable  # type: ignore[import-not-found]
    except ModuleNotFoundError:
        return False
    try:
        symtable(text, "<unknown>", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        # It also refuses what the parser takes.
        return False
    return True


def _names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.Attribute):
        # `model.eval()` is a method; code that reaches the builtin as an attribute also uses another of the names.
        return [node.attr] if node.attr.startswith("__") else []
    if isinstance(node, ast.ImportFrom):
        return [(node.module or "").partition(".")[0]]
    return [alias.name.partition(".")[0] for alias in node.names] if isinstance(node, ast.Import) else []
