"""Requirements of a commit, compared with what is installed here.

    requirements.txt     lines, `-r other.txt` followed inside the commit; URLs and options are passed over
    setup.cfg            [options] install_requires
    pyproject.toml       [project] dependencies

Needs the `audit` extra: packaging, and tomli before Python 3.11.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from functools import lru_cache
from importlib import import_module, metadata
from typing import Any

from zenml_pin.audit.report import RequirementReport
from zenml_pin.git.snapshot import CommitTree

MISSING_EXTRA = "requirements were not compared: install zenml_pin[audit]"
_FILES = ("requirements.txt", "setup.cfg", "pyproject.toml")
# A file may include itself.
_MAX_INCLUDED = 20


class Requirements:
    """Compares requirements; those of one set of files once, however many commits have them.

    Raises:
        ImportError: The extra is not installed.
    """

    def __init__(self) -> None:
        self._parse = import_module("packaging.requirements").Requirement
        self._toml: Any = _toml()
        self._held: dict[tuple[str, ...], tuple[RequirementReport, ...]] = {}
        self._including: set[str] = set()

    def unmet(self, tree: CommitTree) -> tuple[RequirementReport, ...]:
        """Return the requirements of a commit that what is installed does not fit, in the order of its files."""
        entries = [tree.find(path) for path in _FILES]
        key = tuple(entry.id if entry is not None else "" for entry in entries)
        # What requirements.txt includes is not in the key.
        if key not in self._held or key[0] in self._including:
            self._held[key] = tuple(self._compare(tree))
            if self._includes(tree):
                self._including.add(key[0])
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

    def _includes(self, tree: CommitTree) -> bool:
        return any(line.startswith(("-r", "--requirement")) for line in _lines(tree, _FILES[0]))

    def _compare(self, tree: CommitTree) -> Iterator[RequirementReport]:
        seen = set()
        for file, text in self._stated(tree):
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

    def _stated(self, tree: CommitTree) -> Iterator[tuple[str, str]]:
        yield from _of_text(tree, "requirements.txt", [])
        yield from _of_setup(tree, "setup.cfg")
        yield from self._of_project(tree, "pyproject.toml")

    def _of_project(self, tree: CommitTree, path: str) -> Iterator[tuple[str, str]]:
        try:
            data = self._toml.loads("\n".join(_lines(tree, path)))
        except ValueError:
            return
        project = data.get("project")
        held = project.get("dependencies") if isinstance(project, dict) else None
        for item in held if isinstance(held, list) else ():
            yield path, str(item)


@lru_cache(maxsize=4096)
def installed(name: str) -> str | None:
    """Return the version of an installed distribution; None where there is none."""
    try:
        return metadata.version(name)
    except (metadata.PackageNotFoundError, ValueError):
        return None


def _of_text(tree: CommitTree, path: str, seen: list[str]) -> Iterator[tuple[str, str]]:
    if path in seen or len(seen) >= _MAX_INCLUDED:
        return
    seen.append(path)
    for line in _lines(tree, path):
        text = line.partition(" #")[0].partition(" --hash")[0].strip().rstrip("\\").strip()
        option, _, value = text.partition(" ") if text.startswith("-") else ("", "", "")
        if option in ("-r", "--requirement"):
            yield from _of_text(
                tree, posixpath.normpath(posixpath.join(posixpath.dirname(path), value.strip())), seen
            )
        elif text and not text.startswith(("-", "#")):
            yield path, text


def _of_setup(tree: CommitTree, path: str) -> Iterator[tuple[str, str]]:
    from configparser import Error, RawConfigParser

    parser = RawConfigParser(strict=False)
    try:
        parser.read_string("\n".join(_lines(tree, path)))
    except Error:
        return
    for line in parser.get("options", "install_requires", fallback="").splitlines():
        if line.strip():
            yield path, line.strip()


def _lines(tree: CommitTree, path: str) -> list[str]:
    entry = tree.find(path)
    if entry is None or not entry.is_file:
        return []
    return tree.read(path).decode("utf-8", "replace").splitlines()


def _toml() -> Any:
    try:
        return import_module("tomllib")
    except ImportError:
        return import_module("tomli")
