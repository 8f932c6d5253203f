"""Versions: the Python and the packages that a run ran with."""

from __future__ import annotations

import platform
from functools import lru_cache
from importlib.metadata import distributions
from typing import Any


@lru_cache(maxsize=1)
def _packages() -> dict[str, str]:
    found: dict[str, str] = {}
    for distribution in distributions():
        name = distribution.metadata["Name"]
        if name:
            # The first on the path is the one that is imported.
            found.setdefault(name, distribution.version)
    return dict(sorted(found.items()))


def environment() -> dict[str, Any]:
    """Return Python's version, the platform and the version of each installed package by name."""
    return {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "platform": platform.platform(),
        "packages": dict(_packages()),
    }
