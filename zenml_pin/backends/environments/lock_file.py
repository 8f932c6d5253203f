"""LockFile: the file of a commit that states the libraries of a class.

    uv.lock, pylock.toml, requirements*.txt    in the class's folder, else in the folder above, up to the root
    pyproject.toml                             the same way, where there is none of these: not locked

Files are read from the commit, with our own readers.
"""

from __future__ import annotations

import fnmatch
import posixpath
import re
import tomllib
from typing import Any

import attrs

from zenml_pin.errors import BackendError, DocumentError
from zenml_pin.git.objects.commit_files import CommitTree

UV, PYLOCK, REQUIREMENTS, PROJECT = "uv.lock", "pylock.toml", "requirements.txt", "pyproject.toml"
_MARK = "\ufeff"
_AT = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")


@attrs.frozen
class LockFile:
    """A file that states libraries.

    Attributes:
        tree: The commit's files.
        path: Its path in the commit.
        kind: "uv.lock", "pylock.toml", "requirements.txt" or "pyproject.toml".
        near: The folder of the class that it was found for.
    """

    tree: CommitTree
    path: str
    kind: str
    near: str = ""

    @property
    def folder(self) -> str:
        """The folder that it is in."""
        return posixpath.dirname(self.path)

    @property
    def label(self) -> str:
        """Its name in messages."""
        return f"{self.path}@{self.tree.commit_id[:8]}"

    @property
    def text(self) -> str:
        """Its content.

        Raises:
            DocumentError: It is not UTF-8.
        """
        return self.text_of(self.path)

    def text_of(self, path: str) -> str:
        """Return the content of another file of the commit."""
        try:
            return self.tree.read(path).decode("utf-8").removeprefix(_MARK)
        except UnicodeDecodeError as error:
            raise DocumentError(
                f"it is not UTF-8: {error.reason}", path=f"{path}@{self.tree.commit_id[:8]}"
            ) from error

    def data(self) -> dict[str, Any]:
        """Return the content of a TOML file.

        Raises:
            DocumentError: It is not TOML; the error has line and column.
        """
        return self.data_of(self.path)

    def data_of(self, path: str) -> dict[str, Any]:
        """Return the content of another TOML file of the commit."""
        text = self.text_of(path)
        try:
            return tomllib.loads(text)
        except (ValueError, RecursionError) as error:
            match = _AT.search(str(error))
            line, column = (int(match[1]), int(match[2])) if match and match[1] else (text.count("\n") + 1, 1)
            raise DocumentError(
                f"it is not TOML: {_AT.sub('', str(error)) or 'it nests too deep'}",
                path=f"{path}@{self.tree.commit_id[:8]}",
                line=line,
                column=column,
                hint="this is what the commit has: use another lock of it with --env-lock",
            ) from error

    def line_of(self, text: str) -> int:
        """Return the first line that contains a text; 1 where none does."""
        lines = self.text.splitlines()
        return next((number for number, line in enumerate(lines, 1) if text in line), 1)

    def broken(self, reason: str, line: int = 1) -> DocumentError:
        """Return an error that names the file and a line."""
        return DocumentError(reason, path=self.label, line=line, column=1)

    def refused(self, line: int, subject: str, what: str) -> DocumentError:
        """Return an error for something that only a trusted lock may ask for."""
        return DocumentError(
            f"'{subject}' {what}, which is refused",
            path=self.label,
            line=line,
            column=1,
            hint="a lock is a stranger's text: read it, and then allow it with --env-trust",
        )


def find_lock(tree: CommitTree, folder: str, given: str | None = None) -> LockFile:
    """Return the file that states the libraries of a class.

    Args:
        tree: The commit's files.
        folder: The class's folder.
        given: The path of the file, if a caller chose one.

    Raises:
        BackendError: The commit has none, or a folder has several and none of them is the usual one.
    """
    if given is not None:
        return _given_lock(tree, folder, posixpath.normpath(given))
    above = list(_upward(folder))
    for place in above:
        if (path := _lock_in(tree, place)) is not None:
            return LockFile(tree, path, _kind_of(path), folder)
    for place in above:
        path = posixpath.join(place, PROJECT)
        if _is_file(tree, path):
            return LockFile(tree, path, PROJECT, folder)
    raise BackendError(
        f"commit {tree.commit_id} states no libraries for '{folder or '.'}': no uv.lock, pylock.toml, "
        "requirements.txt or pyproject.toml in this folder or above",
        "commit a lock, or run it without --env",
    )


def lines_of_tables(text: str, header: str) -> list[int]:
    """Return the lines on which the tables of an array begin: TOML readers do not tell."""
    wanted = re.compile(rf"\s*\[\[\s*{header}\s*\]\]")
    return [number for number, line in enumerate(text.splitlines(), 1) if wanted.match(line)]


def _given_lock(tree: CommitTree, folder: str, path: str) -> LockFile:
    if not _is_file(tree, path):
        raise BackendError(f"commit {tree.commit_id} has no file '{path}'", "give a path from the root")
    kind = _kind_of(path)
    if not kind:
        raise BackendError(
            f"'{path}' is not a kind of lock that is read here",
            "name a uv.lock, a pylock.toml, a .txt file in pip's format or a pyproject.toml",
        )
    return LockFile(tree, path, kind, folder)


def _kind_of(path: str) -> str:
    name = posixpath.basename(path)
    if name in (UV, PROJECT):
        return name
    if fnmatch.fnmatchcase(name, "pylock.*toml"):
        return PYLOCK
    return REQUIREMENTS if name.endswith(".txt") else ""


def _lock_in(tree: CommitTree, folder: str) -> str | None:
    names = sorted(tree.names(folder))
    for choices in (
        [UV],
        [PYLOCK, *fnmatch.filter(names, "pylock.*.toml")],
        [REQUIREMENTS, *fnmatch.filter(names, "requirements*.txt")],
    ):
        paths = [
            path for name in dict.fromkeys(choices) if _is_file(tree, path := posixpath.join(folder, name))
        ]
        usual = posixpath.join(folder, choices[0])
        if usual in paths or len(paths) == 1:
            return usual if usual in paths else paths[0]
        if paths:
            listed = ", ".join(f"'{path}'" for path in paths[:5])
            raise BackendError(
                f"commit {tree.commit_id} has {len(paths)} files of libraries in one folder: {listed}",
                "choose one with --env-lock",
            )
    return None


def _is_file(tree: CommitTree, path: str) -> bool:
    entry = tree.find(path)
    return entry is not None and entry.is_file


def _upward(folder: str) -> list[str]:
    folders = [folder]
    while folder:
        folder = posixpath.dirname(folder)
        folders.append(folder)
    return folders
