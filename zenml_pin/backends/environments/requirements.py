"""requirements*.txt in pip's format: requirements, files that they include, hashes, and options.

    name==1.0 ; marker --hash=sha256:...     a requirement; a backslash continues the line
    -r other.txt, -c other.txt               another file of the commit
    -e ., ./folder                           a folder of the repository: not installed, its own dependencies count
    --index-url, ...                         refused, or followed in a trusted lock

pip demands that a file with hashes lists everything; of another file the rest is chosen when it is installed.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Any

from zenml_pin.backends.environments.lock_file import PROJECT, LockFile
from zenml_pin.backends.environments.pythons import InstalledPython
from zenml_pin.backends.environments.settings import EnvSettings
from zenml_pin.backends.environments.toml_values import table_of, texts_of
from zenml_pin.backends.environments.urls import allowed_url, own_file, own_folder, refuse_expansion
from zenml_pin.backends.environments.uv_lock import check_hashes
from zenml_pin.backends.environments.wanted import Libraries, Wanted, sorted_libraries

_COMMENT = re.compile(r"(^|\s+)#.*$")
_HASH = re.compile(r"\s--hash[=\s]\s*(\S+)")
_OPTION = re.compile(r"(--?[A-Za-z][A-Za-z-]*)(?:\s*=\s*|\s+|(?<=^-[A-Za-z]))?(.*)$")
_NAMED_URL = re.compile(r"[\w.-]+\s*(\[[^\]]*\]\s*)?@")
_INCLUDES, _CONSTRAINTS = ("-r", "--requirement"), ("-c", "--constraint")
_EDITABLE = ("-e", "--editable")
# Without effect here: hashes are checked, and wheels preferred, in any case.
_HARMLESS = ("--require-hashes", "--prefer-binary", "--only-binary", "--use-feature", "--use-pep517")
# Options of pip that a trusted lock may set, and uv's words for them.
_FOLLOWED = {
    "-i": "--default-index",
    "--index-url": "--default-index",
    "--extra-index-url": "--index",
    "-f": "--find-links",
    "--find-links": "--find-links",
    "--no-index": "--no-index",
    "--pre": "--prerelease=allow",
    "--no-binary": "--no-binary",
}
_MAX_FILES = 50


def read_requirements(lock: LockFile, settings: EnvSettings, python: InstalledPython) -> Libraries:
    """Return what a file of requirements asks for in a Python.

    Raises:
        DocumentError: A line is not a requirement, or asks for something that only a trusted lock may ask for.
    """
    reader = RequirementReader(lock, settings, python)
    reader.read(lock.path)
    return reader.libraries()


class RequirementReader:
    """Gathers requirements from files and lists of a commit."""

    def __init__(self, lock: LockFile, settings: EnvSettings, python: InstalledPython) -> None:
        self._lock = lock
        self._settings = settings
        self._markers = python.markers()
        self._wanted: list[Wanted] = []
        self._constraints: list[str] = []
        self._options: list[str] = []
        self._loose = 0
        self._files: set[tuple[str, bool]] = set()

    def libraries(self, note: str = "") -> Libraries:
        """Return all that was gathered.

        Args:
            note: Why it is not locked, where the reader does not know.
        """
        is_locked = bool(self._wanted) and not self._loose and all(item.hashes for item in self._wanted)
        notes = [] if is_locked and not note else [f"not locked: {note or self._why_not()}"]
        return sorted_libraries(
            self._wanted, notes, is_locked=not notes, options=self._options, constraints=self._constraints
        )

    def _why_not(self) -> str:
        count = len(self._wanted)
        if self._loose:
            return f"{self._loose} of {count} requirements of '{self._lock.path}' have no exact version"
        return f"'{self._lock.path}' has no hashes, so it may not list all that its {count} requirements need"

    def read(self, path: str, is_constraint: bool = False) -> None:
        """Add the requirements of a file of the commit."""
        if (path, is_constraint) in self._files or len(self._files) > _MAX_FILES:
            return
        self._files.add((path, is_constraint))
        for number, line in _logical_lines(self._lock.text_of(path)):
            place = LockFile(self._lock.tree, path, self._lock.kind, self._lock.near)
            if line.startswith("-"):
                self._option(place, number, line)
            else:
                self.add(place, number, line, is_constraint)

    def add(self, place: LockFile, number: int, text: str, is_constraint: bool = False) -> None:
        """Add one requirement.

        Args:
            place: The file that states it.
            number: The line.
            text: The requirement, perhaps with hashes.
            is_constraint: Whether it only says which version to take if the distribution is needed.
        """
        refuse_expansion(place, number, text)
        hashes = tuple(_HASH.findall(text))
        bare = _HASH.sub("", text).strip()
        if _is_path(bare):
            self._local(place, number, bare)
            return
        requirement = self._parse(place, number, bare)
        if requirement.marker is not None and not requirement.marker.evaluate({**self._markers, "extra": ""}):
            return
        check_hashes(place, requirement.name, hashes, number)
        if is_constraint:
            self._constraints.append(f"{requirement.name}{requirement.specifier}")
            return
        self._wanted.append(self._item(place, number, requirement, hashes))

    def _parse(self, place: LockFile, number: int, text: str) -> Any:
        from packaging.requirements import InvalidRequirement, Requirement

        try:
            return Requirement(text)
        except InvalidRequirement as error:
            reason = str(error).splitlines()[0]
            raise place.broken(f"'{text[:80]}' is not a requirement: {reason}", number) from error

    def _item(self, place: LockFile, number: int, requirement: Any, hashes: tuple[str, ...]) -> Wanted:
        from packaging.utils import canonicalize_name

        name = canonicalize_name(requirement.name)
        extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
        where = f"{place.label}:{number}"
        if requirement.url is not None:
            url = allowed_url(place, self._settings, number, name, requirement.url)
            return Wanted(name, f"{name}{extras} @ {url}", hashes, where=where)
        if not _is_exact(requirement.specifier):
            self._loose += 1
        return Wanted(name, f"{name}{extras}{requirement.specifier}", hashes, where=where)

    def _option(self, place: LockFile, number: int, line: str) -> None:
        match = _OPTION.match(line)
        name, value = (match[1], match[2].strip()) if match is not None else (line, "")
        refuse_expansion(place, number, line)
        if name in _INCLUDES or name in _CONSTRAINTS:
            self._include(place, number, value, name in _CONSTRAINTS)
        elif name in _EDITABLE:
            self._local(place, number, value)
        elif name not in _HARMLESS:
            self._follow(place, number, name, value)

    def _include(self, place: LockFile, number: int, value: str, is_constraint: bool) -> None:
        inside = own_folder(place, value)
        entry = self._lock.tree.find(inside) if inside is not None else None
        if inside is None or entry is None or not entry.is_file:
            raise place.broken(f"it includes '{value}', which is not a file of the commit", number)
        self.read(inside, is_constraint)

    def _follow(self, place: LockFile, number: int, name: str, value: str) -> None:
        if not self._settings.trust:
            raise place.refused(number, f"{name} {value}".strip(), "is an option")
        option = _FOLLOWED.get(name)
        if option is None or (name == "--no-binary" and not self._settings.build):
            raise place.broken(f"option '{name}' is not followed", number)
        if option in ("--default-index", "--index", "--find-links"):
            value = allowed_url(place, self._settings, number, name, value)
        self._options.append(f"{option}={value}" if value else option)

    def _local(self, place: LockFile, number: int, text: str) -> None:
        """Handle a path: a folder of the repository is not installed; another path is for trusted locks."""
        path, extras = _split_extras(text.removeprefix("file:").partition("#")[0].strip())
        inside = own_folder(place, path)
        entry = self._lock.tree.find(inside) if inside else None
        if inside is not None and (not inside or (entry is not None and not entry.is_file)):
            self.add_project(inside, extras)
            return
        if "://" in text:
            name = text.rpartition("egg=")[2] if "egg=" in text else posixpath.basename(path)
            url = allowed_url(place, self._settings, number, name, text)
            self._wanted.append(Wanted(name, url, where=f"{place.label}:{number}"))
            return
        file = own_file(place, self._settings, number, text, path)
        name = re.split(r"-\d", posixpath.basename(file), maxsplit=1)[0]
        self._wanted.append(
            Wanted(name.lower().replace("_", "-"), name, file=file, where=f"{place.label}:{number}")
        )

    def add_project(self, folder: str, extras: tuple[str, ...]) -> None:
        """Add the dependencies that the pyproject.toml of a folder states; nothing where there is none."""
        path = posixpath.join(folder, PROJECT)
        entry = self._lock.tree.find(path)
        if entry is None or not entry.is_file or (path, False) in self._files:
            return
        self._files.add((path, False))
        place = LockFile(self._lock.tree, path, PROJECT, folder)
        project = place.data().get("project")
        if not isinstance(project, dict):
            return
        optional = table_of(project, "optional-dependencies")
        stated = texts_of(project.get("dependencies"))
        for extra in extras:
            stated += texts_of(optional.get(extra))
        for text in stated:
            self.add(place, place.line_of(text), text)


def _is_path(text: str) -> bool:
    if text.startswith((".", "/", "~", "file:")):
        return True
    return text.endswith((".whl", ".tar.gz", ".zip")) and _NAMED_URL.match(text) is None


def _is_exact(specifiers: Any) -> bool:
    return any(
        item.operator == "===" or (item.operator == "==" and not item.version.endswith(".*"))
        for item in specifiers
    )


def _split_extras(path: str) -> tuple[str, tuple[str, ...]]:
    match = re.match(r"(.*?)\[([^\]]*)\]$", path)
    if match is None:
        return path, ()
    return match[1], tuple(name.strip() for name in match[2].split(",") if name.strip())


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines of a file with their numbers, continued lines as one, without comments."""
    joined, first = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        first = first or number
        line = _COMMENT.sub("", line) if not joined or not line.strip().startswith("#") else ""
        if line.endswith("\\"):
            joined += line[:-1] + " "
            continue
        if complete := (joined + line).strip():
            yield first, complete
        joined, first = "", 0
    if joined.strip():
        yield first, joined.strip()
