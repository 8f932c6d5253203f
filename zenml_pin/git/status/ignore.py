"""Which untracked paths git ignores.

The first of these files with a matching pattern decides, by its last matching pattern:

    .gitignore of the path's folder, of the folder above, ... of the root, info/exclude, core.excludesFile

Below an ignored folder everything is ignored; no pattern can reverse that.

Sources: gitignore(5).
"""

from __future__ import annotations

from zenml_pin.git.wildmatch import Pattern

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class Ignore:
    """The ignore rules of a worktree. The `.gitignore` of a folder is read when it is needed.

    Args:
        read: Returns the text of a folder's `.gitignore`, or None.
        shared: The texts of info/exclude and of core.excludesFile, the stronger first.
        ignore_case: The value of core.ignoreCase.
    """

    def __init__(
        self, read: Callable[[bytes], bytes | None], shared: list[bytes], ignore_case: bool = False
    ) -> None:
        self._read = read
        self._ignore_case = ignore_case
        self._shared = [parse_ignore(text, ignore_case) for text in shared]
        self._patterns: dict[bytes, list[Pattern]] = {}
        self._folders: dict[bytes, bool] = {b"": False}

    def ignores(self, path: bytes, is_folder: bool) -> bool:
        """Tell whether a path, relative to the root, is ignored. A link to a folder is not a folder."""
        if is_folder:
            return self._ignores_folder(path)
        return self._ignores_folder(_parent(path)) or self._decides(path, False)

    def _ignores_folder(self, path: bytes) -> bool:
        known = self._folders.get(path)
        if known is None:
            known = self._ignores_folder(_parent(path)) or self._decides(path, True)
            self._folders[path] = known
        return known

    def _decides(self, path: bytes, is_folder: bool) -> bool:
        folder = path
        while folder:
            folder = _parent(folder)
            below = path[len(folder) + 1 :] if folder else path
            verdict = _last_match(self._patterns_of(folder), below, is_folder)
            if verdict is not None:
                return verdict
        verdicts = (_last_match(patterns, path, is_folder) for patterns in self._shared)
        return next((verdict for verdict in verdicts if verdict is not None), False)

    def _patterns_of(self, folder: bytes) -> list[Pattern]:
        patterns = self._patterns.get(folder)
        if patterns is None:
            patterns = parse_ignore(self._read(folder) or b"", self._ignore_case)
            self._patterns[folder] = patterns
        return patterns


def parse_ignore(text: bytes, ignore_case: bool = False) -> list[Pattern]:
    """Return the patterns of an ignore file, in its order."""
    lines = text.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    patterns = (_pattern_text(line) for line in lines)
    return [Pattern(pattern, ignore_case) for pattern in patterns if pattern]


def _pattern_text(line: bytes) -> bytes:
    """Return a line's pattern without comment, line ending and trailing spaces; an escaped space stays."""
    if line.startswith(b"#"):
        return b""
    line = line.removesuffix(b"\r").partition(b"\0")[0]
    kept = position = 0
    while position < len(line):
        step = 2 if line[position] == 0x5C else 1
        if step == 2 and position + 1 == len(line):
            return line
        if line[position] != 0x20:
            kept = position + step
        position += step
    return line[:kept]


def _last_match(patterns: list[Pattern], path: bytes, is_folder: bool) -> bool | None:
    for pattern in reversed(patterns):
        if pattern.matches(path, is_folder):
            return not pattern.negated
    return None


def _parent(path: bytes) -> bytes:
    return path[: max(0, path.rfind(b"/"))]
