"""Requirements of a commit, compared with what is installed here.

    requirements.txt     lines, `-r other.txt` followed inside the commit; URLs and options are passed over
    setup.cfg            [options] install_requires, also `file: other.txt`
    pyproject.toml       [project] dependencies, also setuptools' `dynamic` files

What cannot be read so asks for nothing. Needs the `audit` extra: packaging.
"""

from __future__ import annotations

import codecs
import posixpath
import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib import import_module, metadata
from typing import Any

from zenml_pin.audit.report import RequirementReport
from zenml_pin.errors import LimitError, MissingExtraError
from zenml_pin.git.objects.commit_files import CommitTree

_FILES = ("requirements.txt", "setup.cfg", "pyproject.toml")
# A file may include itself.
_MAX_INCLUDED = 20
_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_COMMENT = re.compile(r"(^|\s+)#.*$")
_INCLUDE = re.compile(r"(?:-r\s*|--requirement(?:\s+|=))(.+)")


class Requirements:
    """Compares requirements; those of one set of files once, however many commits have them.

    Raises:
        MissingExtraError: What it needs is not installed.
    """

    def __init__(self) -> None:
        try:
            self._parse = import_module("packaging.requirements").Requirement
        except ModuleNotFoundError as error:
            raise MissingExtraError("requirements were not compared", error.name or "", "audit") from error
        self._held: dict[tuple[str, ...], tuple[RequirementReport, ...]] = {}
        self._including: set[tuple[str, ...]] = set()

    def unmet(self, tree: CommitTree) -> tuple[RequirementReport, ...]:
        """Return the requirements of a commit that what is installed does not fit, in the order of its files."""
        entries = [tree.find(path) for path in _FILES]
        key = tuple(entry.id if entry is not None else "" for entry in entries)
        if key not in self._held or key in self._including:
            read: list[str] = []
            self._held[key] = tuple(self._compare(tree, read))
            # What these files include is not in the key.
            if not set(read) <= set(_FILES):
                self._including.add(key)
        return self._held[key]

    @staticmethod
    def describe(unmet: tuple[RequirementReport, ...]) -> str:
        """Say in one line what does not fit: the first few, and how many more."""
        parts = [
            f"'{held.requirement}' ({held.file}), installed is {held.installed or 'none'}"
            for held in unmet[:3]
        ]
        more = f" and {len(unmet) - 3} more" if len(unmet) > 3 else ""
        return f"the commit asks for {', '.join(parts)}{more}"

    def _compare(self, tree: CommitTree, read: list[str]) -> Iterator[RequirementReport]:
        seen = set()
        for file, text in self._stated(tree, read):
            try:
                wanted = self._parse(text)
                applies = wanted.marker is None or wanted.marker.evaluate({"extra": ""})
            except Exception:
                # What is no requirement by its grammar, pip's options among it, asks for nothing that can be compared.
                continue
            version = installed(wanted.name)
            fits = version is not None and wanted.specifier.contains(version, prereleases=True)
            if applies and not fits and wanted.url is None and str(wanted) not in seen:
                seen.add(str(wanted))
                yield RequirementReport(file, str(wanted), version)

    def _stated(self, tree: CommitTree, read: list[str]) -> Iterator[tuple[str, str]]:
        yield from _of_text(tree, "requirements.txt", read)
        yield from _of_setup(tree, "setup.cfg", read)
        yield from self._of_project(tree, "pyproject.toml", read)

    def _of_project(self, tree: CommitTree, path: str, read: list[str]) -> Iterator[tuple[str, str]]:
        try:
            data = tomllib.loads(_text(tree, path))
        except (ValueError, RecursionError):
            return
        stated = _at(data, "project", "dependencies")
        yield from ((path, item) for item in _texts(stated))
        for file in _texts(_at(data, "tool", "setuptools", "dynamic", "dependencies", "file")):
            yield from _of_text(tree, file, read)


@lru_cache(maxsize=4096)
def installed(name: str) -> str | None:
    """Return the version of an installed distribution; None where there is none."""
    try:
        return metadata.version(name)
    except (metadata.PackageNotFoundError, ValueError):
        return None


def _of_text(tree: CommitTree, path: str, read: list[str]) -> Iterator[tuple[str, str]]:
    path = posixpath.normpath(path)
    if path in read or len(read) >= _MAX_INCLUDED:
        return
    read.append(path)
    for line in re.sub(r"\\\r?\n", "", _text(tree, path)).splitlines():
        text = _COMMENT.sub("", line).strip()
        include = _INCLUDE.match(text)
        if include is not None:
            yield from _of_text(tree, posixpath.join(posixpath.dirname(path), include[1].strip()), read)
        elif text and not text.startswith("-"):
            yield path, text.partition(" --")[0].strip()


def _of_setup(tree: CommitTree, path: str, read: list[str]) -> Iterator[tuple[str, str]]:
    from configparser import Error, RawConfigParser

    parser = RawConfigParser(strict=False)
    try:
        parser.read_string(_text(tree, path))
    except Error:
        return
    value = parser.get("options", "install_requires", fallback="").strip()
    if value.startswith("file:"):
        for file in re.split(r"[,\n]", value.removeprefix("file:")):
            yield from _of_text(tree, file.strip(), read)
    else:
        yield from ((path, line.strip()) for line in value.splitlines() if line.strip())


def _at(value: Any, *keys: str) -> Any:
    """Return what lies below some keys; None where that is nothing."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _texts(value: Any) -> Iterable[str]:
    """Return the texts of a list, or a text alone."""
    return [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str)]


def _text(tree: CommitTree, path: str) -> str:
    """Return a file as pip decodes it; nothing for one that is not there, or too long."""
    entry = tree.find(path)
    try:
        data = tree.read(path) if entry is not None and entry.is_file else b""
    except LimitError:
        return ""
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            return data.removeprefix(mark).decode(encoding, "replace")
    return data.decode("utf-8", "replace")
