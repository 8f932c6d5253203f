"""From a pinned module to the environment that its commit's lock describes, made where it is missing."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import posixpath
import subprocess
from datetime import UTC, datetime
from typing import Any

from zenml_pin.at import registry
from zenml_pin.backends.environments.lock_file import PROJECT, PYLOCK, UV, LockFile, find_lock
from zenml_pin.backends.environments.project import read_project
from zenml_pin.backends.environments.pylock import read_pylock, requires_of
from zenml_pin.backends.environments.pythons import InstalledPython, fitting_pythons
from zenml_pin.backends.environments.requirements import read_requirements
from zenml_pin.backends.environments.settings import EnvSettings
from zenml_pin.backends.environments.stored import Held, hold
from zenml_pin.backends.environments.uv import get_uv, reason_of, run_uv
from zenml_pin.backends.environments.uv_lock import read_uv_lock
from zenml_pin.backends.environments.wanted import Libraries, PythonMisfitError
from zenml_pin.base.process_environment import newest_allowed
from zenml_pin.errors import BackendError
from zenml_pin.pins.loading import require_path

_READERS = {UV: read_uv_lock, PYLOCK: read_pylock, PROJECT: read_project}
_FORMAT = 1
# What uv says of a package that has no file for a Python.
_MISFITS = ("wheel", "requires Python", "Python>", "Python<", "Python version")


def environment_for(pin: str, module: str, settings: EnvSettings) -> Held:
    """Return the environment for a module of a commit; make it where it is missing.

    Args:
        pin: The commit's id, with the roots id where a caller gave source roots.
        module: The module's dotted name at the commit.
        settings: How it is made.

    Raises:
        MissingExtraError: The extra "env" is not installed.
        DocumentError: The lock is broken, or asks for something that is refused.
        BackendError: The commit has no lock, no Python here fits, or the libraries cannot be installed.
    """
    get_uv()
    lock = lock_of(pin, module, settings)
    misfits = []
    for python in fitting_pythons(lock, settings, _requires(lock)):
        try:
            return _held(lock, settings, python)
        except PythonMisfitError as error:
            misfits.append(f"Python {python.version}: {error}")
    raise BackendError(
        f"the libraries of '{lock.label}' do not fit a Python that is installed: {'; '.join(misfits)}",
        "install another Python, since none is downloaded; or let packages be built with --env-build",
    )


def libraries_id(pin: str, module: str, settings: EnvSettings) -> str:
    """Return a text that is equal where the lock of a module asks for the same libraries. Installs nothing.

    Raises:
        PinError: As `environment_for`.
    """
    get_uv()
    lock = lock_of(pin, module, settings)
    python = next(fitting_pythons(lock, settings, _requires(lock)))
    try:
        libraries = _READERS.get(lock.kind, read_requirements)(lock, settings, python)
    except PythonMisfitError:
        return hashlib.sha256(lock.text.encode()).hexdigest()
    return _key(libraries, settings, python, None if libraries.is_locked else _date_of(lock))


def lock_of(pin: str, module: str, settings: EnvSettings) -> LockFile:
    """Return the file that states the libraries of a module of a commit.

    Raises:
        BackendError: There is none.
    """
    namespace = registry.get_namespace(pin)
    folder = posixpath.dirname(require_path(namespace, module))
    tree = registry.find_tree(namespace.commit_id, namespace.repository)
    return find_lock(tree, folder, settings.lock)


def _requires(lock: LockFile) -> str | None:
    if lock.kind == PYLOCK:
        return requires_of(lock)
    if lock.kind == UV:
        value = lock.data().get("requires-python")
    else:
        path = posixpath.join(lock.folder, PROJECT)
        entry = lock.tree.find(path)
        project = lock.data_of(path).get("project") if entry is not None and entry.is_file else None
        value = project.get("requires-python") if isinstance(project, dict) else None
    return None if value is None else str(value)


def _held(lock: LockFile, settings: EnvSettings, python: InstalledPython) -> Held:
    libraries = _READERS.get(lock.kind, read_requirements)(lock, settings, python)
    for item in libraries.wanted:
        if item.wheels is not None and not settings.build and not python.can_use(item.wheels):
            raise PythonMisfitError(f"'{item.requirement}' has no wheel for it")
    newest = None if libraries.is_locked or newest_allowed() else _date_of(lock)
    key = _key(libraries, settings, python, newest)
    return hold(key, lambda folder: _make(folder, lock, settings, python, libraries, newest))


def _key(libraries: Libraries, settings: EnvSettings, python: InstalledPython, newest: str | None) -> str:
    content = [
        _FORMAT,
        *(python.version, platform.machine(), platform.system(), "-".join(platform.libc_ver())),
        *([item.line("") for item in libraries.wanted], libraries.options, libraries.constraints),
        *(settings.build, newest),
    ]
    return hashlib.sha256(json.dumps(content).encode("ascii")).hexdigest()[:32]


def _date_of(lock: LockFile) -> str:
    """Return the day after a commit: what is not locked is chosen as it was then."""
    day = 24 * 60 * 60
    end = (lock.tree.commit.time // day + 1) * day
    return datetime.fromtimestamp(end, UTC).strftime("%Y-%m-%dT00:00:00Z")


def _make(
    folder: str,
    lock: LockFile,
    settings: EnvSettings,
    python: InstalledPython,
    libraries: Libraries,
    newest: str | None,
) -> dict[str, Any]:
    """Install libraries into a folder; return the facts of its record."""
    venv = os.path.join(folder, "venv")
    done = run_uv(["venv", "--quiet", "--no-project", "--python", python.executable, venv], offline=True)
    if done.returncode:
        raise BackendError(f"uv cannot make an environment of Python {python.version}: {reason_of(done)}")
    executable = os.path.join(venv, "bin", "python")
    notes = list(libraries.notes)
    if libraries.wanted:
        arguments = ["pip", "install", "--quiet", "--python", executable]
        arguments += _write(folder, lock, libraries)
        arguments += [] if settings.build else ["--only-binary", ":all:"]
        arguments += ["--no-deps"] if libraries.is_locked else []
        arguments += ["--require-hashes"] if libraries.has_all_hashes else []
        arguments += libraries.options
        notes += _install(lock, arguments, newest, is_locked=libraries.is_locked)
    return {
        "python": python.version,
        "lock": lock.path,
        "commit": lock.tree.commit_id,
        "is_locked": libraries.is_locked,
        "notes": notes,
        "packages": _packages(executable),
    }


def _write(folder: str, lock: LockFile, libraries: Libraries) -> list[str]:
    """Write the installer's files; return the arguments that name them."""
    files = os.path.join(folder, "files")
    for item in libraries.wanted:
        if item.file is not None:
            target = os.path.join(files, item.file)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(target, "xb") as file:
                file.write(lock.tree.read(item.file))
    arguments = []
    for option, name, lines in (
        ("--requirements", "requirements.txt", [item.line(files) for item in libraries.wanted]),
        ("--constraints", "constraints.txt", libraries.constraints),
    ):
        if lines:
            path = os.path.join(folder, name)
            with open(path, "x", encoding="utf-8") as text:
                text.write("\n".join(lines) + "\n")
            arguments += [option, path]
    return arguments


