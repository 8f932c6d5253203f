"""git's path patterns, as in ignore files, attributes files and conditions of settings.

    pattern = ["!"] body ["/"]       "!" reverses the pattern, a last "/" means folders only

A body without a slash matches names in any folder below; one with a slash matches paths relative to its file's folder.

Sources: gitignore(5) "PATTERN FORMAT", gitattributes(5).
"""

from __future__ import annotations

import os
import re

from dulwich.wildmatch import MalformedPattern, translate

from zenml_pin.errors import UnsupportedError

_STAR = b"[^/]*"
_FOLDERS = b"(?:[^/]+/)*"
_MAX_FOLDERS = 3
_BRACKET = re.compile(rb"\[\^/")


def compile_path(body: bytes, ignore_case: bool = False) -> re.Pattern[bytes] | None:
    """Return a matcher of whole paths, or None for a pattern that never matches in git.

    Raises:
        UnsupportedError: The pattern has so many `**` that matching would take too long.
    """
    if _ends_in_lone_backslash(body):
        return None
    try:
        grammar = translate(body)
        if grammar.count(_FOLDERS) + grammar.count(b".*") > _MAX_FOLDERS:
            raise UnsupportedError(f"the pattern '{os.fsdecode(body)}' has too many '**'")
        return re.compile(_without_retries(grammar), re.DOTALL | (re.IGNORECASE if ignore_case else 0))
    except (MalformedPattern, re.error):
        return None


def _without_retries(grammar: bytes) -> bytes:
    """Return a regular expression in which only the last star of each name is retried at other positions.

    The text between two stars of a name can always match at its first position, so other positions need not be tried:
    with retries, eight stars over a name of sixty letters take hours.
    """
    first, *parts = grammar.split(_STAR)
    pieces = [first]
    for number, part in enumerate(parts):
        if b"/" in _BRACKET.sub(b"", part) or number + 1 == len(parts):
            pieces.append(_STAR + part)
        else:
            # A group in a lookahead and a reference to it, which together are never retried.
            pieces.append(b"(?=(?P<s%d>[^/]*?%b))(?P=s%d)" % (number, part, number))
    return b"".join(pieces)


def _ends_in_lone_backslash(body: bytes) -> bool:
    return (len(body) - len(body.rstrip(b"\\"))) % 2 == 1


class Pattern:
    """One pattern of an ignore or attributes file.

    Args:
        text: The pattern, without line ending and trailing spaces.
        ignore_case: The value of core.ignoreCase.
    """

    def __init__(self, text: bytes, ignore_case: bool = False) -> None:
        self.negated = text.startswith(b"!")
        body = text[1:] if self.negated else text
        self.folders_only = body.endswith(b"/")
        body = body[:-1] if self.folders_only else body
        self._by_name = b"/" not in body
        self._matcher = compile_path(body.removeprefix(b"/"), ignore_case) if body else None

    def matches(self, path: bytes, is_folder: bool) -> bool:
        """Tell whether the pattern matches a path relative to the folder of its file."""
        if self._matcher is None or (self.folders_only and not is_folder):
            return False
        subject = path[path.rfind(b"/") + 1 :] if self._by_name else path
        return self._matcher.fullmatch(subject) is not None
