"""Scanning: what a source text imports, found without parsing it.

Both answers may say too much (a docstring may look like an import), never too little: a text that is thought to need
no rewriting is compiled as it stands.
"""

from __future__ import annotations

import re
from unicodedata import normalize

_GAP = r"(?:[ \t\f]|\\\n)"
# Marks and the middle dot may continue a name, and are no \w.
_LETTER = r"(?:\w|[^\x00-\x7f])"
_FROM = re.compile(rf"\bfrom{_GAP}+({_LETTER}+)(?:{_GAP}|{_LETTER}|\.)*{_GAP}import\b")
_IMPORT = re.compile(rf"(?:^|[;:]){_GAP}*import{_GAP}+((?:[^\n;#\\]|\\\n)*)", re.MULTILINE)
_RELATIVE = re.compile(rf"\bfrom{_GAP}*((?:\.{_GAP}*)+)")
# After a dot a routed builtin's name is another thing's: `re.compile` stands in every third file.
_SPECIAL = re.compile(r"\b(?:importlib|pkgutil|builtins|runpy)\b|(?<!\.)\b(?:__import__|compile|eval|exec)\b")


def import_roots(text: str) -> frozenset[str]:
    """Return the first part of every absolute import in a source text, found without parsing it.

    It may name too many (a docstring may look like an import), never too few.
    """
    if not text.isascii():
        text = normalize("NFKC", text)
    found = set(_FROM.findall(text))
    for names in _IMPORT.findall(text):
        for part in names.replace("\\\n", " ").replace(".", " ").split(","):
            found.update(part.split()[:1])
    return frozenset(found)


def needs_parsing(text: str, depth: int) -> bool:
    """Tell whether a text may use what is routed by view or call, or climb above the pin's root.

    Args:
        text: A source text.
        depth: How many packages deep the module's own package lies below the pin's root.
    """
    if not text.isascii():
        text = normalize("NFKC", text)
    if _SPECIAL.search(text) is not None:
        return True
    return any(dots.count(".") > depth for dots in _RELATIVE.findall(text))
