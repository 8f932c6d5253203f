"""Modules that a newer Python added to the standard library: code that imports one needs that Python, not a library.

>>> find_version("compression.zstd"), find_version("string.templatelib"), find_version("string")
((3, 14), (3, 14), None)

Sources: the sections "New Modules" of What's New in Python 3.13 to 3.15.
"""

from __future__ import annotations

import sys

MODULES = {
    (3, 13): "dbm.sqlite3",
    (3, 14): "annotationlib asyncio.graph asyncio.tools compression concurrent.futures.interpreter "
    "concurrent.interpreters pathlib.types string.templatelib",
    (3, 15): "math.integer profiling xml.utils",
}
_MODULES = {name: version for version, names in MODULES.items() for name in names.split()}


def find_version(module: str) -> tuple[int, int] | None:
    """Return the first Python that has a module, or the package above it; None for a module that is older."""
    parts = module.split(".")
    prefixes = (".".join(parts[: count + 1]) for count in range(len(parts)))
    return next((_MODULES[prefix] for prefix in prefixes if prefix in _MODULES), None)


def find_hint(module: str) -> str | None:
    """Return the hint for a module that this Python does not have yet; None for every other module."""
    version = find_version(module)
    if version is None or version <= sys.version_info[:2]:
        return None
    newer = f"{version[0]}.{version[1]}"
    return f"Python {newer} added '{module}' to the standard library: use Python {newer} or newer"
