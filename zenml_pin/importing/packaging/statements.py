"""A statement of a packaging file: a folder from which modules are named, and where that is written."""

from __future__ import annotations

import posixpath

from zenml_pin.base.values import Value
from zenml_pin.errors import UnsupportedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Statement(Value):
    """A folder, relative to the file's own folder, as it is written.

    Args:
        folder: The folder.
        line: Its line in the file; 0 where nothing is written, because it is the tool's default.
    """

    folder: str
    line: int = 0


def resolve(statements: Iterable[Statement], path: str) -> Iterator[str]:
    """Yield the folders of statements as paths from the repository root; "" for the root itself.

    Args:
        statements: Those of one file.
        path: The file.

    Raises:
        UnsupportedError: A folder is outside the repository; the message has path and line.
    """
    base = posixpath.dirname(path)
    for statement in statements:
        folder = posixpath.normpath(posixpath.join(base, statement.folder or "."))
        if folder.startswith(("/", "../")) or folder == "..":
            raise UnsupportedError(
                f"'{path}', line {statement.line}: the source root '{statement.folder}' is outside the repository",
                "name the roots of this commit with source_roots=[...], or --source-root FOLDER",
            )
        yield "" if folder == "." else folder


def above(folder: str, package: str) -> str | None:
    """Return the folder that contains a package, given the package's own folder; None if that has another name.

    >>> above("lib/a/b", "a.b"), above("lib", "mypkg")
    ('lib', None)
    """
    path, below = posixpath.normpath(folder or "."), package.replace(".", "/")
    if not below:
        return folder
    if path == below:
        return "."
    return path[: -len(below) - 1] if path.endswith(f"/{below}") else None


def line_of(text: str, *words: str) -> int:
    """Return the first line that has all of some words, from 1; else the first that has the last word; else 1."""
    lines = text.split("\n")
    for wanted in (words, words[-1:]):
        for number, line in enumerate(lines, 1):
            if all(word in line for word in wanted):
                return number
    return 1
