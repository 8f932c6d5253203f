"""Scanning: what a source text imports, without parsing it.

An answer may name too much (a docstring may look like an import), but never too little, because a text that needs no
rewriting is compiled as written. Patterns start with a literal word, for which `re` searches first: it then jumps from
one word to the next, which takes a tenth of the time (a thousand lines compile in 5 ms).
"""

from __future__ import annotations

import re
from unicodedata import normalize

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_GAP = r"(?:[ \t\f]|\\\n)"
# Marks and the middle dot may continue a name, but \w does not match them.
_LETTER = r"(?:\w|[^\x00-\x7f])"
# Each letter matches in one way only: a text of many words must not be tried in many ways.
FROM = re.compile(rf"from{_GAP}+({_LETTER}+)(?:{_GAP}*\.{_GAP}*{_LETTER}+)*{_GAP}+import\b")
_IMPORT = re.compile(rf"import{_GAP}+((?:[^\n;:#\\]|\\\n)*)")
_RELATIVE = re.compile(rf"from{_GAP}*((?:\.{_GAP}*)+)(?=({_LETTER}*))")
# After a dot the name of a routed builtin is an attribute: every third file has `re.compile`.
_CALLS = ("__import__", "__lazy_import__", "compile", "eval", "exec")
_FILTER = "lazy_imports_filter"
_MODULES = re.compile(r"sys\s*\\?\s*\.\s*\\?\s*modules")
_LAZY_MODULES = "__lazy_modules__"
_VIEWS = ("importlib", "pkgutil", "builtins", "runpy")


def import_roots(text: str) -> frozenset[str]:
    """Return the first part of every absolute import in a source text, without parsing it.

    It may return too many (a docstring may look like an import), but never too few.
    """
    if not text.isascii():
        text = normalize("NFKC", text)
    roots: set[str] = set()
    for reading in {text, with_comments_ended(text)}:
        roots.update(FROM.findall(reading))
        roots.update(_imported_plainly(reading))
    return frozenset(roots)


def with_comments_ended(text: str) -> str:
    """Return a text in which no line with a "#" continues in the next: a comment cannot, but a string with "#" may."""
    *parts, last = text.split("\\\n")
    ended = (part + ("\n" if "#" in part[part.rfind("\n") + 1 :] else "\\\n") for part in parts)
    return "".join([*ended, last])


def imports_plainly(text: str, roots: Collection[str]) -> bool:
    """Tell whether a text in ASCII may import one of some roots by an `import` statement."""
    return any(root in roots for root in _imported_plainly(text))


def relative_roots(text: str) -> set[str]:
    """Return the first part of every relative import in a text."""
    return {match[2] for match in _RELATIVE.finditer(text)}


def count_words(text: str, word: str) -> int:
    """Return how often a text in ASCII has a name."""
    return len(re.findall(rf"\b{word}\b", text))


def _imported_plainly(text: str) -> Iterator[str]:
    for match in _IMPORT.finditer(text):
        if not _starts_statement(text, match.start()):
            continue
        for part in match[1].replace("\\\n", " ").replace(".", " ").split(","):
            yield from part.split()[:1]


def _starts_statement(text: str, position: int) -> bool:
    """Tell whether only white space and the word "lazy" are between a position and its statement's start."""
    position = _skip_gap(text, position)
    if text.endswith("lazy", 0, position):
        position = _skip_gap(text, position - 4)
    return not position or text[position - 1] in "\n;:"


def _skip_gap(text: str, position: int) -> int:
    while position and (text[position - 1] in " \t\f" or text[position - 2 : position] == "\\\n"):
        position -= 1 if text[position - 1] in " \t\f" else 2
    return position


def names_lazy_modules(text: str) -> bool:
    """Tell whether a text may say by `__lazy_modules__` which of its imports are lazy (PEP 810)."""
    return _LAZY_MODULES in (text if text.isascii() else normalize("NFKC", text))


def has_calls(text: str) -> bool:
    """Tell whether a text may use a builtin that runs a text or imports by name, or `sys.modules`."""
    if not text.isascii():
        text = normalize("NFKC", text)
    if _FILTER in text or _MODULES.search(text):
        return True
    return any(_has_name(text, word) for word in _CALLS)


def _has_name(text: str, word: str) -> bool:
    """Tell whether a text has a word that is not part of a longer one and does not follow a dot."""
    start = text.find(word)
    while start >= 0:
        end = start + len(word)
        before, after = text[max(0, start - 1) : start], text[end : end + 1]
        if not (before == "." or _continues_name(before) or _continues_name(after)):
            return True
        start = text.find(word, end)
    return False


def _continues_name(character: str) -> bool:
    return character == "_" or character.isalnum()


def needs_parsing(text: str, depth: int) -> bool:
    """Tell whether a text may use what views or calls route, or import from above the pin's root.

    Args:
        text: A source text.
        depth: How many packages deep the module's package is below the pin's root.
    """
    if not text.isascii():
        text = normalize("NFKC", text)
    if any(word in text for word in _VIEWS) or _LAZY_MODULES in text or has_calls(text):
        return True
    return any(match[1].count(".") > depth for match in _RELATIVE.finditer(text))
