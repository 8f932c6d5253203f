"""Versions: the Python and the packages that a run ran with, and the release of a class that has no commit."""

from __future__ import annotations

import os
import platform
import sys
from typing import Any

from zenml_pin.base.distributions import distribution_of, packages
from zenml_pin.base.version import __version__
from zenml_pin.source import Source


def environment() -> dict[str, Any]:
    """Return Python's version, the platform and the version of each installed package by name."""
    return {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "platform": platform.platform(),
        "packages": dict(packages()),
    }


def python_of_cache() -> str:
    """Return what of Python decides on results: its implementation, major and minor version."""
    return f"{sys.implementation.name} {sys.version_info.major}.{sys.version_info.minor}"


def code_version_of(source: Source) -> str | None:
    """Return what stands for the code of a class that is pinned to no commit; None when nobody knows its code.

    A class of a release runs from the release that is installed, whatever the document says; one of the standard
    library goes with Python; one of a library has its distribution's version.
    """
    if source.release is not None:
        return f"release {__version__}"
    if source.module.partition(".")[0] in sys.stdlib_module_names:
        return "standard library"
    file = getattr(sys.modules.get(source.module), "__file__", None)
    return distribution_of(source.module, os.path.realpath(file)) if file else None
