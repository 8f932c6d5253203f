"""pylock.toml (PEP 751): what it asks for in one Python, read and selected by `packaging`."""

from __future__ import annotations

import re

from zenml_pin.backends.environments.lock_file import LockFile, lines_of_tables
from zenml_pin.backends.environments.pythons import InstalledPython
from zenml_pin.backends.environments.settings import EnvSettings
from zenml_pin.backends.environments.urls import allowed_url, own_file, own_folder, vcs_url
from zenml_pin.backends.environments.uv_lock import check_hashes
from zenml_pin.backends.environments.wanted import Libraries, PythonMisfitError, Wanted, sorted_libraries
from zenml_pin.errors import BackendError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from packaging.pylock import Package, PackageArchive, PackageVcs, PackageWheel, Pylock

_INDEX = re.compile(r"packages\[(\d+)\]")


def read_pylock(lock: LockFile, settings: EnvSettings, python: InstalledPython) -> Libraries:
    """Return what a pylock.toml asks for in a Python.

    Raises:
        DocumentError: The lock is broken, or asks for something that only a trusted lock may ask for.
        BackendError: An extra or a group does not exist.
        PythonMisfitError: It has nothing for this Python.
    """
    from packaging.pylock import PylockSelectError

    content, lines = _parse(lock), lines_of_tables(lock.text, "packages")
    _refuse_unknown(lock, content, settings)
    groups = [*(content.default_groups or ()), *settings.groups]
    try:
        chosen = list(
            content.select(
                environment=python.markers(),  # type: ignore[arg-type]
                tags=python.tags(),
                extras=settings.extras,
                dependency_groups=groups,
            )
        )
    except PylockSelectError as error:
        raise PythonMisfitError(str(error)) from error
    wanted, options = [], []
    for package, _ in chosen:
        position = next(i for i, item in enumerate(content.packages) if item is package)
        line = lines[position] if position < len(lines) else 1
        item = _wanted(lock, settings, package, line)
        if item is not None:
            wanted.append(item)
            if settings.trust and package.index is not None:
                options.append(f"--index={allowed_url(lock, settings, line, item.name, package.index)}")
    return sorted_libraries(wanted, options=options)


def requires_of(lock: LockFile) -> str | None:
    """Return `requires-python` of a pylock.toml."""
    requires = _parse(lock).requires_python
    return None if requires is None else str(requires)


def _parse(lock: LockFile) -> Pylock:
    from packaging.pylock import Pylock, PylockUnsupportedVersionError, PylockValidationError

    try:
        return Pylock.from_dict(lock.data())
    except (PylockValidationError, PylockUnsupportedVersionError) as error:
        match, lines = _INDEX.search(str(error)), lines_of_tables(lock.text, "packages")
        position = int(match[1]) if match is not None else len(lines)
        raise lock.broken(str(error), lines[position] if position < len(lines) else 1) from error


def _refuse_unknown(lock: LockFile, content: Pylock, settings: EnvSettings) -> None:
    for kind, names, known in (
        ("extra", settings.extras, content.extras or ()),
        ("group", settings.groups, [*(content.dependency_groups or ()), *(content.default_groups or ())]),
    ):
        for name in names:
            if name not in known:
                raise BackendError(
                    f"'{lock.label}' has no {kind} '{name}'", f"it has: {', '.join(known) or 'none'}"
                )


def _wanted(lock: LockFile, settings: EnvSettings, package: Package, line: int) -> Wanted | None:
    """Return what a package asks for; None for a folder of the repository, whose code comes from the pin."""
    name, where = str(package.name), f"{lock.label}:{line}"
    if package.directory is not None:
        if own_folder(lock, package.directory.path) is None:
            raise lock.broken(f"'{name}' is in '{package.directory.path}', outside the repository", line)
        return None
    if package.vcs is not None:
        return Wanted(name, f"{name} @ {_vcs(lock, settings, name, package.vcs, line)}", where=where)
    if package.archive is not None:
        return _archive(lock, settings, name, package.archive, line)
    wheels = tuple(_name_of(wheel) for wheel in package.wheels or ())
    given = [wheel.hashes for wheel in package.wheels or ()]
    given += [package.sdist.hashes] if package.sdist is not None else []
    hashes = tuple(text for one in given for text in _hashes(one.items()))
    check_hashes(lock, name, hashes, line)
    return Wanted(name, f"{name}=={_version(lock, package, wheels, line)}", hashes, wheels, None, where)


def _version(lock: LockFile, package: Package, wheels: tuple[str, ...], line: int) -> str:
    from packaging.utils import parse_wheel_filename

    if package.version is not None:
        return str(package.version)
    if not wheels:
        raise lock.broken(f"'{package.name}' has neither a version nor a wheel", line)
    return str(parse_wheel_filename(wheels[0])[1])


def _vcs(lock: LockFile, settings: EnvSettings, name: str, vcs: PackageVcs, line: int) -> str:
    if vcs.url is None:
        raise lock.broken(f"'{name}' is required from the path of a repository, which is not followed", line)
    return vcs_url(lock, settings, line, name, (vcs.type, vcs.url, vcs.commit_id, vcs.subdirectory or ""))


def _archive(lock: LockFile, settings: EnvSettings, name: str, archive: PackageArchive, line: int) -> Wanted:
    hashes = tuple(_hashes(archive.hashes.items()))
    check_hashes(lock, name, hashes, line)
    where = f"{lock.label}:{line}"
    if archive.url is None:
        file = own_file(lock, settings, line, name, archive.path or "")
        return Wanted(name, name, hashes, None, file, where)
    url = allowed_url(lock, settings, line, name, archive.url)
    return Wanted(name, f"{name} @ {url}", hashes, None, None, where)


def _hashes(pairs: Iterable[tuple[str, str]]) -> list[str]:
    return [f"{algorithm}:{value}" for algorithm, value in pairs]


def _name_of(wheel: PackageWheel) -> str:
    return str(wheel.filename)
