"""git's path patterns as ignore files, attributes files and conditions have them.

    pattern = ["!"] body ["/"]       "!" takes back, a last "/" means folders only

A body without a slash is for names in any folder below; one with a slash is for paths from its own folder on.

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
    """Return a matcher of whole paths, or None where git's own never matches anything.

    Raises:
        UnsupportedError: The pattern has more `**` than could be tried in reasonable time.
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
    """Return a regular expression whose stars try no second place, but for the last of each name.

    What stands between two stars of a name matches best at its first place, so no other needs to be tried:
    with retries, eight stars over a name of sixty letters take hours.
    """
    first, *parts = grammar.split(_STAR)
    found = [first]
    for number, part in enumerate(parts):
        if b"/" in _BRACKET.sub(b"", part) or number + 1 == len(parts):
            found.append(_STAR + part)
        else:
            # Python has atomic groups from 3.11 on; a group seen ahead and then repeated is one too.
            found.append(b"(?=(?P<s%d>[^/]*?%b))(?P=s%d)" % (number, part, number))
    return b"".join(found)


def _ends_in_lone_backslash(body: bytes) -> bool:
    return (len(body) - len(body.rstrip(b"\\"))) % 2 == 1


class Pattern:
    """One pattern of an ignore or attributes file.

    Args:
        text: The pattern, line endings and trailing spaces gone.
        ignore_case: As core.ignoreCase says.
    """

    def __init__(self, text: bytes, ignore_case: bool = False) -> None:
        self.negated = text.startswith(b"!")
        body = text[1:] if self.negated else text
        self.folders_only = body.endswith(b"/")
        body = body[:-1] if self.folders_only else body
        self._by_name = b"/" not in body
        self._matcher = compile_path(body.removeprefix(b"/"), ignore_case) if body else None

    def matches(self, path: bytes, is_folder: bool) -> bool:
        """Tell whether the pattern names a path, which is relative to the pattern's own folder."""
        if self._matcher is None or (self.folders_only and not is_folder):
            return False
        subject = path[path.rfind(b"/") + 1 :] if self._by_name else path
        return self._matcher.fullmatch(subject) is not None
