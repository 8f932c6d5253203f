"""What is installed: the libraries, those of the extras included, and what a bug report begins with.

It imports nothing of them, so it also answers where one of them is broken or missing.

>>> next(iter(versions()))
'zenml_pin'
"""

from __future__ import annotations

import os
import platform
import re
from functools import lru_cache
from importlib.machinery import PathFinder
from importlib.metadata import PackageNotFoundError, distributions, requires, version
from importlib.util import find_spec

from zenml_pin.base.version import __version__

# Each with a module that is there only where it was compiled; None where nothing is.
LIBRARIES = {"dulwich": "dulwich._objects", "PyYAML": "yaml._yaml", "attrs": None}
_FOR_DEVELOPERS = ("test", "dev", "benchmarks")
_EXTRA = re.compile(r"""^([A-Za-z0-9._-]+).*\bextra\s*==\s*["']([\w-]+)["']""")


def versions() -> dict[str, str]:
    """Return what a bug report says of this package, Python, the system and the libraries; no path is in it."""
    return {
        "zenml_pin": __version__,
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "platform": platform.platform(),
        **{name: _say(name) for name in LIBRARIES},
        **{f"extra {extra}": ", ".join(map(_named, names)) for extra, names in extras().items()},
    }


def _say(name: str) -> str:
    return f"{version_of(name) or 'not installed'}{', compiled' if is_compiled(name) else ''}"


def _named(name: str) -> str:
    found = version_of(name)
    return f"{name} {found}" if found else f"{name} (not installed)"


def extras() -> dict[str, list[str]]:
    """Return the extras for users, as this distribution lists them, each with the libraries that it asks for."""
    wanted: dict[str, list[str]] = {}
    for line in _requirements():
        match = _EXTRA.match(line)
        if match and match[2] not in _FOR_DEVELOPERS:
            wanted.setdefault(match[2], []).append(match[1])
    return dict(sorted(wanted.items()))


def version_of(name: str) -> str | None:
    """Return the version of a distribution; None when it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def is_compiled(name: str) -> bool:
    """Tell whether one of the libraries has its compiled part."""
    package, _, _ = (module := LIBRARIES[name] or "").partition(".")
    # To look for a module in a package by its whole name would import the package.
    found = find_spec(package) if package else None
    return found is not None and PathFinder.find_spec(module, found.submodule_search_locations) is not None


def _requirements() -> list[str]:
    try:
        return requires("zenml_pin") or []
    except PackageNotFoundError:
        return []


def distribution_of(module: str) -> str | None:
    """Return "name version" of the installed distribution that a module belongs to, or None.

    Cost: reads the file list of every installed distribution until one has it.
    """
    from importlib.metadata import distributions

    root = module.partition(".")[0]
    for distribution in distributions():
        if any(file.parts[0] in (root, f"{root}.py") for file in distribution.files or ()):
            return f"{distribution.metadata['Name']} {distribution.version}"
    return None


@lru_cache(maxsize=1)
def packages() -> dict[str, str]:
    """Return the version of each installed distribution by name."""
    found: dict[str, str] = {}
    for distribution in distributions():
        name = distribution.metadata["Name"]
        if name:
            # The first on the path is the one that is imported.
            found.setdefault(name, distribution.version)
    return dict(sorted(found.items()))


@lru_cache(maxsize=256)
def distribution_of_file(root: str, file: str) -> str | None:
    """Return "name version" of the distribution that installed a file, whose path begins with `root`."""
    for distribution in distributions():
        for held in distribution.files or ():
            if held.parts[0] in (root, f"{root}.py") and os.path.realpath(str(held.locate())) == file:
                return f"{distribution.metadata['Name']} {distribution.version}"
    return None
