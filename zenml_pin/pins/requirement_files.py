"""The requirements files of a commit, and the requirements in them, line by line.

    requirements.txt     lines; `-r other.txt` is followed in the commit; options are left out, URLs are not compared
    setup.cfg            [options] install_requires, also `file: other.txt`
    pyproject.toml       [project] dependencies, also setuptools' `dynamic` files
    setup.py             is never run: a line counts if it looks like a requirement

A requirement is a text here, not parsed: the base install has no `packaging`. An unreadable file has no requirements.
"""

from __future__ import annotations

import codecs
import posixpath
import re

from zenml_pin.errors import LimitError, ObjectNotFoundError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from zenml_pin.git.objects.commit_files import Tree

    # A file and a text in it.
    Stated = tuple[str, str]

# The files that state requirements exactly, so that they can be compared.
FILES = ("requirements.txt", "setup.cfg", "pyproject.toml")
_PROGRAM = "setup.py"
# A file may include itself.
_MAX_INCLUDED = 20
_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_COMMENT = re.compile(r"(^|\s+)#.*$")
_INCLUDE = re.compile(r"(?:-r\s*|--requirement(?:\s+|=))(.+)")


class RequirementFiles:
    """The requirements files of one commit.

    Args:
        tree: The commit's files.

    Attributes:
        included: The files in pip's format that were read until now, in order.
    """

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self.included: list[str] = []

    def stated(self) -> Iterator[Stated]:
        """Yield (file, requirement) for each requirement that the files state, in their order.

        Raises:
            ObjectNotFoundError: A file's content is missing, as in a partial clone.
        """
        yield from self._of_pip("requirements.txt")
        yield from self._of_setup("setup.cfg")
        yield from self._of_project("pyproject.toml")

    def mentioned(self) -> Iterator[Stated]:
        """Yield (file, text) for each line that may name a requirement, also in extras and in setup.py.

        A file whose content is missing counts as empty.
        """
        for path in (*FILES, _PROGRAM):
            try:
                yield from self._of_pip(path) if path.endswith(".txt") else self._lines(path)
            except ObjectNotFoundError:
                continue

    def _lines(self, path: str) -> Iterator[Stated]:
        return ((path, line) for line in self._text(path).splitlines())

    def _of_pip(self, path: str) -> Iterator[Stated]:
        path = posixpath.normpath(path)
        if path in self.included or len(self.included) >= _MAX_INCLUDED:
            return
        self.included.append(path)
        for line in re.sub(r"\\\r?\n", "", self._text(path)).splitlines():
            text = _COMMENT.sub("", line).strip()
            include = _INCLUDE.match(text)
            if include is not None:
                yield from self._of_pip(posixpath.join(posixpath.dirname(path), include[1].strip()))
            elif text and not text.startswith("-"):
                yield path, text.partition(" --")[0].strip()

    def _of_setup(self, path: str) -> Iterator[Stated]:
        from configparser import Error, RawConfigParser

        parser = RawConfigParser(strict=False)
        try:
            parser.read_string(self._text(path))
        except Error:
            return
        value = parser.get("options", "install_requires", fallback="").strip()
        if value.startswith("file:"):
            for file in re.split(r"[,\n]", value.removeprefix("file:")):
                yield from self._of_pip(file.strip())
        else:
            yield from ((path, line.strip()) for line in value.splitlines() if line.strip())

    def _of_project(self, path: str) -> Iterator[Stated]:
        import tomllib

        try:
            data = tomllib.loads(self._text(path))
        except (ValueError, RecursionError):
            return
        yield from ((path, text) for text in _texts(_at(data, "project", "dependencies")))
        for file in _texts(_at(data, "tool", "setuptools", "dynamic", "dependencies", "file")):
            yield from self._of_pip(file)

    def _text(self, path: str) -> str:
        """Return a file's text as pip decodes it; "" for a file that is absent or too long."""
        entry = self._tree.find(path)
        try:
            data = self._tree.read(path) if entry is not None and entry.is_file else b""
        except LimitError:
            return ""
        for mark, encoding in _MARKS.items():
            if data.startswith(mark):
                return data.removeprefix(mark).decode(encoding, "replace")
        return data.decode("utf-8", "replace")


def _at(value: Any, *keys: str) -> Any:
    """Return the value at a path of keys; None where there is none."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _texts(value: Any) -> Iterable[str]:
    """Return the texts of a list; a single text counts as a list of one."""
    return [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str)]
