r"""Parts: what a text imports, found part by part, since a commit changes one function of a file: the others are known.

    import a                    a part ends before a function, a class or a decorator that follows an empty line,
                                at the margin
    class A:
        x = 1

        def f(self):            or four spaces further right; or before an import statement at the margin
            ...

If each part can be parsed alone, the text has the statements of its parts. A part that is indented is parsed as the
body of a class. Before one that is indented, the part must end where a statement with four spaces can follow.

>>> of_parts(b"import a\n\ndef f():\n    import b\n\n    def g(): exec(x)\n").reaches
True
"""

from __future__ import annotations

import _ast as ast  # ast takes its classes from there, and needs milliseconds to import
import re
from itertools import pairwise
from unicodedata import normalize

from zenml_pin.base.bounded import Bounded
from zenml_pin.base.hashing import new_hasher
from zenml_pin.base.syntax_tree import parse, walk
from zenml_pin.base.values import Value
from zenml_pin.importing.rewriting.place_words import PLACE_WORDS
from zenml_pin.pins.import_statements import ImportStatement, statements_of
from zenml_pin.pins.path_edits import SYS_AS, may_use_path, uses_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    # Words by a fragment that they have.
    Groups = tuple[tuple[bytes, list[bytes]], ...]


class PartFacts(Value):
    """The facts about a part, or about all parts of a text.

    Args:
        imports: The import statements that may run, in order, with lines from its start.
        reaches: Whether it uses a name by which code loads more than its import statements name.
        changes_imports: Whether it speaks of what may change which module an import finds.
        speaks_of_places: Whether it may have one of `PLACE_WORDS`.
        uses_path: Whether it uses `sys.path`; then it reaches further.
    """

    __slots__ = ("imports", "reaches", "changes_imports", "speaks_of_places", "uses_path")

    imports: tuple[ImportStatement, ...]
    reaches: bool
    changes_imports: bool
    speaks_of_places: bool
    uses_path: bool


# The facts of most parts.
_NOTHING = PartFacts((), False, False, False, False)

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
_PATTERNS = {
    word: re.compile(rb"%b(?<!\w%b)\b" % (word, word)) for word in (name.encode() for name in sorted(DYNAMIC))
}
# Most texts have none of these fragments, and so none of the words with one.
_FRAGMENTS = (b"__", b"imp", b"file", b"")
# Texts without one of these change nothing; most texts have none, and this search is faster.
_CHANGING_WORDS = (b"modules", b"sys", b"__path__", b"__import__", b"meta_path", b"path_hooks")
# Code that may change what an import finds: `__path__`, `__import__`, a finder, or `sys.modules` by any name.
_CHANGES_IMPORTS = re.compile(
    rb"__path__|__import__|meta_path|path_hooks"
    rb"|\.[ \t\\\n]*modules\b(?![ \t]*\()|\bsys[ \t\\\n]+import\b|[\"']modules[\"']"
)
# Words whose meaning depends on the whole text.
_WHOLE = (b"\r", b"TYPE_CHECKING", b"barry_as_FLUFL", SYS_AS)
_OPENING = rb"@|def |class |async def "
_FINE_CUTS = re.compile(rb"\n\n(?=(?:    )?(?:%b)|import |from )" % _OPENING)
_COARSE_CUTS = re.compile(rb"\n\n(?=%b)" % _OPENING)
_INDENT = b"    "
# No `else` may follow it, as it may follow `if`.
_BLOCK = b"class _:\n"
_KEPT = 65536
_parts: Bounded[bytes, PartFacts | None] = Bounded(_KEPT)
_NOT_READ: Any = object()


def of_parts(data: bytes) -> PartFacts | None:
    """Return the facts about a text whose parts can be parsed alone; None if one cannot."""
    # A string may have an indented example.
    return _of_parts(data, _FINE_CUTS) or _of_parts(data, _COARSE_CUTS)


def may_reach(text: bytes) -> bool:
    """Tell whether a text may use one of the names."""
    plain = _as_read(text)
    return plain is None or _has_dynamic_word(plain)


def may_change_imports(text: bytes) -> bool:
    """Tell whether a text speaks of what may change which module an import finds."""
    return any(word in text for word in _CHANGING_WORDS) and _CHANGES_IMPORTS.search(text) is not None


def _as_read(text: bytes) -> bytes | None:
    """Return a text with its letters as Python reads them, some others as those of ASCII; None if it is not UTF-8."""
    if text.isascii():
        return text
    try:
        return normalize("NFKC", text.decode()).encode()
    except ValueError:
        return None


def _has_dynamic_word(text: bytes) -> bool:
    return any(_PATTERNS[word].search(text) for word in _words_in(text, _DYNAMIC_WORDS))


def _words_in(text: bytes, groups: Groups) -> Iterator[bytes]:
    """Yield those of some words that are in a text."""
    for fragment, words in groups:
        if fragment in text:
            for word in words:
                if word in text:
                    yield word


def _group(words: Iterable[str]) -> Groups:
    """Return words by the first of the fragments that each has."""
    groups: dict[bytes, list[bytes]] = {}
    for word in sorted(words):
        raw = word.encode()
        groups.setdefault(next(fragment for fragment in _FRAGMENTS if fragment in raw), []).append(raw)
    return tuple(groups.items())


_DYNAMIC_WORDS, _PLACE_WORDS = _group(DYNAMIC), _group(PLACE_WORDS)


def reaches(module: ast.Module) -> bool:
    """Tell whether a syntax tree uses one of the names."""
    return any(not DYNAMIC.isdisjoint(_names(node)) for node in walk(module))


def _of_parts(data: bytes, cut: re.Pattern[bytes]) -> PartFacts | None:
    statements: list[ImportStatement] = []
    above, uses = 0, [False, False, False, False]
    cuts = [0, *[match.end() for match in cut.finditer(data)], len(data)]
    for start, end in pairwise(cuts):
        part = data[start:end]
        # The first part may begin with anything, and is at the margin.
        inner, opens = start > 0 and part.startswith(_INDENT), data.startswith(_INDENT, end)
        hasher = new_hasher("sha256", end - start)
        hasher.update(part)
        # A tuple for each of 50,000 parts would take megabytes.
        key = hasher.digest() + bytes((inner, opens))
        # One look-up: another thread may drop the entry.
        facts = _parts.get(key, _NOT_READ)
        if facts is _NOT_READ:
            facts = _parts.add(key, _of_part(part, inner, opens))
        if facts is None:
            return None
        if facts is not _NOTHING:
            statements += [statement.below(above) for statement in facts.imports] if above else facts.imports
            uses[0] |= facts.reaches
            uses[1] |= facts.changes_imports
            uses[2] |= facts.speaks_of_places
            uses[3] |= facts.uses_path
        above += part.count(b"\n")
    return PartFacts(tuple(statements), *uses)


def _of_part(part: bytes, inner: bool, opens: bool) -> PartFacts | None:
    if any(word in part for word in _WHOLE):
        return None
    text = (_BLOCK if inner else b"") + part + (_INDENT + b"0\n" if opens else b"")
    plain = _as_read(part)
    has_word = plain is None or _has_dynamic_word(plain)
    speaks = plain is None or any(_words_in(plain, _PLACE_WORDS))
    changes, may_use = may_change_imports(part), may_use_path(part)
    if not has_word and not may_use and not _may_import(part) and _compiles(text):
        return PartFacts((), False, changes, speaks, False) if changes or speaks else _NOTHING
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
    uses = may_use and uses_path(module)
    return PartFacts(statements, uses or (has_word and reaches(module)), changes, speaks, uses)


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
