"""Installed distributions: their names and versions, the distribution of a module, and the head of a bug report.

No other file imports `importlib.metadata`. No distribution is imported, so a broken one does not matter. Only
`distribution_of` and `distributions_with` read lists of files.

>>> next(iter(report_versions()))
'zenml_pin'
"""

from __future__ import annotations

import os
import platform
import re
from functools import lru_cache
from importlib import machinery
from importlib.metadata import (
    Distribution,
    PackageNotFoundError,
    distributions,
    requires,
    version,
)
from importlib.util import find_spec

from zenml_pin.base.distribution_names import normal_name
from zenml_pin.base.version import __version__

# Each library with a module that exists only where the library was compiled; None where nothing is compiled.
LIBRARIES = {"dulwich": "dulwich._objects", "PyYAML": "yaml._yaml", "attrs": None}
_FOR_DEVELOPERS = ("test", "dev", "benchmarks")
# A line of a list of installed files that is below a module's folder, or is a module's only file.
_TOP = re.compile(r'^"?(?:\./)?(\w+)(?:/|\.py,|(?:\.[\w-]+)*\.so,)', re.MULTILINE)
_HEADER = re.compile(r"^(name|version):[ \t]*(.*)$", re.MULTILINE | re.IGNORECASE)
_REQUIRED = re.compile(r"[A-Za-z0-9._-]+")
_EXTRA = re.compile(r"""^([A-Za-z0-9._-]+).*\bextra\s*==\s*["']([\w-]+)["']""")


def report_versions() -> dict[str, str]:
    """Return the versions for a bug report: this package, Python, the system and the libraries. Contains no path."""
    return {
        "zenml_pin": __version__,
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "platform": platform.platform(),
        **{name: _library(name) for name in LIBRARIES},
        **{f"extra {extra}": ", ".join(map(_named, names)) for extra, names in extras().items()},
    }


def _library(name: str) -> str:
    return f"{version_of(name) or 'not installed'}{', compiled' if is_compiled(name) else ''}"


def _named(name: str) -> str:
    installed = version_of(name)
    return f"{name} {installed}" if installed else f"{name} (not installed)"


def extras() -> dict[str, list[str]]:
    """Return the extras for users, as this distribution lists them, each with the libraries that it requires."""
    libraries: dict[str, list[str]] = {}
    for line in _requirements():
        match = _EXTRA.match(line)
        if match and match[2] not in _FOR_DEVELOPERS:
            libraries.setdefault(match[2], []).append(match[1])
    return dict(sorted(libraries.items()))


def version_of(name: str) -> str | None:
    """Return the version of a distribution; None when it is not installed."""
    try:
        return version(name)
    except (PackageNotFoundError, ValueError):
        # `version` refuses an empty name with a ValueError.
        return None


def is_compiled(name: str) -> bool:
    """Tell whether one of the libraries has its compiled part."""
    package, _, _ = (module := LIBRARIES[name] or "").partition(".")
    # find_spec with the whole dotted name would import the package.
    spec = find_spec(package) if package else None
    if spec is None:
        return False
    return machinery.PathFinder.find_spec(module, spec.submodule_search_locations) is not None


def _requirements() -> list[str]:
    try:
        return requires("zenml_pin") or []
    except PackageNotFoundError:
        return []


@lru_cache(maxsize=1)
def packages() -> dict[str, str]:
    """Return the version of each installed distribution by name, sorted by name. Reads no list of files."""
    versions: dict[str, str] = {}
    for distribution in distributions():
        name, version = _name_and_version(distribution)
        if name:
            # Python imports the first one on the path.
            versions.setdefault(name, version)
    return dict(sorted(versions.items()))


@lru_cache(maxsize=256)
def distribution_of(module: str, file: str | None = None) -> str | None:
    """Return "name version" of the installed distribution that a module belongs to, or None.

    Args:
        module: The module's dotted name.
        file: The module's file, links resolved. Then the result is the distribution that installed this file;
            without it, the first one that installed a file of the top-level package.

    Cost: reads the file list of the distribution with the module's name, and if that does not have the file, those of
        all until one has it, once for each module and file.
    """
    root = module.partition(".")[0]
    if file is not None:
        likely = _named_like(root)
        if likely is not None and _has(likely, root, file):
            return " ".join(_name_and_version(likely))
    for distribution in distributions():
        if _has(distribution, root, file):
            return " ".join(_name_and_version(distribution))
    return None