def _install(lock: LockFile, arguments: list[str], newest: str | None, *, is_locked: bool) -> list[str]:
    """Run uv; return notes. What is locked comes from uv's cache where it is there; then no network is needed.

    Raises:
        PythonMisfitError: A package has no file for this Python.
        BackendError: uv failed for another reason.
    """
    dated = [] if newest is None else ["--exclude-newer", newest]
    if is_locked:
        tries = [(arguments, True), (arguments, False)]
    else:
        # An index may tell no dates, or the commit's date may be false.
        tries = [([*arguments, *dated], False), *([(arguments, False)] if dated else []), (arguments, True)]
    failed = None
    for words, offline in tries:
        done = run_uv(words, offline)
        if not done.returncode:
            if newest is None or words is arguments:
                return [] if newest is None else ["chosen as of now: nothing fits as of the commit's date"]
            return [f"chosen as of {newest[:10]}, the commit's date"]
        failed = done if failed is None or not offline else failed
    assert failed is not None
    raise _failure(lock, failed)


def _failure(lock: LockFile, done: subprocess.CompletedProcess[str]) -> Exception:
    reason = reason_of(done)
    if any(text in reason for text in _MISFITS) and "hash" not in reason.lower():
        return PythonMisfitError(reason)
    return BackendError(
        f"the libraries of '{lock.label}' cannot be installed: {reason}",
        "packages come from your own index (UV_DEFAULT_INDEX, UV_INDEX, UV_FIND_LINKS, or uv.toml), not from the "
        "lock's; --env-trust follows the lock's as well",
    )


def _packages(executable: str) -> dict[str, str]:
    done = run_uv(["pip", "list", "--quiet", "--format", "json", "--python", executable], offline=True)
    if done.returncode:
        raise BackendError(f"uv cannot list what it installed: {reason_of(done)}")
    return {str(entry["name"]): str(entry["version"]) for entry in json.loads(done.stdout or "[]")}
