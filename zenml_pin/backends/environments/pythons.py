"""The Pythons of this machine, and those of them that a commit can run in.

A commit says which Python it needs by `requires-python` and by `.python-version`. None is downloaded.
"""

from __future__ import annotations

import json
import platform
import posixpath
import re
import sys
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import attrs

from zenml_pin.backends.environments.lock_file import LockFile
from zenml_pin.backends.environments.settings import EnvSettings
from zenml_pin.backends.environments.uv import run_uv
from zenml_pin.errors import BackendError

# The oldest that this package runs in.
_OLDEST = (3, 11)
_VERSION_FILE = ".python-version"
_VERSION = re.compile(r"(?:cpython|python)?[-@]?(\d+)\.(\d+)(\.\d+)?$")
_RELEASES = [f"3.{minor}.{patch}" for minor in range(_OLDEST[1], 200) for patch in range(30)]


@attrs.frozen
class InstalledPython:
    """A CPython of this machine.

    Attributes:
        executable: Its path.
        version: Its full version, such as "3.11.7".
    """

    executable: str
    version: str

    @property
    def parts(self) -> tuple[int, ...]:
        """Its version as numbers."""
        return tuple(int(part) for part in re.findall(r"\d+", self.version)[:3])

    @property
    def minor(self) -> str:
        """Its version without the last number, such as "3.11"."""
        return ".".join(map(str, self.parts[:2]))

    def markers(self) -> dict[str, Any]:
        """Return the values of environment markers in it."""
        from packaging.markers import default_environment

        own = {"python_version": self.minor, "python_full_version": self.version}
        return {**default_environment(), **own, "implementation_version": self.version}

    def tags(self) -> list[Any]:
        """Return the tags of the wheels that it can use, best first."""
        from packaging.tags import compatible_tags, cpython_tags

        interpreter = f"cp{self.parts[0]}{self.parts[1]}"
        return [
            *cpython_tags(self.parts[:2], abis=[interpreter]),
            *compatible_tags(self.parts[:2], interpreter),
        ]

    def can_use(self, wheels: tuple[str, ...]) -> bool:
        """Tell whether it can use one of some wheels, given by their files' names."""
        from packaging.utils import InvalidWheelFilename, parse_wheel_filename

        tags = frozenset(self.tags())
        for name in wheels:
            try:
                if not tags.isdisjoint(parse_wheel_filename(name)[3]):
                    return True
            except InvalidWheelFilename:
                continue
        return False


def fitting_pythons(lock: LockFile, settings: EnvSettings, requires: str | None) -> Iterator[InstalledPython]:
    """Yield the Pythons that a commit allows: this process's first, then the newest first.

    Args:
        lock: The file that states the libraries.
        settings: May name the version.
        requires: The value of `requires-python` in it.

    Raises:
        BackendError: The commit needs a Python that is too old for this package, or that is not installed.
        DocumentError: `requires-python` is not a specifier.
    """
    version, where = settings.python, "--env-python"
    if version is None:
        version, where = _version_file(lock)
    if version is not None:
        _refuse_old(version, where, lock)
    fitting = [python for python in _pythons() if version is None or _is_of(python, version)]
    if not fitting:
        raise _not_installed(f"Python {version}", where, lock)
    if requires is not None and settings.python is None:
        fitting = _allowed(fitting, requires, lock)
    yield from fitting


def _allowed(pythons: list[InstalledPython], requires: str, lock: LockFile) -> list[InstalledPython]:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        specifiers = SpecifierSet(requires)
    except InvalidSpecifier as error:
        raise lock.broken(f"requires-python = '{requires}' is not a list of versions") from error
    fitting = [python for python in pythons if specifiers.contains(python.version, prereleases=True)]
    if fitting:
        return fitting
    if not any(map(specifiers.contains, _RELEASES)):
        raise _too_old(f"Python {requires}", "requires-python", lock)
    raise _not_installed(f"Python {requires}", "requires-python", lock)


def _refuse_old(version: str, where: str, lock: LockFile) -> None:
    match = _VERSION.match(version)
    if match is None:
        raise BackendError(f"'{version}' ({where}) is not a version of CPython", "give one such as 3.11")
    if (int(match[1]), int(match[2])) < _OLDEST:
        raise _too_old(f"Python {version}", where, lock)


def _is_of(python: InstalledPython, version: str) -> bool:
    match = _VERSION.match(version)
    assert match is not None
    if python.parts[:2] != (int(match[1]), int(match[2])):
        return False
    return match[3] is None or python.parts[2] == int(match[3][1:])


def _version_file(lock: LockFile) -> tuple[str | None, str]:
    """Return the version in the nearest `.python-version` of the commit, and the file's path."""
    folder = lock.near
    while True:
        path = posixpath.join(folder, _VERSION_FILE)
        entry = lock.tree.find(path)
        if entry is not None and entry.is_file:
            lines = [line.strip() for line in lock.text_of(path).splitlines()]
            return next((line for line in lines if line and not line.startswith("#")), None), path
        if not folder:
            return None, ""
        folder = posixpath.dirname(folder)


def _too_old(what: str, where: str, lock: LockFile) -> BackendError:
    return BackendError(
        f"commit {lock.tree.commit_id} needs {what} ({where}), and zenml_pin needs "
        f"Python {'.'.join(map(str, _OLDEST))} or later",
        "--env-python 3.11 tries another one; results may differ",
    )


def _not_installed(what: str, where: str, lock: LockFile) -> BackendError:
    here = ", ".join(python.version for python in _pythons()) or "none"
    return BackendError(
        f"commit {lock.tree.commit_id} needs {what} ({where}), which is not installed: here are {here}",
        "install it, since no Python is downloaded; or try another one with --env-python",
    )


@lru_cache(maxsize=1)
def _pythons() -> list[InstalledPython]:
    """Return the Pythons of this machine, one a version: this process's first, then the newest first."""
    base = getattr(sys, "_base_executable", "") or sys.executable
    here = InstalledPython(base, platform.python_version())
    pythons = {here.version: here} if sys.implementation.name == "cpython" else {}
    for entry in _listed():
        python = InstalledPython(str(entry.get("path")), str(entry.get("version")))
        is_usual = entry.get("implementation") == "cpython" and entry.get("variant", "default") == "default"
        if is_usual and entry.get("arch") == _arch() and python.parts[:2] >= _OLDEST:
            pythons.setdefault(python.version, python)
    return sorted(pythons.values(), key=lambda python: (python is here, python.parts), reverse=True)


def _listed() -> list[dict[str, Any]]:
    done = run_uv(["python", "list", "--only-installed", "--output-format", "json"], offline=True)
    try:
        entries = json.loads(done.stdout)
    except ValueError:
        return []
    return [entry for entry in entries if isinstance(entry, dict)]


def _arch() -> str:
    return {"arm64": "aarch64", "AMD64": "x86_64"}.get(platform.machine(), platform.machine())
