"""The environment of a run: Python, the installed packages, and the versions of code that is in no commit."""

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
    """Return the part of Python's version that results may depend on: implementation, major and minor version."""
    return f"{sys.implementation.name} {sys.version_info.major}.{sys.version_info.minor}"


def code_version_of(source: Source) -> str | None:
    """Return a text that identifies the code of a class that is not pinned to a commit; None when it is unknown.

    A class of a release always runs from the installed release, so that counts. A class of the standard library
    has Python's version, and a class of a library has the version of its distribution.
    """
    if source.release is not None:
        return f"release {__version__}"
    if source.module.partition(".")[0] in sys.stdlib_module_names:
        return "standard library"
    file = getattr(sys.modules.get(source.module), "__file__", None)
    return distribution_of(source.module, os.path.realpath(file)) if file else None
