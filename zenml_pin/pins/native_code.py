"""Native code of a commit: it is loaded where the commit's files are in a real folder."""

from __future__ import annotations

import posixpath
from importlib import machinery


def is_native_here(path: str) -> bool:
    """Tell whether a path is that of native code for this Python."""
    _, dot, tag = posixpath.basename(path).partition(".")
    return dot + tag in machinery.EXTENSION_SUFFIXES


def is_loaded(path: str) -> bool:
    """Tell whether native code at a path can be loaded in this process now, because commits are materialized."""
    # The registry and its finder are only of interest if there is native code.
    if not is_native_here(path):
        return False
    from zenml_pin.at import registry

    return registry.directory is not None


def hint_on(path: str) -> str:
    """Return the remedy for a file that cannot be imported from memory; "" if there is none."""
    from zenml_pin.importing.laid_files import MATERIALIZE_HINT

    return MATERIALIZE_HINT if is_native_here(path) else ""