@lru_cache(maxsize=1024)
def distributions_with(root: str, likely: str) -> tuple[str, ...]:
    """Return "name version" of each installed distribution that has files of a top-level module, sorted.

    Args:
        root: The first part of the module's name.
        likely: The distribution that most likely has it. If it has the module's own file, no other one is read.

    Cost: reads one list of files, or those of all distributions once a process.
    """
    expected = _named_like(likely)
    if expected is None:
        return _by_top_name().get(root, ())
    listed = expected.read_text("RECORD") or ""
    # Without an `__init__`, several distributions may share the name.
    if re.search(rf'^"?(\./)?{re.escape(root)}(/__init__)?\.(py|\S*so),', listed, re.MULTILINE):
        return (" ".join(_name_and_version(expected)),)
    return _by_top_name().get(root, ())


@lru_cache(maxsize=256)
def required_by(names: frozenset[str]) -> frozenset[str]:
    """Return distributions with all that they require, at any depth, without extras, by their normal names."""
    todo = list(names)
    seen: set[str] = set()
    while todo:
        name = todo.pop()
        if normal_name(name) not in seen:
            seen.add(normal_name(name))
            todo += _required_by_one(name)
    return frozenset(seen)


def _required_by_one(name: str) -> list[str]:
    try:
        lines = requires(name) or []
    except (PackageNotFoundError, ValueError):
        return []
    matches = [_REQUIRED.match(line) for line in lines if not _EXTRA.match(line)]
    return [match[0] for match in matches if match]


@lru_cache(maxsize=1)
def _by_top_name() -> dict[str, tuple[str, ...]]:
    labels: dict[str, set[str]] = {}
    seen: set[str] = set()
    for distribution in distributions():
        name, version = _name_and_version(distribution)
        # Python imports the first one on the path.
        if name and name not in seen:
            seen.add(name)
            for top in _top_names(distribution):
                labels.setdefault(top, set()).add(f"{name} {version}")
    return {top: tuple(sorted(names)) for top, names in labels.items()}


def _top_names(distribution: Distribution) -> set[str]:
    """Return the top-level modules of a distribution, from its list of files; without one, as it states them."""
    listed = distribution.read_text("RECORD")
    if listed is not None:
        return set(_TOP.findall(listed))
    return {*(distribution.read_text("top_level.txt") or "").split()}


def _named_like(name: str) -> Distribution | None:
    try:
        return Distribution.from_name(name)
    except (PackageNotFoundError, ValueError):
        return None


def _has(distribution: Distribution, root: str, file: str | None) -> bool:
    """Tell whether a distribution installed a file of a top-level package or module, or this one file of it."""
    listed = distribution.read_text("RECORD")
    # Searching the text is fast. Parsing it is slow: Python also checks whether each file still exists.
    if listed is not None:
        paths = re.findall(rf'^"?((?:\./)?{re.escape(root)}\b[^",\n]*)', listed, re.MULTILINE)
        if not paths:
            return False
        name = "" if file is None else os.path.basename(file)
        alike = (path for path in paths if name and path.endswith(name))
        if any(os.path.realpath(str(distribution.locate_file(path))) == file for path in alike):
            return True
    return any(
        path.parts[0] in (root, f"{root}.py")
        and (file is None or os.path.realpath(str(path.locate())) == file)
        for path in distribution.files or ()
    )


def _name_and_version(distribution: Distribution) -> tuple[str, str]:
    # As `distribution.metadata` finds the text, whose headers it parses as those of an e-mail, in half a millisecond.
    text = next(filter(None, map(distribution.read_text, ("METADATA", "PKG-INFO", ""))), "")
    headers = {name.lower(): value for name, value in reversed(_HEADER.findall(text.partition("\n\n")[0]))}
    return headers.get("name", ""), headers.get("version", "")
